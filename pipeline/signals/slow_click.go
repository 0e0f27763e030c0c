package signals

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var slowClickSignal = detect.Declaration{
	Name: "slow_click", Revision: 1,
	Summary: "a click whose effect shows after seconds",
	Means:   "clicks and waits for seconds until something shows",
	One:     "a click on a button or link after which the page first changes more than 3 s and at most 7 s later, nothing else done meanwhile",
	Source: "3 s and 7 s, and buttons, links and submit inputs, as Sentry's replay has it; a click after which nothing changes for 7 s is a dead " +
		"click there. That nothing else is done meanwhile is our choice: else the change may be the effect of that.",
	Cap: 3, SessionOnly: true, Where: detect.ByTarget,
	Thresholds: SlowClickThresholds{Enabled: true, After: 3 * time.Second, Within: 7 * time.Second},
	Needs:      []detect.Need{needClick, needMutation},
	Rule:       detect.RuleOf(SlowClickThresholds.rule),
	MostHeld:   1,
}

// SlowClickThresholds say how long an effect takes that is slow.
type SlowClickThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// After is how long an effect may take without being slow.
	After time.Duration `yaml:"after" min:"1ms" max:"10m"`
	// Within is how long one is waited for; what comes later is no effect of the click.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// scrollAnswers is how soon a scroll comes that is the effect of a click, in ms, and again how soon another click on
// the target is part of the first.
const (
	scrollAnswers event.Millis = 300
	again         event.Millis = 1000
)

// slowClick finds a click on a button or link after which the page first changes (a mutation) more than `after` and at
// most `within` later. A scroll within 300 ms is an effect, too. Another click, tap, submit or input, a view, or the
// answer of a request that was sent before the click ends the wait, because the change may be its effect; but a click on
// the same target, a submit or an input within 1 s is part of the first.
type slowClick struct {
	*slowClickRule
	now  event.Millis // effective time of the click
	open detect.Signal
}

type slowClickRule struct{ after, within event.Millis }

func (c SlowClickThresholds) rule() detect.Rule {
	shared := &slowClickRule{session.Millis(c.After), session.Millis(c.Within)}
	return detect.Rule{
		Triggers: detect.Clicks, Observes: detect.Views | detect.TypesOf(event.Mutation, event.Request, event.Scroll, event.Submit, event.Input),
		Starts: func(in *detect.Input) bool { return isSlowTarget(in.Event.Target) },
		New:    func() detect.Detector { return &slowClick{slowClickRule: shared} },
	}
}

// isSlowTarget reports a button, a submit input, or a link that opens in this window.
func isSlowTarget(t *event.Target) bool {
	switch {
	case t == nil:
		return false
	case t.Tag == "input":
		return slices.Contains([]string{"submit", "button"}, t.InputType)
	}
	return t.Tag == "button" || t.Tag == "a"
}

func (x *slowClick) Observe(in *detect.Input) {
	e := in.Event
	if e == nil || in.Now > x.now+x.within {
		x.open = detect.Signal{}
	}
	switch {
	case e == nil:
	case e.Type.IsClick():
		x.click(in)
	case x.open.Count == 0 || e.Time < x.open.Started:
	case e.Type == event.Mutation:
		if took := e.Time - x.open.Started; took > x.after && took <= x.within {
			x.open.Add(e.Time, in.EventID())
			in.Find(x.open)
		}
		x.open = detect.Signal{}
	case x.unclear(e):
		x.open = detect.Signal{}
	}
}

// unclear reports an event that shows an effect at once, or makes it unclear of what the next change is one.
func (x *slowClick) unclear(e *event.Event) bool {
	passed := e.Time - x.open.Started
	switch e.Type {
	case event.Scroll:
		return passed <= scrollAnswers
	case event.Request:
		return e.Duration > passed
	case event.Submit, event.Input:
		return passed >= again
	}
	return true // a view
}

// click begins to wait for the effect of a click, unless it is part of the one before.
func (x *slowClick) click(in *detect.Input) {
	e := in.Event
	if d := e.Time - x.open.Started; x.open.Count > 0 && x.open.Target == e.Target.Name() && d >= 0 && d < again {
		return
	}
	if x.open = (detect.Signal{}); isSlowTarget(e.Target) {
		x.open, x.now = in.Begin(), in.Now
		x.open.Count = 1
	}
}

func (x *slowClick) Pending(event.Millis) detect.Pending {
	if x.open.Count == 0 {
		return detect.Pending{Due: event.Never, Since: event.Never, Spent: true}
	}
	return detect.Pending{Due: x.now + x.within, Since: x.open.Started}
}

func (x *slowClick) Save(s *event.State) {
	event.Int(s, &x.now)
	x.open.Save(s)
}
