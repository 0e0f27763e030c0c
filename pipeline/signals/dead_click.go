package signals

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

var deadClickSignal = detect.Declaration{
	Name: "dead_click", Revision: 2,
	Summary: "a click on something interactive to which nothing reacts",
	Means:   "clicks on something and nothing happens",
	One:     "a click on something interactive to which nothing reacts within 2.5 s",
	Source: "2.5 s, and one click a second and target, as PostHog has it for changes of the page and for clicks; " +
		"others wait from 100 ms (Datadog) to 7 s (Sentry). Focus and visibility excuse a click within 1 s " +
		"(PostHog).",
	Weight: 0.15, Cap: 3, Where: detect.ByTarget,
	Thresholds: DeadClickThresholds{Enabled: true, Within: 2500 * time.Millisecond, Repeat: time.Second, Forgive: time.Second},
	Needs:      []detect.Need{needClick, needMutation},
	Rule:       detect.RuleOf(DeadClickThresholds.rule),
	MostHeld:   maxUnanswered,
}

// DeadClickThresholds bounds the wait for a reaction.
type DeadClickThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long a reaction may take.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Repeat is how soon after a click another on the same target is part of it, as of a double click.
	Repeat time.Duration `yaml:"repeat" min:"1ms" max:"10m"`
	// Forgive is how near, before or after, a change of focus or visibility excuses the click.
	Forgive time.Duration `yaml:"forgive" min:"1ms" max:"10m"`
}

// deadClick finds clicks on something interactive to which nothing reacts within `within`. A click at most `repeat`
// after another on the same target belongs to that one. A reaction is a mutation, a page, a request, input, scroll or
// selection, or a crash, after which no page can change; a change of focus or visibility within `forgive` before or
// after excuses the click, but not the focus that the click itself gives its target. Only clicks of sessions that
// have sent a mutation before are examined: without mutations nothing can be said. A click still undecided when the
// session ends is dead: nothing reacted in it.
type deadClick struct {
	*deadRule
	unanswered
}

type deadRule struct{ within, repeat, forgive event.Millis }

func (c DeadClickThresholds) rule() detect.Rule {
	shared := &deadRule{session.Millis(c.Within), session.Millis(c.Repeat), session.Millis(c.Forgive)}
	return detect.Rule{
		Triggers: detect.Clicks, Observes: detect.Reacting | detect.FocusTypes,
		Starts: shared.judges, Reactions: &detect.ReactionSpan{Within: shared.within, Most: max(shared.within, shared.repeat, shared.forgive)},
		New: func() detect.Detector { return &deadClick{deadRule: shared} },
	}
}

func (d *deadClick) Observe(in *detect.Input) {
	e := in.Event
	switch {
	case e == nil:
		d.expire(in)
	case e.Type.IsClick():
		if d.judges(in) {
			d.add(in, in.Now+d.within)
		}
	case detect.FocusTypes.Has(e.Type):
		if !detect.ChangesFocus(e) {
			return
		}
		c := detect.FocusChangeOf(e, in.Now)
		d.answer(func(s *detect.Signal) bool { return d.forgives(c, s.Started, s.Target) })
	default:
		d.answer(func(s *detect.Signal) bool { return d.reacted(e.Time, s.Started) })
	}
}

// judges reports whether the current click needs a reaction and has none yet.
func (d *deadRule) judges(in *detect.Input) bool {
	return in.Mutated && interactive(in.Event.Target) && !d.again(in) && !d.excused(in)
}

// again reports whether the current click belongs to the one before it.
func (d *deadRule) again(in *detect.Input) bool {
	e, name := in.Event, in.Event.Target.Name()
	if in.Reactions == nil || name == "" {
		return false
	}
	p := &in.Reactions.Press
	return p.Target == name && e.Time >= p.Time && e.Time-p.Time <= d.repeat && in.Now <= p.Now+d.repeat+detect.Slack
}

// excused reports whether an event processed before is a reaction to the current click.
func (d *deadRule) excused(in *detect.Input) bool {
	e, known := in.Event, in.Reactions
	if known == nil {
		return false
	}
	fresh := func(x detect.Seen) bool { return in.Now <= x.Now+max(d.within, d.forgive)+detect.Slack }
	for _, c := range known.Focus {
		if c.Target != "" && fresh(c.Seen) && d.forgives(c, e.Time, e.Target.Name()) {
			return true
		}
	}
	if w := known.Window; fresh(w) && d.forgives(detect.FocusChange{Seen: w}, e.Time, "") {
		return true
	}
	return fresh(known.Other) && d.reacted(known.Other.Time, e.Time) ||
		slices.ContainsFunc(known.Requests, func(x detect.Seen) bool { return fresh(x) && d.reacted(x.Time, e.Time) })
}

func (d *deadRule) reacted(at, click event.Millis) bool {
	return at >= click && at <= click+d.within
}

func (d *deadRule) forgives(c detect.FocusChange, click event.Millis, target string) bool {
	first := click
	switch c.Target {
	case "":
		first -= d.forgive
	case target:
		return false
	}
	return c.Time >= first && c.Time <= click+d.forgive
}

// interactive reports whether a click on t should do something that can be seen.
// Links, text fields and canvases are left out: what they do cannot be.
func interactive(t *event.Target) bool {
	if t == nil {
		return false
	}
	switch {
	case t.Href != "" || t.Role == "link":
		return false
	case t.InputType != "":
		return isButton(t.InputType)
	}
	switch t.Tag {
	case "button", "summary", "label", "option":
		return true
	case "", "div", "span", "li", "a", "i", "svg", "img":
		return interactiveRole(t.Role) || t.Tag == "" && t.Role == "" && t.ID != ""
	}
	return interactiveRole(t.Role) && t.Tag != "canvas" && t.Tag != "input" && t.Tag != "textarea" && t.Tag != "select"
}

func isButton(inputType string) bool {
	switch inputType {
	case "button", "submit", "reset", "image", "checkbox", "radio":
		return true
	}
	return false
}

func interactiveRole(role string) bool {
	switch role {
	case "button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem":
		return true
	}
	return false
}
