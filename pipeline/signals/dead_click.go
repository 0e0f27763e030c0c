package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
	"friction/pipeline/target"
)

var deadClickSignal = detect.Declaration{
	Name: "dead_click", Revision: 3,
	Summary: "a click on something interactive to which nothing reacts",
	Means:   "clicks on something and nothing happens",
	One:     "a click on something interactive to which nothing reacts within 2.5 s",
	Source: "2.5 s, and one click a second and target, as PostHog has it for changes of the page and for clicks; " +
		"others wait from 100 ms (Datadog) to 7 s (Sentry). Focus and visibility excuse a click within 1 s " +
		"(PostHog). 100 ms before the click, as Mixpanel and Splunk look back; 300 ms for scrolling, as Sentry; 10 s for " +
		"the answer of a request: our choice.",
	Weight: 0.15, Cap: 3, Where: detect.ByTarget,
	Thresholds: DeadClickThresholds{
		Enabled: true, Within: 2500 * time.Millisecond, Repeat: time.Second, Forgive: time.Second, Answer: 10 * time.Second,
		Targets: target.Targets{
			Untagged: true, Inside: true,
			Tags:       []string{"button", "summary", "label", "option"},
			Roles:      []string{"button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem"},
			InputTypes: []string{"button", "submit", "reset", "image", "checkbox", "radio"},
			Links:      []string{"script"},
			Except:     target.Except{Tags: []string{"canvas", "textarea", "select"}},
		},
		Reactions: []detect.Reaction{
			{Types: []string{"mutation", "page_view", "screen_view", "request", "input", "crash"}, Before: 100 * time.Millisecond},
			{Types: []string{"scroll", "selection"}, Within: 300 * time.Millisecond},
		},
	},
	Needs: []detect.Need{needClick, needMutation},
	Rule:  detect.RuleOrError(DeadClickThresholds.rule),

	MostHeld: maxUnanswered,
}

// deadClick finds clicks to which nothing reacts. What can be one, and what is a reaction, is data
// ([DeadClickThresholds]). A click at most `repeat` after one on the same target that was judged belongs to that one. A
// change of focus or visibility within `forgive` before or after excuses a click, but not the focus that the click
// itself gives its target. Only clicks of sessions that have sent a mutation before are judged: without mutations
// nothing can be said. A click still undecided when the session ends is dead: nothing reacted in it.
type deadClick struct {
	*deadRule
	unanswered
	last found // the last signal
}

// deadRule is the thresholds, compiled.
type deadRule struct {
	on                                   *target.Rule
	windows                              *detect.Windows
	wait, span, repeat, forgive, spacing event.Millis
	consecutive, window, told            bool
}

func (c DeadClickThresholds) rule() (detect.Rule, error) {
	on, err := c.Targets.Compile()
	if err != nil {
		return detect.Rule{}, err
	}
	windows, err := detect.WindowsOf(c.Reactions, c.Within)
	if err != nil {
		return detect.Rule{}, err
	}
	shared := &deadRule{
		on: on, windows: windows, wait: max(windows.Within, session.Millis(c.Within)),
		repeat: session.Millis(c.Repeat), forgive: session.Millis(c.Forgive), spacing: session.Millis(c.Compat.Spacing),
		consecutive: c.Compat.Consecutive, window: c.Compat.Focus == OnlyWindow, told: c.Compat.Told,
	}
	if windows.Types.Has(event.Request) {
		shared.wait = max(shared.wait, session.Millis(c.Answer))
	}
	shared.span = max(shared.wait, shared.forgive, windows.Before)
	return detect.Rule{
		Triggers: detect.Clicks, Observes: windows.Types | detect.FocusTypes, Starts: shared.judges,
		Reactions: &detect.ReactionSpan{Windows: windows, Most: max(shared.span, shared.repeat), Consecutive: shared.consecutive},
		New:       func() detect.Detector { return &deadClick{deadRule: shared} },
	}, nil
}

func (d *deadClick) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil && d.told:
		if in.Closing {
			d.list = nil // nobody told
		}
	case e == nil:
		d.expire(in, func(c *candidate) bool { return d.spaced(found{c.signal.Started, c.due}) })
	case e.Type.IsClick():
		d.click(in)
	case len(d.list) > 0:
		d.react(in)
	}
}

// react decides the clicks that the current event answers or excuses.
func (d *deadClick) react(in *detect.Input) {
	e := in.Event
	began, excuses := detect.Began(e), d.forgives(e)
	if d.told && d.windows.Types.Has(e.Type) {
		d.tell(in, began, d.windows.Of(e.Type))
	}
	var c detect.FocusChange
	if excuses {
		c = detect.FocusChangeOf(e, in.Now)
	}
	d.answer(func(s *detect.Signal) bool {
		return d.windows.Hold(e.Type, began, s.Started, s.Started) || excuses && d.near(c, s.Started, s.Target)
	})
}

// click judges the current click.
func (d *deadClick) click(in *detect.Input) {
	e := in.Event
	if in.Pressed(d.repeat) {
		return
	}
	if d.told && e.Target.Name() != "" {
		d.tell(in, e.Time, d.windows.Within)
	}
	if d.consecutive && e.Target.Name() != "" {
		d.answer(func(s *detect.Signal) bool { return e.Time >= s.Started && e.Time <= s.Started+d.windows.Within })
	}
	if !d.judges(in) {
		return
	}
	in.Press(d.repeat)
	switch {
	case d.excused(in):
	case d.told:
		d.add(in, event.Never)
	default:
		d.add(in, in.Now+d.wait)
	}
}

// tell finds the clicks for which what began at some time comes too late.
func (d *deadClick) tell(in *detect.Input, began, within event.Millis) {
	d.list = detect.Drop(d.list, func(c candidate) bool {
		late := began > c.signal.Started+within
		if late && d.spaced(found{c.signal.Started, in.Now}) {
			in.Find(c.signal)
		}
		return late
	})
}

// judges reports whether a reaction to the current click is looked for.
func (d *deadRule) judges(in *detect.Input) bool {
	return in.Mutated && d.on.Takes(in.Event.Target) && !in.Pressed(d.repeat)
}

// excused reports whether an event processed before is a reaction to the current click.
func (d *deadRule) excused(in *detect.Input) bool {
	e, known := in.Event, in.Reactions
	if known == nil {
		return false
	}
	fresh := func(x detect.Seen) bool { return in.Now <= x.Now+d.span+detect.Slack }
	for _, c := range known.Focus {
		if c.Target != "" && !d.window && fresh(c.Seen) && d.near(c, e.Time, e.Target.Name()) {
			return true
		}
	}
	if w := known.Window; fresh(w) && d.near(detect.FocusChange{Seen: w}, e.Time, "") {
		return true
	}
	return known.Answered(in.Now, d.span, func(t event.Type, at event.Millis) bool { return d.windows.Hold(t, at, e.Time, e.Time) })
}

// forgives reports a change of focus or visibility that may excuse a click.
func (d *deadRule) forgives(e *event.Event) bool {
	if !detect.FocusTypes.Has(e.Type) || !detect.ChangesFocus(e) {
		return false
	}
	return !d.window || e.Type == event.Visibility || e.Target.Name() == ""
}

// near reports whether a change of focus is near enough to a click to excuse it.
func (d *deadRule) near(c detect.FocusChange, click event.Millis, target string) bool {
	first := click
	switch c.Target {
	case "":
		first -= d.forgive
	case target:
		return false
	}
	return d.forgive > 0 && c.Time >= first && c.Time <= click+d.forgive
}

// spaced reports whether a dead click is a signal: it is not too soon after the last one.
func (d *deadClick) spaced(this found) bool {
	if d.spacing > 0 && d.last.due != 0 && this.started-d.last.started < d.spacing && this.due <= d.last.due+d.spacing+detect.Slack {
		return false
	}
	d.last = this
	return true
}

func (d *deadClick) Pending(now event.Millis) detect.Pending {
	p := d.unanswered.Pending(now)
	p.Spent = p.Spent && (d.spacing == 0 || d.last.due+d.spacing+detect.Slack < now)
	return p
}

func (d *deadClick) Save(s *event.State) {
	d.unanswered.Save(s)
	event.Int(s, &d.last.started)
	event.Int(s, &d.last.due)
}

// found is a dead click that became a signal.
type found struct {
	started event.Millis
	due     event.Millis // effective time; 0 for none
}
