package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var requestStormSignal = detect.Declaration{
	Name: "request_storm", Revision: 1, Failures: true,
	Summary: "the app sends the same request again and again",
	Means:   "has an app that repeats itself",
	One:     "at least 20 requests of one operation within 5 s",
	Counts:  "requests",
	Source:  "20 in 5 s: our choice. A page's dozen different requests are not one.",
	Weight:  0.15, Cap: 1, Where: detect.ByOperation,
	Rank: 2,
	Absorbs: []detect.Absorbs{
		{What: Retry, Why: "an app that repeats itself, not a person"},
	},
	Thresholds: BurstThresholds{Enabled: true, Count: 20, Within: 5 * time.Second},
	Needs: []detect.Need{
		needs("a request with an operation", `{"type": "request", "op"} for each request`, detect.TypesOf(event.Request), hasOp),
	},
	Rule:     detect.RuleOf(requestStormRule),
	MostHeld: maxSent + maxStorms,
}

// requestStorm finds at least `count` requests of one operation, the first and the last of so many at most `within`
// apart. The signal continues while another follows within `within`, by event time and by effective time. Nearly all
// requests are in no storm, so little is kept of each, in one list for all operations.
type requestStorm struct {
	*stormRule
	recent []sent
	storms []openSignal
}

type stormRule struct {
	count  int
	within event.Millis
}

// sent is a request that is in no signal.
type sent struct {
	time, now event.Millis
	taken     uint32 // what [detect.Input.Taken] was
	op, page  string
	id        string
}

// maxSent bounds the requests that a session remembers for storms.
const maxSent = 256

// maxStorms bounds the storms of a session at one time: another one ends the one that has been silent for longest.
const maxStorms = 16

func requestStormRule(c BurstThresholds) detect.Rule {
	shared := &stormRule{c.Count, session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.TypesOf(event.Request), When: detect.Named,
		New: func() detect.Detector { return &requestStorm{stormRule: shared} },
	}
}

func (r *requestStorm) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		r.storms = detect.Drop(r.storms, func(x openSignal) bool { return x.ended(in, in.Closing || x.now+r.within < in.Now) })
		return
	}
	r.storms = detect.Drop(r.storms, func(x openSignal) bool { return x.ended(in, x.open.Op == e.Op && e.Time > x.open.Ended+r.within) })
	for i := range r.storms {
		if x := &r.storms[i]; x.open.Op == e.Op {
			x.open.Count++
			x.open.Add(e.Time, in.EventID())
			x.now = in.Now
			in.Claim(in.EventID())
			return
		}
	}
	r.forget(e.Time, in.Now)
	r.recent = detect.Push(in, r.recent, sent{e.Time, in.Now, in.Taken, e.Op, e.Page, in.EventID()}, maxSent, event.LimitStormEvents)
	r.begin(in)
}

// forget drops requests that no signal can begin with any more.
func (r *requestStorm) forget(t, now event.Millis) {
	old := func(x *sent) bool { return t > x.time+r.within || now > x.now+r.within }
	n := 0
	for n < len(r.recent) && old(&r.recent[n]) {
		n++
	}
	if n > 0 {
		kept := copy(r.recent, r.recent[n:])
		clear(r.recent[kept:])
		r.recent = r.recent[:kept]
	}
}

// begin starts a signal if the newest request completes one.
func (r *requestStorm) begin(in *detect.Input) {
	e, n := in.Event, 0
	mine := func(x *sent) bool {
		return x.op == e.Op && e.Time <= x.time+r.within && in.Now <= x.now+r.within
	}
	for i := range r.recent {
		if mine(&r.recent[i]) {
			n++
		}
	}
	if n < r.count {
		return
	}
	var open detect.Signal
	r.recent = detect.Drop(r.recent, func(x sent) bool {
		if !mine(&x) {
			return x.op == e.Op
		}
		if open.Count == 0 {
			open = in.From(x.time, x.taken, x.page, "", x.op)
		}
		open.Count++
		open.Add(x.time, x.id)
		in.Claim(x.id)
		return true
	})
	if len(r.storms) == maxStorms {
		r.endQuietest(in)
	}
	r.storms = append(r.storms, openSignal{in.Now, open})
}

// endQuietest ends the storm that has been silent for longest; of those, the one that began first.
func (r *requestStorm) endQuietest(in *detect.Input) {
	in.Reached(event.LimitStorms)
	quiet := 0
	for i := range r.storms {
		if r.storms[i].now < r.storms[quiet].now {
			quiet = i
		}
	}
	r.storms[quiet].ended(in, true)
	r.storms = append(r.storms[:quiet], r.storms[quiet+1:]...)
}

func (r *requestStorm) Pending(now event.Millis) detect.Pending {
	out := detect.Pending{Due: event.Never, Since: event.Never, Spent: len(r.storms) == 0}
	for i := range r.storms {
		out.Due = min(out.Due, r.storms[i].now+r.within)
		out.Since = min(out.Since, r.storms[i].open.Started)
	}
	if n := len(r.recent); n > 0 {
		out.Since = min(out.Since, r.recent[0].time)
		out.Spent = out.Spent && r.recent[n-1].now+r.within < now
	}
	return out
}

func (r *requestStorm) Save(s *event.State) {
	event.Slice(s, &r.recent, func(x *sent) {
		event.Int(s, &x.time)
		event.Int(s, &x.now)
		event.Uint(s, &x.taken)
		for _, v := range []*string{&x.op, &x.page, &x.id} {
			event.Str(s, v)
		}
	})
	event.Slice(s, &r.storms, func(x *openSignal) {
		event.Int(s, &x.now)
		x.open.Save(s)
	})
}
