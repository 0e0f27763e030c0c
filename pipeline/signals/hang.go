package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// hang finds a hang of at least `atLeast`, or of unknown length, and jank: at
// least `count` shorter ones, the first to the last of so many at most `within`.
type hang struct {
	bursts
	atLeast event.Millis
}

// Rule compiles the thresholds.
func (c HangConfig) Rule() detect.Rule {
	shared := &burstRule{count: c.Count, within: session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Hang),
		New:      func() detect.Detector { return &hang{bursts{burstRule: shared}, session.Millis(c.AtLeast)} },
		Version:  fmt.Sprintf("hang/1 at_least=%v count=%d within=%v", c.AtLeast, c.Count, c.Within),
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
