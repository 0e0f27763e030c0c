package decode

import (
	"net/url"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// anonymous takes ids of people out of the texts of an event. It is used where ids are replaced by pseudonyms: a page
// /profile/ann would name who the pseudonym hides.
type anonymous struct {
	a, b    []byte // scratch
	ids     []personID
	target  event.Target
	context event.Context
	err     event.Error
	keep    func([]byte) string // makes strings
	changed bool                // a text of the part at hand became another one
}

// personID is one way to write an id of the event's own user or account.
type personID struct{ id, placeholder string }

// leastID is the shortest id that is looked for outside of pages and operations.
const leastID = 3

// clean replaces the ids of a user and an account in all texts of the event, and in pages, operations, links and messages
// whatever looks like an id, an e-mail address, a number or a token.
func (n *anonymous) clean(e *event.Event, user, account string) {
	n.ids = n.ids[:0]
	for _, p := range [...]personID{{user, ":user"}, {account, ":account"}} {
		if p.id == "" {
			continue
		}
		n.ids = append(n.ids, p)
		if escaped := url.QueryEscape(p.id); escaped != p.id {
			n.ids = append(n.ids, personID{escaped, p.placeholder})
		}
	}
	n.path(&e.Page)
	n.path(&e.Op)
	n.own(&e.ID)
	n.own(&e.Client)
	n.text(&e.Name)
	n.cleanTarget(e)
	n.cleanError(e)
	n.cleanContext(e)
	for i := range e.Attrs {
		n.own(&e.Attrs[i].Value)
	}
}

// cleanTarget gives the event a target of its own if that has to change: events share them.
func (n *anonymous) cleanTarget(e *event.Event) {
	if e.Target == nil {
		return
	}
	n.target, n.changed = *e.Target, false
	t := &n.target
	n.path(&t.Href)
	for _, s := range [...]*string{&t.ID, &t.Text, &t.Selector, &t.Role} {
		n.text(s)
	}
	t.Classes = slices.Clone(t.Classes)
	for i := range t.Classes {
		n.text(&t.Classes[i])
	}
	if n.changed {
		own := n.target
		e.Target = &own
	}
}

// cleanError does the same to what an error reported.
func (n *anonymous) cleanError(e *event.Event) {
	if e.Error == nil {
		return
	}
	n.err, n.changed = *e.Error, false
	n.text(&n.err.Kind)
	n.text(&n.err.Message)
	if n.changed {
		own := n.err
		e.Error = &own
	}
}

// cleanContext does the same to the context. It has names of programs and versions, so only the event's own ids count.
func (n *anonymous) cleanContext(e *event.Event) {
	if e.Context == nil {
		return
	}
	n.context, n.changed = *e.Context, false
	c := &n.context
	for _, s := range [...]*string{&c.Device, &c.OS, &c.Browser, &c.AppVersion, &c.Country, &c.Variant, &c.Language} {
		n.own(s)
	}
	if n.changed {
		own := n.context
		e.Context = &own
	}
}

// path cleans a page, an operation or a link.
func (n *anonymous) path(s *string) {
	if *s == "" {
		return
	}
	n.b = fields.AppendPlain(n.b[:0], []byte(*s))
	n.replaceOwn(1)
	n.a = fields.AppendAnonymous(n.a[:0], n.b, true)
	n.set(s, n.a)
}

// text cleans a text that people read.
func (n *anonymous) text(s *string) {
	if *s == "" {
		return
	}
	n.b = append(n.b[:0], *s...)
	n.replaceOwn(leastID)
	n.a = fields.AppendAnonymous(n.a[:0], n.b, false)
	n.set(s, n.a)
}

// own cleans a text of the event's own ids alone.
func (n *anonymous) own(s *string) {
	if *s == "" {
		return
	}
	n.b = append(n.b[:0], *s...)
	n.replaceOwn(leastID)
	n.set(s, n.b)
}

// replaceOwn replaces ids of at least so many bytes in n.b.
func (n *anonymous) replaceOwn(least int) {
	for _, p := range n.ids {
		if len(p.id) >= least {
			n.a = fields.AppendReplaced(n.a[:0], n.b, p.id, p.placeholder)
			n.a, n.b = n.b, n.a
		}
	}
}

// set changes a text if it became another one.
func (n *anonymous) set(s *string, to []byte) {
	if *s != string(to) {
		*s, n.changed = n.keep(to), true
	}
}
