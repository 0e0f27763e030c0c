package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// serverErrorChain finds at least `count` answers of 500 or more in a row, each
// at most `within` after the one before, of at least `operations` operations. Any
// other answer ends it.
type serverErrorChain struct{ streaks }

func (c ChainConfig) rule() rule {
	shared := &streakRule{
		kind: ServerErrorChain, count: c.Count, within: session.Millis(c.Within), gap: true,
		enough: func(list []mark) bool { return differentOps(list) >= c.Operations },
	}
	return rule{
		kind: ServerErrorChain, subjects: anything, when: named,
		concerns: (*event.Event).Answered,
		begins:   func(in *input) bool { return in.event.Status >= 500 },
		start:    func() detector { return &serverErrorChain{streaks{streakRule: shared}} },
		version:  fmt.Sprintf("server_error_chain/1 count=%d within=%v operations=%d", c.Count, c.Within, c.Operations),
	}
}

func (x *serverErrorChain) take(in *input) {
	switch {
	case in.event == nil:
		x.expire(in)
	case in.event.Status >= 500:
		x.add(in, "")
	default:
		x.finishAll(in)
	}
}

func differentOps(list []mark) (n int) {
	for i := range list {
		seen := false
		for j := range i {
			seen = seen || list[j].op == list[i].op
		}
		if !seen {
			n++
		}
	}
	return n
}
