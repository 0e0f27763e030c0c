package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// retry finds the same operation tried again within `within` after it failed or
// had no answer. Each further try within `within` of a failed one extends the
// run; its count is the number of repeats. The run ends with a try that
// succeeds, or when none follows.
type retry struct {
	*retryRule
	ops []failed
}

type retryRule struct{ within event.Millis }

// failed is an operation whose last try did not succeed.
type failed struct {
	op   string
	time event.Millis
	now  event.Millis
	run  Signal // of the first failed try; Count is the repeats so far
}

func (c RetryConfig) rule() rule {
	shared := &retryRule{session.Millis(c.Within)}
	return rule{
		kind: Retry, types: []event.Type{event.Request, event.Submit},
		start:   func() detector { return &retry{retryRule: shared} },
		version: fmt.Sprintf("retry/1 within=%v", c.Within),
	}
}

// maxOps bounds the operations of a session that may be retried at one time;
// the oldest is ended to make room.
const maxOps = 64

func (r *retry) take(in *input) {
	e := in.event
	if e == nil {
		r.ops = drop(r.ops, func(f failed) bool {
			return r.ended(in, f, in.closing || f.run.Count > 0 && f.now+r.within < in.now)
		})
		return
	}
	if e.Op == "" {
		return
	}
	r.ops = drop(r.ops, func(f failed) bool { return r.ended(in, f, f.now+r.within+patience < in.now) })
	again := r.find(e)
	bad := e.Failed() || !e.Answered()
	switch {
	case again < 0 && bad:
		r.start(in)
	case again >= 0:
		f := &r.ops[again]
		f.run.Count++
		f.run.add(e.Time, in.eventID())
		if bad {
			f.time, f.now = e.Time, in.now
			return
		}
		in.find(f.run)
		r.ops = append(r.ops[:again], r.ops[again+1:]...)
	}
}

// find is the index of the failed try that e repeats, -1 for none. A try too
// late to repeat one ends its run.
func (r *retry) find(e *event.Event) int {
	for i := range r.ops {
		if f := &r.ops[i]; f.op == e.Op && e.Time >= f.time && e.Time-f.time <= r.within {
			return i
		}
	}
	return -1
}

func (r *retry) start(in *input) {
	e := in.event
	for i := range r.ops {
		if f := r.ops[i]; f.op == e.Op {
			if e.Time < f.time {
				return // the operation is in two topics, and this try came after a later one
			}
			r.ended(in, f, true) // too late to repeat it
			r.ops = append(r.ops[:i], r.ops[i+1:]...)
			break
		}
	}
	if len(r.ops) == maxOps {
		r.ended(in, r.ops[0], true)
		r.ops = append(r.ops[:0], r.ops[1:]...)
	}
	r.ops = append(r.ops, failed{e.Op, e.Time, in.now, in.begin(Retry)})
}

// ended hands over the run of an operation whose time is up.
func (r *retry) ended(in *input, f failed, up bool) bool {
	if up && f.run.Count > 0 {
		in.find(f.run)
	}
	return up
}

func (r *retry) rest(now event.Millis) rest {
	out := rest{event.Never, event.Never, true}
	for i := range r.ops {
		f := &r.ops[i]
		if f.run.Count > 0 {
			out.due = min(out.due, f.now+r.within)
		}
		out.since = min(out.since, f.run.Started)
		out.spent = out.spent && f.run.Count == 0 && f.now+r.within+patience < now
	}
	return out
}

func (r *retry) save(s *event.State) {
	event.Slice(s, &r.ops, func(f *failed) {
		event.Str(s, &f.op)
		event.Int(s, &f.time)
		event.Int(s, &f.now)
		f.run.save(s)
	})
}
