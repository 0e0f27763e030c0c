package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var retrySignal = detect.Declaration{
	Name: "retry", Revision: 2, Failures: true,
	Summary: "the same operation again after it failed, was slow or had no answer",
	Means:   "has to try again",
	One:     "the same operation again at most 30 s after it failed, was slow or had no answer",
	Counts:  "repeats",
	Source:  "30 s to the next try, 10 s for a slow one: our choice.",
	Weight:  0.20, Cap: 3, Where: detect.ByOperation,
	Rank: 1,
	Absorbs: []detect.Absorbs{
		{What: RepeatedSubmit, Why: "the repeats are the retries of a submit"},
		{What: ErrorLeave, Why: "the failures have been counted as retries"},
	},
	Thresholds: RetryThresholds{Enabled: true, Within: 30 * time.Second, Slow: 10 * time.Second},
	Needs:      []detect.Need{needOutcome},
	Rule:       detect.RuleOf(RetryThresholds.rule),
	MostHeld:   maxOps,
}

// RetryThresholds bounds the time between tries.
type RetryThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after a failed try the next one comes.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Slow is how long a try may take before it counts as failed, whatever its answer.
	Slow time.Duration `yaml:"slow" min:"1ms" max:"10m"`
}

// retry finds the same operation tried again within `within` after it failed,
// was slow or had no answer. Each further try within `within` of such a one
// extends the signal; its count is the number of repeats. The signal ends with a try
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
	pause event.Millis  // between the last two tries
	open  detect.Signal // of the first failed try; Count is the repeats so far
	grown bool          // every pause was at least half as long again as the one before
}

func (c RetryThresholds) rule() detect.Rule {
	shared := &retryRule{session.Millis(c.Within), session.Millis(c.Slow)}
	return detect.Rule{
		Triggers: detect.Anything, When: detect.Named,
		Concerns: func(e *event.Event) bool { return e.Type.IsAttempt() || e.Answered() },
		Starts:   func(in *detect.Input) bool { return shared.bad(in.Event) },
		New:      func() detect.Detector { return &retry{retryRule: shared} },
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

// Observe starts a signal with a failed try of an operation, extends it with each further try, and ends it with one
// that succeeds.
func (r *retry) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		r.ops = detect.Drop(r.ops, func(f failed) bool {
			return r.ended(in, f, in.Closing || f.open.Count > 0 && f.now+r.within < in.Now)
		})
		return
	}
	r.ops = detect.Drop(r.ops, func(f failed) bool { return r.ended(in, f, f.now+r.within+detect.Slack < in.Now) })
	again := r.find(e)
	bad := r.bad(e)
	switch {
	case again < 0 && bad:
		r.start(in)
	case again >= 0:
		f := &r.ops[again]
		f.extend(in)
		f.open.Outcome = r.outcome(e)
		if bad {
			f.time, f.now = e.Time, in.Now
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
func (f *failed) extend(in *detect.Input) {
	e := in.Event
	pause := e.Time - f.time
	if f.open.Count > 0 {
		f.grown = (f.grown || f.open.Count == 1) && 2*pause >= 3*f.pause && f.pause > 0
	}
	f.pause = pause
	f.open.Count++
	f.open.Add(e.Time, in.EventID())
	if f.open.Count == 1 {
		in.Claim(f.open.First())
	}
	in.Claim(in.EventID())
}

// find is the index of the failed try that e repeats, -1 for none. A try too
// late to repeat one ends its signal.
func (r *retry) find(e *event.Event) int {
	for i := range r.ops {
		if f := &r.ops[i]; f.op == e.Op && e.Time >= f.time && e.Time-f.time <= r.within {
			return i
		}
	}
	return -1
}

func (r *retry) start(in *detect.Input) {
	e := in.Event
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
	}
	r.ops = detect.Push(in, r.ops, failed{op: e.Op, time: e.Time, now: in.Now, open: in.Begin()}, maxOps, event.LimitOperations)
}

// ended hands over the signal of an operation whose time is up.
func (r *retry) ended(in *detect.Input, f failed, up bool) bool {
	if up && f.open.Count > 0 {
		r.hand(in, &f)
	}
	return up
}

// hand hands over a signal, and says whether its pauses grew: a program backs off,
// a person does not.
func (r *retry) hand(in *detect.Input, f *failed) {
	if f.grown {
		f.open.Outcome += "_backoff"
	}
	in.Find(f.open)
}

func (r *retry) Pending(now event.Millis) detect.Pending {
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	for i := range r.ops {
		f := &r.ops[i]
		if f.open.Count > 0 {
			out.Due = min(out.Due, f.now+r.within)
		}
		out.Since = min(out.Since, f.open.Started)
		out.Spent = out.Spent && f.open.Count == 0 && f.now+r.within+detect.Slack < now
	}
	return out
}

func (r *retry) Held(visit func(*detect.Signal)) {
	for i := range r.ops {
		visit(&r.ops[i].open)
	}
}

func (r *retry) Save(s *event.State) {
	event.Slice(s, &r.ops, func(f *failed) {
		event.Str(s, &f.op)
		event.Int(s, &f.time)
		event.Int(s, &f.now)
		event.Int(s, &f.pause)
		f.open.Save(s)
		s.Bool(&f.grown)
	})
}
