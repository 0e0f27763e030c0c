package detect

import "friction/pipeline/event"

// errorLeave finds a session that ends at most `within` after an error, a crash
// or a status of 500 or more: after that nothing more was done. What an app does
// by itself (requests, changes of the page, going to the background) is no sign
// of staying. The latest error counts, until the operation that failed succeeds.
type errorLeave struct {
	kind   Kind
	within event.Millis
	run    Signal // Count 0: none
}

func errorLeaveRule(c WithinConfig) rule {
	return leavingRule(ErrorLeave, c)
}

func leavingRule(k Kind, c WithinConfig) rule {
	within := c.millis()
	return rule{
		kind: k, subjects: anything, when: broken, heeds: staying | typesOf(event.Request),
		start:   func() detector { return &errorLeave{kind: k, within: within} },
		version: c.version(k, 2),
	}
}

// staying is what only somebody who is there does.
var staying = clicks | views | typesOf(event.Input, event.Focus, event.Submit, event.Scroll, event.Selection, event.MouseMove)

func (x *errorLeave) take(in *input) {
	e := in.event
	switch {
	case e == nil:
		if in.closing && x.run.Count > 0 && (x.kind != ErrorBounce || !in.wandered) {
			in.find(x.run)
		}
	case isBroken(e):
		x.run = in.begin(x.kind)
		x.run.Count = 1
	case x.mended(e), staying.has(e.Type) && e.Time > x.run.Started+x.within:
		x.run = Signal{}
	case staying.has(e.Type) && x.run.Count > 0:
		x.run.Ended = max(x.run.Ended, e.Time)
	}
}

// mended says that what failed has worked.
func (x *errorLeave) mended(e *event.Event) bool {
	return e.Op != "" && e.Op == x.run.Op && e.Time >= x.run.Started && e.Answered() && !e.Failed()
}

func (x *errorLeave) rest(event.Millis) rest {
	return rest{event.Never, x.since(), x.run.Count == 0}
}

func (x *errorLeave) since() event.Millis {
	if x.run.Count == 0 {
		return event.Never
	}
	return x.run.Started
}

func (x *errorLeave) held(visit func(*Signal)) {
	if x.run.Count > 0 {
		visit(&x.run)
	}
}

func (x *errorLeave) save(s *event.State) { x.run.save(s) }
