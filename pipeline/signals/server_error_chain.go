package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// serverErrorChain finds at least `count` answers of 500 or more in a row, each
// at most `within` after the one before, of at least `operations` operations. Any
// other answer ends it.
type serverErrorChain struct{ bursts }

// Rule compiles the thresholds.
func (c ChainConfig) Rule() detect.Rule {
	shared := &burstRule{
		count: c.Count, within: session.Millis(c.Within), gap: true,
		enough: func(list []mark) bool { return differentOps(list) >= c.Operations },
	}
	return detect.Rule{
		Triggers: detect.Anything, When: detect.Named,
		Concerns: (*event.Event).Answered,
		Starts:   func(in *detect.Input) bool { return in.Event.Status >= 500 },
		New:      func() detect.Detector { return &serverErrorChain{bursts{burstRule: shared}} },
		Version:  fmt.Sprintf("server_error_chain/1 count=%d within=%v operations=%d", c.Count, c.Within, c.Operations),
	}
}

func (x *serverErrorChain) Observe(in *detect.Input) {
	switch {
	case in.Event == nil:
		x.expire(in)
	case in.Event.Status >= 500:
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
