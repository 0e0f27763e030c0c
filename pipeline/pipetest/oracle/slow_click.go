package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func slowClick() *signal {
	return &signal{name: "slow_click", usual: values{"after": "3s", "within": "7s"}, within: "after", find: slowClicks}
}

// slowClicks looks behind each click on a button or link for the first thing that changes the page or makes it unclear
// what does.
func slowClicks(r *reading) (found []*finding) {
	after, within := r.span("after"), r.span("within")
	seen := r.s.seen
	for i := range seen {
		click := seen[i]
		if !click.e.Type.IsClick() || !r.mine(click) || !slowTarget(click.e.Target) {
			continue
		}
		for k := i + 1; k < len(seen); k++ {
			h, d := seen[k], apart(click, seen[k])
			t := h.e.Type
			if h.effective > click.effective+within {
				break
			}
			if t.IsClick() && r.mine(h) {
				if d >= 0 && d < 1000 && h.e.Target.Name() == click.e.Target.Name() {
					r.part(h)
					continue
				}
				break
			}
			if d < 0 {
				continue
			}
			if t.IsView() || t == event.Request && h.e.Time-h.e.Duration < click.e.Time {
				break
			}
			if t == event.Mutation {
				if d > after && d <= within {
					f := run(r.sig.name, []*occurrence{click, h}, 1)
					f.made = r.s.index(h)
					found = append(found, f)
				}
				break
			}
			if t == event.Scroll && d <= 300 || (t == event.Submit || t == event.Input) && d >= 1000 {
				break
			}
		}
	}
	return found
}

// part says that a click is part of one before it, so that nothing is its own effect.
func (r *reading) part(h *occurrence) { delete(r.own, h) }

func slowTarget(t *event.Target) bool {
	if t == nil {
		return false
	}
	return slices.Contains([]string{"button", "a"}, t.Tag) || t.Tag == "input" && (t.InputType == "submit" || t.InputType == "button")
}
