package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func deadClick() *signal {
	return &signal{
		name: "dead_click", usual: values{"within": "2.5s", "repeat": "1s", "forgive": "1s"}, within: "within",
		absorbedBy: []string{"rage_click", "rage_tap"}, awaitsRage: true,
		find: deadClicks,
	}
}

// deadClicks looks, click by click, for what reacted.
func deadClicks(r *reading) []*finding {
	s := r.s
	within, repeat, forgive := r.span("within"), r.span("repeat"), r.span("forgive")
	var found []*finding
	var before *occurrence // the last click since there was a mutation
	mutates := false
	for i, h := range s.seen {
		mutates = mutates || h.e.Type == event.Mutation
		if !h.e.Type.IsClick() || !mutates {
			continue
		}
		again := before != nil && h.e.Target.Name() != "" && h.e.Target.Name() == before.e.Target.Name() &&
			apart(before, h) >= 0 && apart(before, h) <= repeat && !lapsed(before, h, repeat+patience)
		before = h
		if again || !interactive(h.e.Target) || !r.mine(h) {
			continue
		}
		dead := true
		for k, x := range s.seen {
			if x.effective > h.effective+within || lapsed(h, x, max(within, forgive)+patience) {
				continue
			}
			d := apart(h, x)
			if reacts(x.e.Type) && d >= 0 && d <= within || k != i && forgives(h, x) && d >= -forgive && d <= forgive {
				dead = false
			}
		}
		if dead {
			f := run(r.sig.name, []*occurrence{h}, 1)
			f.made, f.began = s.after(h.effective+within), s.index(h)
			found = append(found, f)
		}
	}
	return found
}

func reacts(t event.Type) bool {
	switch t {
	case event.Mutation, event.PageView, event.ScreenView, event.Request, event.Input, event.Scroll, event.Selection, event.Crash:
		return true
	}
	return false
}

// forgives says that x is a change of focus or visibility, and not the focus
// that a click gives to its own target.
func forgives(click, x *occurrence) bool {
	if t := x.e.Type; t != event.Focus && t != event.Blur && t != event.Visibility {
		return false
	}
	if x.e.Type == event.Visibility {
		return true
	}
	name, other := click.e.Target.Name(), x.e.Target.Name()
	if other != "" && (x.e.Type == event.Blur || x.e.Type == event.Focus && apart(click, x) < 0) {
		return false
	}
	return name == "" || other != name
}

// interactive says that a click on a target should show: buttons of any make.
// What a link, a text field or a canvas does cannot be seen.
func interactive(t *event.Target) bool {
	if t == nil || t.Href != "" || t.Role == "link" {
		return false
	}
	if t.InputType != "" {
		return slices.Contains(buttonTypes, t.InputType)
	}
	if slices.Contains([]string{"canvas", "input", "textarea", "select"}, t.Tag) {
		return false
	}
	byRole := []string{"button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem"}
	byTag := []string{"button", "summary", "label", "option"}
	onlyID := t.ID != "" && t.Tag == "" && t.Role == "" // nothing else is known of it
	return slices.Contains(byTag, t.Tag) || slices.Contains(byRole, t.Role) || onlyID
}
