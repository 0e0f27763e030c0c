package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var errorLeaveSignal = detect.Declaration{
	Name: "error_leave", Revision: 3, Failures: true,
	Summary: "the session ends soon after an error",
	Means:   "meets an error and leaves",
	One:     "the session ends at most 10 s after an error, a crash or a status of 500 or more",
	Source:  "10 s, as Conviva (5xx, then background). An error is over when the operation that failed has worked.",
	Weight:  0.40, Cap: 1, Where: detect.ByPage,
	Thresholds: WithinThresholds{Enabled: true, Within: 10 * time.Second},
	Needs:      []detect.Need{needError},
	Rule:       detect.RuleOf(func(t WithinThresholds) detect.Rule { return errorLeaveRule(t, false) }),
	MostHeld:   1,
}

// errorLeave finds a session whose last act is at most `within` from an error, a crash or a status of 500 or more:
// after that the customer did nothing more. An error that an app meets by itself, long after the last act, is nobody's
// reason to leave. What an app does by itself (requests, changes of the page, going to the
// background) does not count as staying. The latest error counts, until the operation that failed succeeds.
type errorLeave struct {
	bounce bool // only for sessions of one page at most
	within event.Millis
	open   detect.Signal // Count 0: none
}

// errorLeaveRule makes the rule of error_leave and, for a bounce, of error_bounce.
func errorLeaveRule(t WithinThresholds, bounce bool) detect.Rule {
	r := detect.Rule{
		Triggers: detect.Anything, When: detect.Broken, Observes: staying | detect.TypesOf(event.Request),
		New: func() detect.Detector { return &errorLeave{bounce: bounce, within: t.millis()} },
	}
	if bounce {
		r.Starts = func(in *detect.Input) bool { return !in.Wandered }
	}
	return r
}

// staying is what only somebody who is there does.
var staying = detect.Clicks | detect.Views | detect.TypesOf(event.Input, event.Focus, event.Submit, event.Scroll, event.Selection, event.MouseMove, event.Swipe)

func (x *errorLeave) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		if in.Closing && x.open.Count > 0 && x.atTheEnd(in.Ended) && !(x.bounce && in.Wandered) {
			in.Find(x.open)
		}
	case detect.IsBroken(e):
		x.open = in.Begin()
		x.open.Count = 1
	case x.mended(e), staying.Has(e.Type) && e.Time > x.open.Started+x.within:
		x.open = detect.Signal{}
	case staying.Has(e.Type) && x.open.Count > 0:
		x.open.Ended = max(x.open.Ended, e.Time)
	}
}

// atTheEnd reports whether the error is near the last act of the session, before or after it.
func (x *errorLeave) atTheEnd(ended event.Millis) bool {
	return x.open.Started >= ended-x.within && x.open.Started <= ended+x.within
}

// mended reports whether the operation that failed has succeeded.
func (x *errorLeave) mended(e *event.Event) bool {
	return e.Op != "" && e.Op == x.open.Op && e.Time >= x.open.Started && e.Answered() && !e.Failed()
}

func (x *errorLeave) Pending(event.Millis) detect.Pending {
	return detect.Pending{Due: event.Never, Since: x.since(), Spent: x.open.Count == 0}
}

func (x *errorLeave) since() event.Millis {
	if x.open.Count == 0 {
		return event.Never
	}
	return x.open.Started
}

func (x *errorLeave) Held(visit func(*detect.Signal)) {
	if x.open.Count > 0 {
		visit(&x.open)
	}
}

func (x *errorLeave) Save(s *event.State) { x.open.Save(s) }
