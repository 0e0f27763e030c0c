package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// SlowResponseRule finds a request or submit that took longer than `after`, and
// somebody who clicked, tapped or submitted again, at least `again` after it was
// sent and before the answer. An act counts for one request. The time of a request is when its outcome was known, so that what was
// done meanwhile has been taken before it. The run begins with the first such act.
func SlowResponseRule(c SlowConfig) detect.Rule {
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
					x.Started = a.Time
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
		Version: fmt.Sprintf("slow_response/1 after=%v again=%v", c.After, c.Again),
	}
}
