package oracle

import (
	"math"

	"friction/pipeline/event"
)

func deadClick() *signal {
	return &signal{
		name: "dead_click", usual: values{
			"within": "2.5s", "repeat": "1s", "forgive": "1s", "answer": "10s",
			"targets.untagged": "true", "targets.inside": "true", "targets.tags": lines("button", "summary", "label", "option"),
			"targets.roles":       lines("button", "tab", "menuitem", "menuitemcheckbox", "menuitemradio", "checkbox", "radio", "switch", "option", "treeitem"),
			"targets.input_types": lines("button", "submit", "reset", "image", "checkbox", "radio"),
			"targets.links":       "script", "targets.except.tags": lines("canvas", "textarea", "select"),
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
	span, limit, onlyTold := max(wait, forgive, before), wait, r.on("compat.told")
	if onlyTold {
		limit = math.MaxInt64 / 2
	}
	again, judged := r.presses()
	var last *occurrence // the last signal
	var lastAt event.Millis
	for i, h := range s.seen {
		if !judged[h] || !r.mine(h) {
			continue
		}
		dead, at, made := true, h.effective+wait, s.after(h.effective+wait)
		if onlyTold {
			made = 0
		}
		for k, x := range s.seen {
			if k > i && x.effective > h.effective+limit || k < i && lapsed(h, x, span+patience) {
				continue
			}
			d := apart(h, x)
			clicked := k > i && x.e.Type.IsClick() && r.mine(x) && !again[x] && x.e.Target.Name() != ""
			if w, ok := windows[x.e.Type]; dead && made == 0 && (k > i && ok && beganAt(x.e) > h.e.Time+w.within || clicked && d > furthest) {
				at, made = x.effective, s.index(x)
				break
			}
			switch {
			case reactedIn(windows, x.e, h.e.Time, h.e.Time):
				dead = false
			case k != i && forgive > 0 && r.forgives(h, x) && d >= -forgive && d <= forgive:
				dead = false
			case clicked && r.on("compat.consecutive") && d >= 0 && d <= furthest:
				dead = false
			}
		}
		if !dead || made == 0 || last != nil && spacing > 0 && apart(last, h) < spacing && at <= lastAt+spacing+patience {
			continue
		}
		last, lastAt = h, at
		f := run(r.sig.name, []*occurrence{h}, 1)
		f.made, f.began = made, s.index(h)
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
