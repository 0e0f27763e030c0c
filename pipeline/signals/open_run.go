package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// openRun is a signal that has begun and may continue.
type openRun struct {
	now event.Millis // of its last event
	run detect.Signal
}

// ended finds the run if it is over.
func (r *openRun) ended(in *detect.Input, over bool) bool {
	if over {
		in.Find(r.run)
	}
	return over
}
