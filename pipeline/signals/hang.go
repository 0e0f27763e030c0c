package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var hangSignal = detect.Declaration{
	Name: "hang", Revision: 1,
	Summary: "the app did not answer, long or often",
	Means:   "looks at an app that does not answer",
	One:     "a hang of at least 2 s, or at least 5 shorter ones within 10 s",
	Counts:  "hangs",
	Source:  "2 s as Sentry's app hangs (Android calls it an ANR at 5 s), or 5 shorter ones in 10 s: our choice.",
	Weight:  0.30, Cap: 3, Where: detect.ByPage,
	Thresholds: HangThresholds{Enabled: true, AtLeast: 2 * time.Second, Count: 5, Within: 10 * time.Second},
	Needs: []detect.Need{
		needs("a hang with its duration", `{"type": "hang", "duration_ms"} when the app does not answer (ANR, app hang, long task)`, detect.TypesOf(event.Hang), hasDuration),
	},
	Rule:     detect.RuleOf(HangThresholds.rule),
	MostHeld: 1 + detect.Most,
}

// HangThresholds bounds hangs.
type HangThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// AtLeast is how long one hang must last to be a signal alone.
	AtLeast time.Duration `yaml:"at_least" min:"1ms" max:"10m"`
	// Count is how many shorter ones make a signal.
	Count int `yaml:"count" min:"2" max:"64"`
	// Within is the longest time from the first to the last of so many, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// hang finds a hang of at least `atLeast`, or of unknown length, and jank: at
// least `count` shorter ones, the first to the last of so many at most `within`.
type hang struct {
	bursts
	atLeast event.Millis
}

func (c HangThresholds) rule() detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Hang),
		New:      func() detect.Detector { return &hang{bursts{burstRule: shared}, session.Millis(c.AtLeast)} },
	}
}

func (h *hang) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		h.expire(in)
	case e.Has(event.HasDuration) && e.Duration < h.atLeast:
		h.add(in, "")
	default:
		x := in.Begin()
		x.Count = 1
		in.Find(x)
	}
}
