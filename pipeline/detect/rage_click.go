package detect

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// rageClick finds bursts of clicks at one place: at least `clicks` clicks, the
// first to the last of them at most `within`, with the same target id or, without
// one, each at most `distance` from the one before. A run goes on while such a
// click follows within `within`, and is one signal.
type rageClick struct {
	*rageRule
	recent []click // of no run, at most `within` old
	run    Signal  // Count 0: none
	last   click   // of the run
}

type rageRule struct {
	clicks   int
	within   event.Millis
	distance float64
}

// click is what is kept of a click.
type click struct {
	time   event.Millis
	now    event.Millis
	place  string // identity of the target; "" means that X and Y decide
	x, y   float32
	signal Signal // as if the click were a run of its own
}

func (c RageClickConfig) rule() rule {
	shared := &rageRule{c.Clicks, session.Millis(c.Within), c.Distance}
	return rule{
		kind: RageClick, types: []event.Type{event.Click, event.Tap},
		start:   func() detector { return &rageClick{rageRule: shared, last: click{now: event.Beginning / 2}} },
		version: fmt.Sprintf("rage_click/1 clicks=%d within=%v distance=%gpx", c.Clicks, c.Within, c.Distance),
	}
}

func (r *rageClick) take(in *input) {
	if in.event == nil {
		if in.closing || r.last.now+r.within < in.now {
			r.end(in)
		}
		return
	}
	c := newClick(in)
	if c.time > r.last.time+r.within {
		r.end(in)
	}
	if r.run.Count > 0 && r.follows(c, r.last) {
		r.join(in, c)
		return
	}
	r.recent = drop(r.recent, func(x click) bool { return x.time < c.time-r.within || x.now+r.within < c.now })
	r.recent = append(r.recent, c)
	r.begin(in)
}

// join makes a click part of the run.
func (r *rageClick) join(in *input, c click) {
	if r.run.Count == 0 {
		r.run = c.signal
	} else {
		r.run.add(c.time, c.signal.First())
	}
	r.run.Count++
	r.last = c
	in.joined = append(in.joined, c.signal.First())
}

func newClick(in *input) click {
	e := in.event
	c := click{time: e.Time, now: in.now, x: e.X, y: e.Y, signal: in.begin(RageClick)}
	switch {
	case e.Target != nil && e.Target.ID != "":
		c.place = "#" + e.Target.ID
	case !e.Has(event.HasPosition) || e.Has(event.Keyboard):
		c.place = "?" + e.Target.Name()
	}
	return c
}

// follows reports whether c is such a click as the one before it.
func (r *rageClick) follows(c, before click) bool {
	if c.place != "" || before.place != "" {
		return c.place == before.place && c.place != "?"
	}
	dx, dy := float64(c.x-before.x), float64(c.y-before.y)
	return dx*dx+dy*dy <= r.distance*r.distance
}

// begin starts a run when the newest click completes one. Somebody who rages
// elsewhere has ended the run before.
func (r *rageClick) begin(in *input) {
	chain := make([]int, 0, 8)
	newest := r.recent[len(r.recent)-1]
	for i, at := len(r.recent)-1, newest; i >= 0; i-- {
		switch c := r.recent[i]; {
		case len(chain) == 0 || r.follows(at, c):
			chain, at = append(chain, i), c
		case at.place == "" && c.place == "": // "the one before" is elsewhere
			i = 0
		}
	}
	if len(chain) < r.clicks {
		return
	}
	chain = chain[:r.clicks]
	first := r.recent[chain[len(chain)-1]]
	if newest.time-first.time > r.within {
		return
	}
	r.end(in)
	for _, i := range slices.Backward(chain) {
		r.join(in, r.recent[i])
	}
	kept := r.recent[:0]
	for i, c := range r.recent {
		if !slices.Contains(chain, i) {
			kept = append(kept, c)
		}
	}
	clear(r.recent[len(kept):])
	r.recent = kept
}

func (r *rageClick) end(in *input) {
	if r.run.Count > 0 {
		in.find(r.run)
		r.run = Signal{}
	}
}

// open says until what effective time the click that a signal is about may still
// become part of a run.
func (r *rageClick) open(s *Signal) event.Millis {
	for i := range r.recent {
		if c := &r.recent[i]; c.time == s.Started && c.signal.First() == s.First() {
			return c.now + r.within
		}
	}
	return event.Beginning
}

func (r *rageClick) rest(now event.Millis) rest {
	n := len(r.recent)
	out := rest{event.Never, event.Never, n == 0 || r.recent[n-1].now+r.within < now}
	for i := range r.recent {
		out.since = min(out.since, r.recent[i].time)
	}
	if r.run.Count > 0 {
		out = rest{r.last.now + r.within, min(out.since, r.run.Started), false}
	}
	return out
}

func (r *rageClick) save(s *event.State) {
	event.Slice(s, &r.recent, func(c *click) { c.save(s) })
	r.run.save(s)
	r.last.save(s)
}

func (c *click) save(s *event.State) {
	event.Int(s, &c.time)
	event.Int(s, &c.now)
	event.Str(s, &c.place)
	s.Float(&c.x)
	s.Float(&c.y)
	c.signal.save(s)
}
