package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// retry finds the same operation tried again within `within` after it failed,
// was slow or had no answer. Each further try within `within` of such a one
// extends the run; its count is the number of repeats. The run ends with a try
// that succeeds, or when none follows.
type retry struct {
	*retryRule
	ops []failed
}

type retryRule struct{ within, slow event.Millis }

// failed is an operation whose last try did not succeed.
type failed struct {
	op    string
	time  event.Millis
	now   event.Millis
	pause event.Millis // between the last two tries
	run   Signal       // of the first failed try; Count is the repeats so far
	grown bool         // every pause was at least half as long again as the one before
}

func (c RetryConfig) rule() rule {
	shared := &retryRule{session.Millis(c.Within), session.Millis(c.Slow)}
	return rule{
		kind: Retry, subjects: anything, when: named,
		concerns: func(e *event.Event) bool { return e.Type.IsAttempt() || e.Answered() },
		begins:   func(in *input) bool { return shared.bad(in.event) },
		start:    func() detector { return &retry{retryRule: shared} },
		version:  fmt.Sprintf("retry/2 within=%v slow=%v", c.Within, c.Slow),
	}
}

// bad reports a try after which another one is a retry.
func (r *retryRule) bad(e *event.Event) bool { return e.Failed() || !e.Answered() || r.isSlow(e) }

func (r *retryRule) isSlow(e *event.Event) bool {
	return e.Has(event.HasDuration) && e.Duration >= r.slow
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
	r.ops = drop(r.ops, func(f failed) bool { return r.ended(in, f, f.now+r.within+patience < in.now) })
	again := r.find(e)
	bad := r.bad(e)
	switch {
	case again < 0 && bad:
		r.start(in)
	case again >= 0:
		f := &r.ops[again]
		f.extend(in)
		f.run.Outcome = r.outcome(e)
		if bad {
			f.time, f.now = e.Time, in.now
			return
		}
		r.hand(in, f)
		r.ops = append(r.ops[:again], r.ops[again+1:]...)
	}
}

// outcome is how a try went.
func (r *retryRule) outcome(e *event.Event) string {
	switch {
	case e.Failed():
		return "failed"
	case !e.Answered():
		return "unanswered"
	case r.isSlow(e):
		return "slow"
	default:
		return "recovered"
	}
}

// extend takes the event in hand as one more try.
func (f *failed) extend(in *input) {
	e := in.event
	pause := e.Time - f.time
	if f.run.Count > 0 {
		f.grown = (f.grown || f.run.Count == 1) && 2*pause >= 3*f.pause && f.pause > 0
	}
	f.pause = pause
	f.run.Count++
	f.run.add(e.Time, in.eventID())
	if f.run.Count == 1 {
		in.claim(Retry, f.run.First())
	}
	in.claim(Retry, in.eventID())
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
	r.ops = append(r.ops, failed{op: e.Op, time: e.Time, now: in.now, run: in.begin(Retry)})
}

// ended hands over the run of an operation whose time is up.
func (r *retry) ended(in *input, f failed, up bool) bool {
	if up && f.run.Count > 0 {
		r.hand(in, &f)
	}
	return up
}

// hand hands over a run, and says whether its pauses grew: a program backs off,
// a person does not.
func (r *retry) hand(in *input, f *failed) {
	if f.grown {
		f.run.Outcome += "_backoff"
	}
	in.find(f.run)
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

func (r *retry) held(visit func(*Signal)) {
	for i := range r.ops {
		visit(&r.ops[i].run)
	}
}

func (r *retry) save(s *event.State) {
	event.Slice(s, &r.ops, func(f *failed) {
		event.Str(s, &f.op)
		event.Int(s, &f.time)
		event.Int(s, &f.now)
		event.Int(s, &f.pause)
		f.run.save(s)
		s.Bool(&f.grown)
	})
}
