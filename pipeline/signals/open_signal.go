package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// openSignal is a signal that has begun and may not be over.
type openSignal struct {
	now  event.Millis // of its last event
	open detect.Signal
}

// ended finds the signal if it is over.
func (r *openSignal) ended(in *detect.Input, over bool) bool {
	if over {
		in.Find(r.open)
	}
	return over
}
