package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// hesitation finds a pause in a field, from when it was entered or last filled to
// when it is filled further or left, of at least `atLeast` and at most `atMost`. Who looks elsewhere
// in between has not hesitated: a change of visibility, or of an app's state, ends the
// watch.
type hesitation struct {
	*pauseRule
	field string
	now   event.Millis
	run   Signal // from the last sign of work
}

type pauseRule struct{ atLeast, atMost event.Millis }

func (c PauseConfig) rule() rule {
	shared := &pauseRule{session.Millis(c.AtLeast), session.Millis(c.AtMost)}
	return rule{
		kind: Hesitation, subjects: working,
		heeds:   views | clicks | typesOf(event.Blur, event.Submit, event.Visibility, event.Lifecycle),
		begins:  func(in *input) bool { return isField(in.event.Target) },
		start:   func() detector { return &hesitation{pauseRule: shared} },
		version: fmt.Sprintf("hesitation/1 at_least=%v at_most=%v", c.AtLeast, c.AtMost),
	}
}

func (h *hesitation) take(in *input) {
	e := in.event
	if e == nil {
		return
	}
	if in.now > h.now+h.atMost {
		h.field = ""
	}
	name := e.Target.Name()
	switch {
	case e.Type == event.Visibility || e.Type == event.Lifecycle:
		h.field = ""
	case working.has(e.Type) && isField(e.Target):
		h.leave(in)
		h.field, h.now, h.run = name, in.now, in.begin(Hesitation)
	case e.Type == event.Blur && name != h.field && name != "":
	case e.Type.IsClick() && name == h.field: // a click into the field itself
	default:
		h.leave(in)
	}
}

func (h *hesitation) leave(in *input) {
	pause := in.event.Time - h.run.Started
	if h.field != "" && pause >= h.atLeast && pause <= h.atMost {
		h.run.Count = 1
		h.run.add(in.event.Time, in.eventID())
		in.find(h.run)
	}
	h.field = ""
}

func (h *hesitation) rest(now event.Millis) rest {
	if h.field == "" || h.now+h.atMost < now {
		return rest{event.Never, event.Never, true}
	}
	return rest{event.Never, h.run.Started, false}
}

func (h *hesitation) save(s *event.State) {
	event.Str(s, &h.field)
	event.Int(s, &h.now)
	h.run.save(s)
}
