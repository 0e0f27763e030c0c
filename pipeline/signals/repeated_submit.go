package signals

import (
	"cmp"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// repeatedSubmit finds a form that is sent again at most `within` after it was,
// although nothing had failed, and as it was: nothing was put in meanwhile. The run goes on with further ones; its count is the
// repeats.
type repeatedSubmit struct{ bursts }

// RepeatedSubmitRule compiles the thresholds.
func RepeatedSubmitRule(c BurstConfig) detect.Rule {
	shared := c.bursts()
	shared.gap, shared.less = true, 1
	return detect.Rule{
		Triggers: detect.TypesOf(event.Submit), Observes: detect.TypesOf(event.Request, event.Input),
		Starts:  func(in *detect.Input) bool { return !in.Event.Failed() },
		New:     func() detect.Detector { return &repeatedSubmit{bursts{burstRule: shared}} },
		Version: c.version("repeated_submit", 2),
	}
}

func (r *repeatedSubmit) Observe(in *detect.Input) {
	if in.Event == nil {
		r.expire(in)
		return
	}
	switch in.Event.Type {
	case event.Input: // what comes next is another form
		r.finishAll(in)
		return
	case event.Request:
		if in.Event.Failed() || !in.Event.Answered() { // what comes next is a retry
			r.finishAll(in)
		}
		return
	}
	form := formOf(in.Event)
	r.add(in, form)
	if in.Event.Failed() { // what comes next is a retry
		r.finish(in, form)
	}
}

// formOf is the form that an event is about.
func formOf(e *event.Event) string { return cmp.Or(e.Op, e.Target.Name(), e.Page) }
