package demo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// instance is one start of the demo: what all its parts share.
type instance struct {
	o      Options
	screen *screen
	state  *state
	stops  []stopper
	fail   context.CancelCauseFunc // ends the demo because a part of it has failed
}

// stopper undoes one thing that was started. what is shown while it lasts, if it is worth a word.
type stopper struct {
	what string
	do   func(context.Context) error
}

// push adds what undoes something that was started.
func (in *instance) push(what string, do func(context.Context) error) {
	in.stops = append(in.stops, stopper{what, do})
}

// stopTime is how long one part may take to stop.
const stopTime = 30 * time.Second

// stop undoes what was started, the latest first, down to as many as given.
func (in *instance) stop(down int) (err error) {
	for len(in.stops) > down {
		last := in.stops[len(in.stops)-1]
		in.stops = in.stops[:len(in.stops)-1]
		if last.what != "" {
			in.screen.note("stopping %s …", last.what)
		}
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		if e := last.do(ctx); e != nil {
			err = errors.Join(err, fmt.Errorf("stop %s: %w", last.what, e))
		}
		cancel()
	}
	return err
}
