package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// hang finds a hang of at least `atLeast`, or of unknown length, and jank: at
// least `count` shorter ones, the first to the last of so many at most `within`.
type hang struct {
	streaks
	atLeast event.Millis
}

func (c HangConfig) rule() rule {
	shared := &streakRule{kind: Hang, count: c.Count, within: session.Millis(c.Within)}
	return rule{
		kind: Hang, subjects: typesOf(event.Hang),
		start:   func() detector { return &hang{streaks{streakRule: shared}, session.Millis(c.AtLeast)} },
		version: fmt.Sprintf("hang/1 at_least=%v count=%d within=%v", c.AtLeast, c.Count, c.Within),
	}
}

func (h *hang) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		h.expire(in)
	case e.Has(event.HasDuration) && e.Duration < h.atLeast:
		h.add(in, "")
	default:
		x := in.begin(Hang)
		x.Count = 1
		in.find(x)
	}
}
