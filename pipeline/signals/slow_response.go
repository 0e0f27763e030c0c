package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var slowResponseSignal = detect.Declaration{
	Name: "slow_response", Revision: 1, Failures: true,
	Summary: "a slow request, and somebody who acts again while waiting",
	Means:   "waits, and acts again",
	One:     "a request of more than 3 s, and a click, tap or submit at least 1 s after it began and before its answer",
	Counts:  "acts",
	Source:  "3 s: our choice, between the 1 s at which people notice and the 10 s at which attention is gone (Nielsen).",
	Weight:  0.20, Cap: 3, Where: detect.ByOperation,
	Rank: 3,
	Absorbs: []detect.Absorbs{
		{What: Retry, Why: "it was tried again because it was slow, and that has been counted"},
	},
	Thresholds: SlowThresholds{Enabled: true, After: 3 * time.Second, Again: time.Second},
	Needs: []detect.Need{
		needClick,
		needs("a request with its duration", `"duration_ms" with each {"type": "request"}`, detect.Attempts, hasDuration),
	},
	Rule: detect.RuleOf(SlowThresholds.rule),
}

// SlowThresholds bounds patience.
type SlowThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// After is how long a request takes that people do not bear.
	After time.Duration `yaml:"after" min:"1ms" max:"10m"`
	// Again is how long after a request was sent an act is no part of sending it.
	Again time.Duration `yaml:"again" min:"1ms" max:"10m"`
}

// rule finds a request or submit that took longer than `after`, and
// somebody who clicked, tapped or submitted again, at least `again` after it was
// sent and before the answer. An act counts for one request. The time of a request is when its outcome was known, so that what was
// done meanwhile has been taken before it. The signal begins with the first such act.
func (c SlowThresholds) rule() detect.Rule {
	after, again := session.Millis(c.After), session.Millis(c.Again)
	return detect.Rule{
		Triggers: detect.Attempts,
		Concerns: func(e *event.Event) bool { return e.Has(event.HasDuration) && e.Duration > after },
		Acts:     true,
		Once: func(in *detect.Input) {
			e := in.Event
			x := in.Draft()
			for i := range in.Acts {
				a := &in.Acts[i]
				if a.Used || a.Time < e.Time-e.Duration+again || a.Time > e.Time {
					continue
				}
				a.Used = true
				if x.Count == 0 {
					x.BeginWith(a.Time, a.Taken)
				}
				x.Count++
				x.Add(a.Time, a.ID)
			}
			if x.Count == 0 {
				return
			}
			x.Add(e.Time, in.EventID())
			in.Find(x)
			in.Claim(in.EventID())
		},
	}
}
