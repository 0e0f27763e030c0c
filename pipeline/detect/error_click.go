package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// errorClick pairs a click with an error or failed request at most `within`
// after it. One error marks one click, the latest that has none; clicks and
// errors may come from two topics, so either may be taken first.
type errorClick struct {
	*errorRule
	clicks []Signal
	errors []failure
	newest event.Millis // effective time of the last of either
}

type errorRule struct{ within event.Millis }

type failure struct {
	time event.Millis
	id   string
	op   string
}

func (c ErrorClickConfig) rule() rule {
	shared := &errorRule{session.Millis(c.Within)}
	return rule{
		kind:    ErrorClick,
		types:   []event.Type{event.Click, event.Tap, event.ErrorType, event.Crash, event.Request, event.Submit},
		start:   func() detector { return &errorClick{errorRule: shared} },
		version: fmt.Sprintf("error_click/1 within=%v", c.Within),
	}
}

func (x *errorClick) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		return
	case e.Type.IsClick():
		x.forget(in.now)
		x.click(in)
	case e.Type == event.ErrorType || e.Type == event.Crash || e.Failed():
		x.forget(in.now)
		x.fail(in)
	default:
		return
	}
	x.newest = in.now
}

// click takes the earliest error that waits for it.
func (x *errorClick) click(in *input) {
	s := in.begin(ErrorClick)
	for i, f := range x.errors {
		if f.time >= s.Started && f.time-s.Started <= x.within {
			x.errors = append(x.errors[:i], x.errors[i+1:]...)
			x.mark(in, s, f)
			return
		}
	}
	x.clicks = append(x.clicks, s)
}

// fail marks the latest click before it that has no error yet.
func (x *errorClick) fail(in *input) {
	f := failure{in.event.Time, in.eventID(), in.event.Op}
	for i := len(x.clicks) - 1; i >= 0; i-- {
		if s := x.clicks[i]; f.time >= s.Started && f.time-s.Started <= x.within {
			x.clicks = append(x.clicks[:i], x.clicks[i+1:]...)
			x.mark(in, s, f)
			return
		}
	}
	x.errors = append(x.errors, f)
}

func (x *errorClick) mark(in *input, s Signal, f failure) {
	s.Count, s.Op = 1, f.op
	s.add(f.time, f.id)
	in.find(s)
}

// maxUnpaired bounds what a session that only clicks, or only fails, can hold.
const maxUnpaired = 64

// forget drops what nothing can pair with any more. Nothing in force at now
// can be more than `within` older than what was taken `within` before.
func (x *errorClick) forget(now event.Millis) {
	if x.newest+x.within < now || len(x.clicks) > maxUnpaired || len(x.errors) > maxUnpaired {
		x.clicks = drop(x.clicks, func(s Signal) bool { return s.Started+x.within < now })
		x.errors = drop(x.errors, func(f failure) bool { return f.time+x.within < now })
		x.clicks = x.clicks[max(0, len(x.clicks)-maxUnpaired):]
		x.errors = x.errors[max(0, len(x.errors)-maxUnpaired):]
	}
}

// drop removes from a list, in place, what is gone.
func drop[T any](list []T, gone func(T) bool) []T {
	kept := list[:0]
	for _, v := range list {
		if !gone(v) {
			kept = append(kept, v)
		}
	}
	clear(list[len(kept):])
	return kept
}

func (x *errorClick) rest(now event.Millis) rest {
	return rest{event.Never, event.Never, x.newest+x.within < now}
}

func (x *errorClick) save(s *event.State) {
	event.Slice(s, &x.clicks, func(c *Signal) { c.save(s) })
	event.Slice(s, &x.errors, func(f *failure) {
		event.Int(s, &f.time)
		event.Str(s, &f.id)
		event.Str(s, &f.op)
	})
	event.Int(s, &x.newest)
}
