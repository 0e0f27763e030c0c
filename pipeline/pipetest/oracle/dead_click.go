package oracle

import "friction/pipeline/event"

func deadClick() *signal {
	return &signal{
		name: "dead_click", usual: values{
			"within": "2.5s", "repeat": "1s", "forgive": "1s", "answer": "10s",
			"targets.untagged": "true", "targets.inside": "true", "targets.tags": lines("button", "summary", "label", "option"),
			"targets.roles":       lines("button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem"),
			"targets.input_types": lines("button", "submit", "reset", "image", "checkbox", "radio"),
			"targets.links":       lines("hash", "script"), "targets.except.tags": lines("canvas", "textarea", "select"),
			"reactions": lines(
				reaction("mutation page_view screen_view request input crash", "100ms", "0s"),
				reaction("scroll selection", "0s", "300ms"),
			),
		}, within: "within",
		absorbedBy: []string{"rage_click", "rage_tap"}, awaitsRage: true,
		find: deadClicks,
	}
}

// deadClicks looks, click by click, for what reacted.
func deadClicks(r *reading) (found []*finding) {
	s, windows := r.s, r.windows()
	wait, before := r.waits(windows)
	forgive, spacing := r.span("forgive"), r.span("compat.spacing")
	furthest := r.span("within")
	for _, w := range windows {
		furthest = max(furthest, w.within)
	}
	again, judged := r.presses()
	var last *occurrence // the last signal
	for i, h := range s.seen {
		if !judged[h] || !r.mine(h) {
			continue
		}
		dead := true
		for k, x := range s.seen {
			if x.effective > h.effective+wait || lapsed(h, x, max(wait, forgive, before)+patience) {
				continue
			}
			d := apart(h, x)
			switch {
			case reactedIn(windows, x.e, h.e.Time, h.e.Time):
				dead = false
			case k != i && forgive > 0 && r.forgives(h, x) && d >= -forgive && d <= forgive:
				dead = false
			case k > i && r.on("compat.consecutive") && x.e.Type.IsClick() && r.mine(x) && !again[x] && x.e.Target.Name() != "" && d >= 0 && d <= furthest:
				dead = false
			}
		}
		if !dead || last != nil && spacing > 0 && apart(last, h) < spacing && h.effective <= last.effective+spacing+patience {
			continue
		}
		last = h
		f := run(r.sig.name, []*occurrence{h}, 1)
		f.made, f.began = s.after(h.effective+wait), s.index(h)
		found = append(found, f)
	}
	return found
}

// forgives says that x is a change of focus or visibility, and not the focus
// that a click gives to its own target.
func (r *reading) forgives(click, x *occurrence) bool {
	if t := x.e.Type; t != event.Focus && t != event.Blur && t != event.Visibility {
		return false
	}
	if x.e.Type == event.Visibility {
		return true
	}
	name, other := click.e.Target.Name(), x.e.Target.Name()
	if other != "" && (x.e.Type == event.Blur || x.e.Type == event.Focus && apart(click, x) < 0 || r.values["compat.focus"] == "window") {
		return false
	}
	return name == "" || other != name
}
