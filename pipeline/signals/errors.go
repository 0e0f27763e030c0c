package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// failures are the event types that may be a failure.
var failures = detect.TypesOf(event.ErrorType, event.Crash, event.Request, event.Submit)

// isFailure reports an error, a crash, or a request or submit that failed.
func isFailure(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Failed() || e.Type == event.Submit && e.Status >= 400
}
