package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// deadClick finds clicks on something interactive to which nothing reacts within
// `within`. A reaction is a mutation, a page, a request, input, scroll or
// selection; a change of focus or visibility within `forgive` before or after
// excuses the click, but not the focus that the click itself gives its target.
// Only sessions that have sent a mutation are judged: without them nothing can
// be said.
type deadClick struct {
	*deadRule
	pending []deadCandidate
	blinked event.Millis // newest change of focus or visibility
	focused string       // its target
}

type deadRule struct{ within, forgive event.Millis }

type deadCandidate struct {
	due    event.Millis // effective time
	signal Signal
}

var reactions = []event.Type{
	event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection,
}

var blinks = []event.Type{event.Focus, event.Blur, event.Visibility}

func (c DeadClickConfig) rule() rule {
	shared := &deadRule{session.Millis(c.Within), session.Millis(c.Forgive)}
	types := append([]event.Type{event.Click, event.Tap}, reactions...)
	return rule{
		kind: DeadClick, types: append(types, blinks...),
		start:   func() detector { return &deadClick{deadRule: shared, blinked: event.Beginning} },
		version: fmt.Sprintf("dead_click/1 within=%v forgive=%v", c.Within, c.Forgive),
	}
}

func (d *deadClick) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		d.bury(in)
	case e.Type.IsClick():
		excused := d.blinked >= e.Time-d.forgive && d.blinked <= e.Time && !sameTarget(d.focused, e.Target.Name())
		if in.mutated && !excused && interactive(e.Target) {
			s := in.begin(DeadClick)
			s.Count = 1
			d.pending = append(d.pending, deadCandidate{in.now + d.within, s})
		}
	case e.Type == event.Focus || e.Type == event.Blur || e.Type == event.Visibility:
		d.blinked, d.focused = e.Time, e.Target.Name()
		d.excuse(func(s *Signal) bool {
			return e.Time >= s.Started-d.forgive && e.Time <= s.Started+d.forgive && !sameTarget(d.focused, s.Target)
		})
	default:
		d.excuse(func(s *Signal) bool { return e.Time >= s.Started && e.Time <= s.Started+d.within })
	}
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
	r := rest{event.Never, event.Never, len(d.pending) == 0 && d.blinked < now-d.forgive}
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
	event.Int(s, &d.blinked)
	event.Str(s, &d.focused)
}
