package detect

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// deadClick finds clicks on something interactive to which nothing reacts within
// `within`. A click at most `repeat` after another on the same target is part of
// that one. A reaction is a mutation, a page, a request, input, scroll or
// selection, or a crash, which leaves no page to change; a change of focus or visibility within `forgive` before or after
// excuses the click, but not the focus that the click itself gives its target.
// Only sessions that have sent a mutation before are judged: without them nothing
// can be said. A click still undecided when the session ends is dead: nothing
// reacted in it.
type deadClick struct {
	*deadRule
	pending []deadCandidate
}

type deadRule struct{ within, repeat, forgive event.Millis }

type deadCandidate struct {
	due    event.Millis // effective time
	signal Signal
}

func (c DeadClickConfig) rule() rule {
	shared := &deadRule{session.Millis(c.Within), session.Millis(c.Repeat), session.Millis(c.Forgive)}
	return rule{
		kind: DeadClick, subjects: clicks, heeds: reacting | blinking,
		begins:  shared.judges,
		start:   func() detector { return &deadClick{deadRule: shared} },
		version: fmt.Sprintf("dead_click/2 within=%v repeat=%v forgive=%v", c.Within, c.Repeat, c.Forgive),
	}
}

func (d *deadClick) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		d.bury(in)
	case e.Type.IsClick():
		if d.judges(in) {
			s := in.begin(DeadClick)
			s.Count = 1
			d.pending = append(d.pending, deadCandidate{in.now + d.within, s})
		}
	case blinking.has(e.Type):
		if !blinks(e) {
			return
		}
		b := blinkOf(e, in.now)
		d.excuse(func(s *Signal) bool { return d.forgives(b, s.Started, s.Target) })
	default:
		d.excuse(func(s *Signal) bool { return d.reacted(e.Time, s.Started) })
	}
}

// judges says that nothing has reacted to the click in hand yet, and that something
// should.
func (d *deadRule) judges(in *input) bool {
	return in.mutated && interactive(in.event.Target) && !d.again(in) && !d.excused(in)
}

// again says that the click in hand is part of the one before it.
func (d *deadRule) again(in *input) bool {
	e, name := in.event, in.event.Target.Name()
	if in.reactions == nil || name == "" {
		return false
	}
	p := &in.reactions.press
	return p.target == name && e.Time >= p.time && e.Time-p.time <= d.repeat && in.now <= p.now+d.repeat+patience
}

// excused says that what was taken before has reacted to the click in hand.
func (d *deadRule) excused(in *input) bool {
	e, known := in.event, in.reactions
	if known == nil {
		return false
	}
	fresh := func(m moment) bool { return in.now <= m.now+max(d.within, d.forgive)+patience }
	for _, b := range known.blinks {
		if b.target != "" && fresh(b.moment) && d.forgives(b, e.Time, e.Target.Name()) {
			return true
		}
	}
	if w := known.window; fresh(w) && d.forgives(blink{moment: w}, e.Time, "") {
		return true
	}
	return fresh(known.other) && d.reacted(known.other.time, e.Time) ||
		slices.ContainsFunc(known.requests, func(m moment) bool { return fresh(m) && d.reacted(m.time, e.Time) })
}

func (d *deadRule) reacted(at, click event.Millis) bool {
	return at >= click && at <= click+d.within
}

func (d *deadRule) forgives(b blink, click event.Millis, target string) bool {
	first := click
	switch b.target {
	case "":
		first -= d.forgive
	case target:
		return false
	}
	return b.time >= first && b.time <= click+d.forgive
}

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

func (d *deadClick) rest(event.Millis) rest {
	r := rest{event.Never, event.Never, len(d.pending) == 0}
	for i := range d.pending {
		r.due = min(r.due, d.pending[i].due)
		r.since = min(r.since, d.pending[i].signal.Started)
	}
	return r
}

func (d *deadClick) held(visit func(*Signal)) {
	for i := range d.pending {
		visit(&d.pending[i].signal)
	}
}

func (d *deadClick) save(s *event.State) {
	event.Slice(s, &d.pending, func(c *deadCandidate) {
		event.Int(s, &c.due)
		c.signal.save(s)
	})
}
