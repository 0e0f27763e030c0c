package detect

import (
	"fmt"
	"slices"
	"strings"

	"friction/pipeline/event"
)

// formAbandonment finds a page that is left, or a session that ends on it, after
// something was put into at least `fields` fields and nothing was sent. Sent is a
// submit, a request that is no GET, HEAD or OPTIONS, or a click on a submit
// button.
type formAbandonment struct {
	fields int
	page   string
	names  []string
	run    Signal // of the first input; Count is not used until it is found
}

func (c FormConfig) rule() rule {
	return rule{
		kind: FormAbandonment, subjects: typesOf(event.Input), heeds: views | clicks | tries,
		begins:  func(in *input) bool { return isField(in.event.Target) },
		start:   func() detector { return &formAbandonment{fields: c.Fields} },
		version: fmt.Sprintf("form_abandonment/1 fields=%d", c.Fields),
	}
}

func (f *formAbandonment) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		if in.closing {
			f.leave(in)
		}
	case e.Type == event.Input:
		f.fill(in)
	case e.Type.IsView():
		if e.Page != f.page {
			f.leave(in)
		}
	case sends(e):
		f.names, f.run = nil, Signal{}
	}
}

// sends reports what sends a form.
func sends(e *event.Event) bool {
	switch {
	case e.Type == event.Submit:
		return true
	case e.Type.IsClick():
		return e.Target != nil && (e.Target.InputType == "submit" || e.Target.InputType == "image")
	}
	verb, _, ok := strings.Cut(e.Op, " ")
	return ok && verb != "GET" && verb != "HEAD" && verb != "OPTIONS"
}

func (f *formAbandonment) fill(in *input) {
	e := in.event
	if !isField(e.Target) {
		return
	}
	name := e.Target.Name()
	if len(f.names) == 0 {
		f.page, f.run = e.Page, in.begin(FormAbandonment)
		if f.page == "" {
			f.page = in.on.name
		}
	}
	if !slices.Contains(f.names, name) && len(f.names) < most {
		f.names = append(f.names, name)
	}
	if e.Time != f.run.Started || in.eventID() != f.run.First() {
		f.run.add(e.Time, in.eventID())
	}
	f.run.Target = name
}

func (f *formAbandonment) leave(in *input) {
	if len(f.names) >= f.fields {
		f.run.Count = uint32(len(f.names))
		in.find(f.run)
	}
	f.names, f.run = nil, Signal{}
}

func (f *formAbandonment) rest(event.Millis) rest {
	if len(f.names) == 0 {
		return rest{event.Never, event.Never, true}
	}
	return rest{event.Never, f.run.Started, false}
}

func (f *formAbandonment) save(s *event.State) {
	event.Str(s, &f.page)
	event.Slice(s, &f.names, func(name *string) { event.Str(s, name) })
	f.run.save(s)
}
