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
	recent []click // of no run, in order of time, at most `within` old
	run    Signal  // Count 0: none
	last   click   // of the run
	over   []spell // of the runs before, as long as their clicks may be asked for
}

type rageRule struct {
	clicks   int
	within   event.Millis
	distance float64
	remember event.Millis // how long the clicks of a run may still be asked for
}

// click is what is kept of a click.
type click struct {
	time   event.Millis
	now    event.Millis
	place  string // identity of the target; "" means that X and Y decide
	x, y   float32
	signal Signal // as if the click were a run of its own
}

// spell is a closed span of time.
type spell struct{ from, to event.Millis }

func (s spell) holds(t event.Millis) bool { return s.from <= t && t <= s.to }

func (c RageClickConfig) rule(remember event.Millis) rule {
	shared := &rageRule{c.Clicks, session.Millis(c.Within), c.Distance, remember}
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
		r.run.Count++
		r.run.add(c.time, in.eventID())
		r.last = c
		return
	}
	r.forget(c.time)
	r.recent = append(r.recent, c)
	r.begin(in)
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
	r.run = first.signal
	r.run.Count = 1
	for i := len(chain) - 2; i >= 0; i-- {
		c := r.recent[chain[i]]
		r.run.Count++
		r.run.add(c.time, c.signal.Events[0])
	}
	r.last = newest
	r.recent = r.recent[:0]
}

// forget drops clicks that no run can begin with after one at t.
func (r *rageClick) forget(t event.Millis) {
	r.recent = drop(r.recent, func(c click) bool { return c.time < t-r.within })
}

func (r *rageClick) end(in *input) {
	if r.run.Count == 0 {
		return
	}
	in.find(r.run)
	r.over = drop(r.over, func(s spell) bool { return s.to+r.remember < r.run.Started })
	r.over = append(r.over, spell{r.run.Started, r.run.Ended})
	r.run = Signal{}
}

// verdict says whether a click at t is part of a run, or may still become one
// after the time in force.
func (r *rageClick) verdict(t, now event.Millis) (part, open bool) {
	if slices.ContainsFunc(r.over, func(s spell) bool { return s.holds(t) }) ||
		r.run.Count > 0 && (spell{r.run.Started, r.run.Ended}).holds(t) {
		return true, false
	}
	for _, c := range r.recent {
		if c.time == t {
			return false, r.lastClick()+r.within >= now
		}
	}
	return false, false
}

// lastClick is the effective time of the newest click that is of no run.
func (r *rageClick) lastClick() event.Millis {
	if len(r.recent) == 0 {
		return event.Beginning / 2
	}
	return r.recent[len(r.recent)-1].now
}

func (r *rageClick) rest(now event.Millis) rest {
	if r.run.Count > 0 {
		return rest{due: r.last.now + r.within, since: r.run.Started}
	}
	return rest{event.Never, event.Never, max(r.last.now, r.lastClick())+r.remember < now}
}

func (r *rageClick) save(s *event.State) {
	event.Slice(s, &r.recent, func(c *click) { c.save(s) })
	r.run.save(s)
	r.last.save(s)
	event.Slice(s, &r.over, func(x *spell) {
		event.Int(s, &x.from)
		event.Int(s, &x.to)
	})
}

func (c *click) save(s *event.State) {
	event.Int(s, &c.time)
	event.Int(s, &c.now)
	event.Str(s, &c.place)
	s.Float(&c.x)
	s.Float(&c.y)
	c.signal.save(s)
}
