package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var errorSignal = detect.Declaration{
	Name: "error", Revision: 1, Failures: true,
	Summary: "an error that the page or app reports",
	Means:   "meets an error, whether it is noticed or not",
	One:     "an error; the same one again at most 60 s after the last belongs to it",
	Counts:  "errors",
	Source:  "Every error is an event in most products; we count the same one again within 60 s with it (our choice), so that a loop is one signal.",
	Cap:     3, SessionOnly: true, Where: detect.ByPage,
	Thresholds: WithinThresholds{Enabled: true, Within: time.Minute},
	Needs: []detect.Need{
		needs("an error", `{"type": "error", "error": {"kind", "message"}} for uncaught errors`, detect.TypesOf(event.ErrorType)),
	},
	Rule:     detect.RuleOf(func(c WithinThresholds) detect.Rule { return repeated(c, event.ErrorType, nil, whichError) }),
	MostHeld: maxBursts,
}

// whichError is what makes two errors the same one.
func whichError(e *event.Event) string {
	if e.Error == nil {
		return ""
	}
	return e.Error.Kind + "\n" + e.Error.Message
}

// repetition finds events of one type. Those with one key, each at most `within` after the one before, are one signal.
type repetition struct {
	bursts
	key func(*event.Event) string
}

// repeated makes the rule of a repetition of events that are of concern.
func repeated(c WithinThresholds, of event.Type, concerns func(*event.Event) bool, key func(*event.Event) string) detect.Rule {
	shared := &burstRule{count: 1, within: c.millis(), gap: true}
	return detect.Rule{
		Triggers: detect.TypesOf(of), Concerns: concerns,
		New: func() detect.Detector { return &repetition{bursts{burstRule: shared}, key} },
	}
}

func (r *repetition) Observe(in *detect.Input) {
	if in.Event == nil {
		r.expire(in)
		return
	}
	r.add(in, r.key(in.Event))
}
