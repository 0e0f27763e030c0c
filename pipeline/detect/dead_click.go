package detect

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// deadClick finds clicks on something interactive to which nothing reacts within
// `within`. A reaction is a mutation, a page, a request, input, scroll or
// selection; a change of focus or visibility within `forgive` before or after
// excuses the click, but not the focus that the click itself gives its target.
// Only sessions that have sent a mutation are judged: without them nothing can
// be said. Requests come from a topic of their own, so that one may be taken
// before the click it answers; all else is the tracker's, which sends it in order.
// A click still undecided when the session ends is dead: nothing reacted in it.
type deadClick struct {
	*deadRule
	pending  []deadCandidate
	requests []moment // the newest
	other    moment   // newest reaction of another type
	blinks   [2]blink // newest change of focus or visibility, and the newest one of another target
}

type deadRule struct{ within, forgive, remember event.Millis }

// moment is when something happened, and when it was taken.
type moment struct{ time, now event.Millis }

// blink is a change of focus or visibility.
type blink struct {
	moment
	target string
}

type deadCandidate struct {
	due    event.Millis // effective time
	signal Signal
}

var reactions = []event.Type{
	event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection,
}

var blinks = []event.Type{event.Focus, event.Blur, event.Visibility}

func (c DeadClickConfig) rule() rule {
	shared := &deadRule{session.Millis(c.Within), session.Millis(c.Forgive), session.Millis(max(c.Within, c.Forgive)) + patience}
	types := append([]event.Type{event.Click, event.Tap}, reactions...)
	return rule{
		kind: DeadClick, types: append(types, blinks...),
		start: func() detector {
			return &deadClick{deadRule: shared, other: never, blinks: [2]blink{{moment: never}, {moment: never}}}
		},
		version: fmt.Sprintf("dead_click/1 within=%v forgive=%v", c.Within, c.Forgive),
	}
}

// never is a moment that nothing can be near to.
var never = moment{event.Beginning / 2, event.Beginning / 2}

func (d *deadClick) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		d.bury(in)
	case e.Type.IsClick():
		if in.mutated && interactive(e.Target) && !d.excused(in) {
			s := in.begin(DeadClick)
			s.Count = 1
			d.pending = append(d.pending, deadCandidate{in.now + d.within, s})
		}
	case e.Type == event.Focus || e.Type == event.Blur || e.Type == event.Visibility:
		b := blink{moment{e.Time, in.now}, e.Target.Name()}
		if b.target != d.blinks[0].target {
			d.blinks[1] = d.blinks[0]
		}
		d.blinks[0] = b
		d.excuse(func(s *Signal) bool { return d.forgives(b, s.Started, s.Target) })
	default:
		m := moment{e.Time, in.now}
		if e.Type == event.Request {
			d.requests = drop(d.requests, func(x moment) bool { return x.time < in.settled })
			d.keep(m)
		} else if m.time >= d.other.time {
			d.other = m
		}
		d.excuse(func(s *Signal) bool { return d.reacted(m, s.Started) })
	}
}

// excused says that what was taken before has reacted to the click in hand.
func (d *deadClick) excused(in *input) bool {
	e := in.event
	fresh := func(m moment) bool { return in.now <= m.now+d.remember }
	for _, b := range d.blinks {
		if fresh(b.moment) && d.forgives(b, e.Time, e.Target.Name()) {
			return true
		}
	}
	return fresh(d.other) && d.reacted(d.other, e.Time) ||
		slices.ContainsFunc(d.requests, func(m moment) bool { return fresh(m) && d.reacted(m, e.Time) })
}

func (d *deadClick) reacted(m moment, click event.Millis) bool {
	return m.time >= click && m.time <= click+d.within
}

func (d *deadClick) forgives(b blink, click event.Millis, target string) bool {
	return b.time >= click-d.forgive && b.time <= click+d.forgive && !sameTarget(b.target, target)
}

// maxRequests bounds the requests a session remembers.
const maxRequests = 32

// keep remembers a request. Of three within the span, the one in the middle
// says nothing that the others do not.
func (d *deadClick) keep(m moment) {
	if len(d.requests) == maxRequests {
		kept := d.requests[:1]
		for i := 1; i < len(d.requests); i++ {
			x, before := d.requests[i], kept[len(kept)-1]
			next := m
			if i+1 < len(d.requests) {
				next = d.requests[i+1]
			}
			if x.now+d.remember >= m.now && (x.time < before.time || next.time < x.time || next.time-before.time > d.within) {
				kept = append(kept, x)
			}
		}
		if d.requests = kept; len(kept) == maxRequests {
			d.requests = slices.Delete(kept, 0, 1)
		}
	}
	d.requests = append(d.requests, m)
}

func sameTarget(a, b string) bool { return a != "" && a == b }

// excuse drops the clicks that something reacted to.
func (d *deadClick) excuse(reacted func(*Signal) bool) {
	if len(d.pending) == 0 {
		return
	}
	d.pending = drop(d.pending, func(c deadCandidate) bool { return reacted(&c.signal) })
}

// bury finds the clicks whose time is up.
func (d *deadClick) bury(in *input) {
	d.pending = drop(d.pending, func(c deadCandidate) bool {
		up := in.closing || c.due < in.now
		if up {
			in.find(c.signal)
		}
		return up
	})
}

// interactive reports whether a click on t should do something that can be seen.
// Links, text fields and canvases are left out: what they do cannot be.
func interactive(t *event.Target) bool {
	if t == nil {
		return false
	}
	switch {
	case t.Href != "" || t.Role == "link":
		return false
	case t.InputType != "":
		return isButton(t.InputType)
	}
	switch t.Tag {
	case "button", "summary", "label", "option":
		return true
	case "", "div", "span", "li", "a", "i", "svg", "img":
		return interactiveRole(t.Role) || t.Tag == "" && t.Role == "" && t.ID != ""
	}
	return interactiveRole(t.Role) && t.Tag != "canvas" && t.Tag != "input" && t.Tag != "textarea" && t.Tag != "select"
}

func isButton(inputType string) bool {
	switch inputType {
	case "button", "submit", "reset", "image", "checkbox", "radio":
		return true
	}
	return false
}

func interactiveRole(role string) bool {
	switch role {
	case "button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem":
		return true
	}
	return false
}

func (d *deadClick) rest(now event.Millis) rest {
	newest := max(d.other.now, d.blinks[0].now)
	if n := len(d.requests); n > 0 {
		newest = max(newest, d.requests[n-1].now)
	}
	r := rest{event.Never, event.Never, len(d.pending) == 0 && newest+d.remember < now}
	for i := range d.pending {
		r.due = min(r.due, d.pending[i].due)
		r.since = min(r.since, d.pending[i].signal.Started)
	}
	return r
}

func (d *deadClick) save(s *event.State) {
	event.Slice(s, &d.pending, func(c *deadCandidate) {
		event.Int(s, &c.due)
		c.signal.save(s)
	})
	event.Slice(s, &d.requests, func(m *moment) { m.save(s) })
	d.other.save(s)
	for i := range d.blinks {
		d.blinks[i].save(s)
		event.Str(s, &d.blinks[i].target)
	}
}

func (m *moment) save(s *event.State) {
	event.Int(s, &m.time)
	event.Int(s, &m.now)
}
