package detect

import (
	"cmp"

	"friction/pipeline/event"
)

// repeatedSubmit finds a form that is sent again at most `within` after it was,
// although nothing had failed, and as it was: nothing was put in meanwhile. The run goes on with further ones; its count is the
// repeats.
type repeatedSubmit struct{ streaks }

func repeatedSubmitRule(c BurstConfig) rule {
	shared := c.streaks(RepeatedSubmit)
	shared.gap, shared.less = true, 1
	return rule{
		kind: RepeatedSubmit, subjects: typesOf(event.Submit), heeds: typesOf(event.Request, event.Input),
		begins:  func(in *input) bool { return !in.event.Failed() },
		start:   func() detector { return &repeatedSubmit{streaks{streakRule: shared}} },
		version: c.version(RepeatedSubmit, 2),
	}
}

func (r *repeatedSubmit) take(in *input) {
	if in.event == nil {
		r.expire(in)
		return
	}
	switch in.event.Type {
	case event.Input: // what comes next is another form
		r.finishAll(in)
		return
	case event.Request:
		if in.event.Failed() || !in.event.Answered() { // what comes next is a retry
			r.finishAll(in)
		}
		return
	}
	form := formOf(in.event)
	r.add(in, form)
	if in.event.Failed() { // what comes next is a retry
		r.finish(in, form)
	}
}

// formOf is the form that an event is about.
func formOf(e *event.Event) string { return cmp.Or(e.Op, e.Target.Name(), e.Page) }
