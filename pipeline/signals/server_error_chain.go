package signals

import (
	"fmt"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var serverErrorChainSignal = detect.Declaration{
	Name: "server_error_chain", Revision: 1, Failures: true,
	Summary: "one server error after the other",
	Means:   "meets a server that is down",
	One:     "at least 3 answers of 500 or more in a row, each at most 30 s after the last, of at least 2 operations",
	Counts:  "failures",
	Source: "3 answers of 500 or more in a row, each within 30 s, of at least 2 operations (one alone is `retry`): " +
		"our choice.",
	Weight: 0.35, Cap: 2, Where: detect.ByOperation,
	Rank: 4,
	Absorbs: []detect.Absorbs{
		{What: ErrorLeave, Why: "the errors have been counted as a chain"},
	},
	Thresholds: ChainThresholds{Enabled: true, Count: 3, Within: 30 * time.Second, Operations: 2},
	Needs: []detect.Need{
		needs("a request with a status", `"status" with each {"type": "request"}`, detect.Attempts, hasStatus),
	},
	Rule:     detect.RuleOf(ChainThresholds.rule),
	MostHeld: 1 + detect.Most,
}

// ChainThresholds bounds a chain of failures.
type ChainThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many failures make a signal.
	Count int `yaml:"count" min:"2" max:"64"`
	// Within is how soon one failure follows the other.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Operations is how many different operations must have failed; one that fails again and again is a retry.
	Operations int `yaml:"operations" min:"1" max:"64"`
}

// Validate names the key and the value it cannot work with.
func (c *ChainThresholds) Validate() error {
	if c.Operations > c.Count {
		return fmt.Errorf("operations: %d is more than count %d", c.Operations, c.Count)
	}
	return nil
}

// serverErrorChain finds at least `count` answers of 500 or more in a row, each
// at most `within` after the one before, of at least `operations` operations. Any
// other answer ends it.
type serverErrorChain struct{ bursts }

func (c ChainThresholds) rule() detect.Rule {
	shared := &burstRule{
		count: c.Count, within: session.Millis(c.Within), gap: true,
		enough: func(list []item) bool { return differentOps(list) >= c.Operations },
	}
	return detect.Rule{
		Triggers: detect.Anything, When: detect.Named,
		Concerns: (*event.Event).Answered,
		Starts:   func(in *detect.Input) bool { return in.Event.Status >= 500 },
		New:      func() detect.Detector { return &serverErrorChain{bursts{burstRule: shared}} },
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

func differentOps(list []item) (n int) {
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
