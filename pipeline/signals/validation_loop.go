package signals

import (
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var validationLoopSignal = detect.Declaration{
	Name: "validation_loop", Revision: 1, Failures: true,
	Summary: "the same form refused again and again",
	Means:   "cannot get a form accepted",
	One:     "the same form refused at least 2 times, each at most 2 m after the last",
	Counts:  "refusals",
	Source:  "2 refusals, each within 2 min: our choice. One refusal is a slip.",
	Weight:  0.30, Cap: 2, Where: detect.ByOperation,
	Absorbs: []detect.Absorbs{
		{What: Retry, Why: "the tries are those that the form refused"},
		{What: RepeatedSubmit, Why: "the submits are those that the form refused"},
	},
	Thresholds: BurstThresholds{Enabled: true, Count: 2, Within: 2 * time.Minute},
	Needs: []detect.Need{
		needs("a submit with its outcome", `"ok" with each {"type": "submit"}: false when the page or the server refuses it`, detect.TypesOf(event.Submit), hasOutcome),
	},
	Rule:     detect.RuleOf(validationLoopRule),
	MostHeld: maxBursts * (1 + detect.Most),
}

// validationLoop finds a form that is refused at least `count` times, each at
// most `within` after the one before, and not accepted in between.
type validationLoop struct{ bursts }

func validationLoopRule(c BurstThresholds) detect.Rule {
	shared := c.bursts()
	shared.gap = true
	return detect.Rule{
		Triggers: detect.Attempts | detect.TypesOf(event.ErrorType),
		Starts:   func(in *detect.Input) bool { return isRefusal(in.Event) },
		New:      func() detect.Detector { return &validationLoop{bursts{burstRule: shared}} },
	}
}

// isRefusal reports a submit that was not accepted, for another reason than the
// server's own trouble; a request answered 422; or an error that says it is about
// validation.
func isRefusal(e *event.Event) bool {
	switch e.Type {
	case event.Submit:
		return e.Failed() && e.Status < 500
	case event.Request:
		return e.Status == 422
	case event.ErrorType:
		return e.Error != nil && isValidation(e.Error.Kind)
	}
	return false
}

func isValidation(kind string) bool {
	return kind != "" && strings.Contains(strings.ToLower(kind), "validation")
}

func (v *validationLoop) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		v.expire(in)
	case isRefusal(e):
		v.add(in, formOf(e))
	case e.Type.IsAttempt() && e.Answered() && !e.Failed():
		v.finish(in, formOf(e))
	}
}
