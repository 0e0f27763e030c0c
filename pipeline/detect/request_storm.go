package detect

import (
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// requestStorm finds at least `count` requests of one operation, the first to the
// last of so many at most `within`. The run goes on while another follows within
// `within`, by the times of events and by effective time. Nearly every request is
// part of none, so that little is kept of each, in one list for all operations.
type requestStorm struct {
	*stormRule
	recent []sent
	runs   []going
}

type stormRule struct {
	count  int
	within event.Millis
}

// sent is a request of no run.
type sent struct {
	time, now event.Millis
	op, page  string
	id        string
}

// maxSent bounds the requests that a session remembers for storms.
const maxSent = 256

func requestStormRule(c BurstConfig) rule {
	shared := &stormRule{c.Count, session.Millis(c.Within)}
	return rule{
		kind: RequestStorm, subjects: typesOf(event.Request), when: named,
		start:   func() detector { return &requestStorm{stormRule: shared} },
		version: c.version(RequestStorm, 1),
	}
}

func (r *requestStorm) take(in *input) {
	e := in.event
	if e == nil {
		r.runs = drop(r.runs, func(x going) bool { return x.ended(in, in.closing || x.now+r.within < in.now) })
		return
	}
	r.runs = drop(r.runs, func(x going) bool { return x.ended(in, x.run.Op == e.Op && e.Time > x.run.Ended+r.within) })
	for i := range r.runs {
		if x := &r.runs[i]; x.run.Op == e.Op {
			x.run.Count++
			x.run.add(e.Time, in.eventID())
			x.now = in.now
			in.claim(RequestStorm, in.eventID())
			return
		}
	}
	r.forget(e.Time, in.now)
	r.recent = append(r.recent, sent{e.Time, in.now, e.Op, e.Page, in.eventID()})
	r.begin(in)
}

// forget drops what no run can begin with any more, the oldest first where there
// is too much.
func (r *requestStorm) forget(t, now event.Millis) {
	old := func(x *sent) bool { return t > x.time+r.within || now > x.now+r.within }
	n := 0
	for n < len(r.recent) && (old(&r.recent[n]) || len(r.recent)-n == maxSent) {
		n++
	}
	if n > 0 {
		kept := copy(r.recent, r.recent[n:])
		clear(r.recent[kept:])
		r.recent = r.recent[:kept]
	}
}

// begin starts a run when the newest request completes one.
func (r *requestStorm) begin(in *input) {
	e, n := in.event, 0
	mine := func(x *sent) bool {
		return x.op == e.Op && e.Time <= x.time+r.within && in.now <= x.now+r.within
	}
	for i := range r.recent {
		if mine(&r.recent[i]) {
			n++
		}
	}
	if n < r.count {
		return
	}
	var run Signal
	r.recent = drop(r.recent, func(x sent) bool {
		if !mine(&x) {
			return x.op == e.Op
		}
		if run.Count == 0 {
			run = Signal{Kind: RequestStorm, AbsorbedBy: NoKind, Started: x.time, Ended: x.time, Page: x.page, Op: x.op}
		}
		run.Count++
		run.add(x.time, x.id)
		in.claim(RequestStorm, x.id)
		return true
	})
	r.runs = append(r.runs, going{in.now, run})
}

func (r *requestStorm) rest(now event.Millis) rest {
	out := rest{event.Never, event.Never, len(r.runs) == 0}
	for i := range r.runs {
		out.due = min(out.due, r.runs[i].now+r.within)
		out.since = min(out.since, r.runs[i].run.Started)
	}
	if n := len(r.recent); n > 0 {
		out.since = min(out.since, r.recent[0].time)
		out.spent = out.spent && r.recent[n-1].now+r.within < now
	}
	return out
}

func (r *requestStorm) save(s *event.State) {
	event.Slice(s, &r.recent, func(x *sent) {
		event.Int(s, &x.time)
		event.Int(s, &x.now)
		for _, v := range []*string{&x.op, &x.page, &x.id} {
			event.Str(s, v)
		}
	})
	event.Slice(s, &r.runs, func(x *going) {
		event.Int(s, &x.now)
		x.run.save(s)
	})
}
