package signals

import (
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// validationLoop finds a form that is refused at least `count` times, each at
// most `within` after the one before, and not accepted in between.
type validationLoop struct{ bursts }

// ValidationLoopRule compiles the thresholds.
func ValidationLoopRule(c BurstConfig) detect.Rule {
	shared := c.bursts()
	shared.gap = true
	return detect.Rule{
		Triggers: detect.Attempts | detect.TypesOf(event.ErrorType),
		Starts:   func(in *detect.Input) bool { return isRefusal(in.Event) },
		New:      func() detect.Detector { return &validationLoop{bursts{burstRule: shared}} },
		Version:  c.version("validation_loop", 1),
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
