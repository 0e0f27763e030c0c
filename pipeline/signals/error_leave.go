package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// errorLeave finds a session that ends at most `within` after an error, a crash
// or a status of 500 or more: after that nothing more was done. What an app does
// by itself (requests, changes of the page, going to the background) is no sign
// of staying. The latest error counts, until the operation that failed succeeds.
type errorLeave struct {
	bounce bool // only where one page at most was seen
	within event.Millis
	run    detect.Signal // Count 0: none
}

// ErrorLeaveRule compiles the thresholds.
func ErrorLeaveRule(c WithinConfig) detect.Rule {
	return leavingRule("error_leave", c, false)
}

func leavingRule(name string, c WithinConfig, bounce bool) detect.Rule {
	within := c.millis()
	return detect.Rule{
		Triggers: detect.Anything, When: detect.Broken, Observes: staying | detect.TypesOf(event.Request),
		New:     func() detect.Detector { return &errorLeave{bounce: bounce, within: within} },
		Version: c.version(name, 2),
	}
}

// staying is what only somebody who is there does.
var staying = detect.Clicks | detect.Views | detect.TypesOf(event.Input, event.Focus, event.Submit, event.Scroll, event.Selection, event.MouseMove)

func (x *errorLeave) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		if in.Closing && x.run.Count > 0 && !(x.bounce && in.Wandered) {
			in.Find(x.run)
		}
	case detect.IsBroken(e):
		x.run = in.Begin()
		x.run.Count = 1
	case x.mended(e), staying.Has(e.Type) && e.Time > x.run.Started+x.within:
		x.run = detect.Signal{}
	case staying.Has(e.Type) && x.run.Count > 0:
		x.run.Ended = max(x.run.Ended, e.Time)
	}
}

// mended says that what failed has worked.
func (x *errorLeave) mended(e *event.Event) bool {
	return e.Op != "" && e.Op == x.run.Op && e.Time >= x.run.Started && e.Answered() && !e.Failed()
}

func (x *errorLeave) Pending(event.Millis) detect.Pending {
	return detect.Pending{Due: event.Never, Since: x.since(), Spent: x.run.Count == 0}
}

func (x *errorLeave) since() event.Millis {
	if x.run.Count == 0 {
		return event.Never
	}
	return x.run.Started
}

func (x *errorLeave) Held(visit func(*detect.Signal)) {
	if x.run.Count > 0 {
		visit(&x.run)
	}
}

func (x *errorLeave) Save(s *event.State) { x.run.Save(s) }
