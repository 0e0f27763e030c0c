package signals

import (
	"fmt"

	"friction/pipeline/detect"
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
	run   detect.Signal // from the last sign of work
}

type pauseRule struct{ atLeast, atMost event.Millis }

// Rule compiles the thresholds.
func (c PauseConfig) Rule() detect.Rule {
	shared := &pauseRule{session.Millis(c.AtLeast), session.Millis(c.AtMost)}
	return detect.Rule{
		Triggers: Working,
		Observes: detect.Views | detect.Clicks | detect.TypesOf(event.Blur, event.Submit, event.Visibility, event.Lifecycle),
		Starts:   func(in *detect.Input) bool { return IsField(in.Event.Target) },
		New:      func() detect.Detector { return &hesitation{pauseRule: shared} },
		Version:  fmt.Sprintf("hesitation/1 at_least=%v at_most=%v", c.AtLeast, c.AtMost),
	}
}

func (h *hesitation) Observe(in *detect.Input) {
	e := in.Event
	if e == nil {
		return
	}
	if in.Now > h.now+h.atMost {
		h.field = ""
	}
	name := e.Target.Name()
	switch {
	case e.Type == event.Visibility || e.Type == event.Lifecycle:
		h.field = ""
	case Working.Has(e.Type) && IsField(e.Target):
		h.leave(in)
		h.field, h.now, h.run = name, in.Now, in.Begin()
	case e.Type == event.Blur && name != h.field && name != "":
	case e.Type.IsClick() && name == h.field: // a click into the field itself
	default:
		h.leave(in)
	}
}

func (h *hesitation) leave(in *detect.Input) {
	pause := in.Event.Time - h.run.Started
	if h.field != "" && pause >= h.atLeast && pause <= h.atMost {
		h.run.Count = 1
		h.run.Add(in.Event.Time, in.EventID())
		in.Find(h.run)
	}
	h.field = ""
}

func (h *hesitation) Pending(now event.Millis) detect.Pending {
	if h.field == "" || h.now+h.atMost < now {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: event.Never, Since: h.run.Started, Spent: false}
}

func (h *hesitation) Save(s *event.State) {
	event.Str(s, &h.field)
	event.Int(s, &h.now)
	h.run.Save(s)
}
