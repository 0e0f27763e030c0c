package oracle

import (
	"math"
	"slices"

	"friction/pipeline/event"
)

// acts marks, in every session, what is no act or view of its own. Clicks and taps so marked are not for detectors.
// Products whose rules are imitated count every event.
func (o *oracle) acts() {
	if presets[o.w.Config.Signals.Preset].own {
		return
	}
	for _, s := range o.histories {
		var clicks []*occurrence // that count
		var view *occurrence
		for _, h := range s.seen {
			switch t := h.e.Type; {
			case t.IsView():
				h.again = view != nil && samePage(view, h) && apart(view, h) >= 0 && apart(view, h) <= 500
				view = h
			case t.IsClick() && h.e.Has(event.MillisecondTime):
				latest := clicks[max(0, len(clicks)-4):] // no more are remembered
				h.again = slices.ContainsFunc(latest, func(x *occurrence) bool { return oneAct(x, h) })
				if !h.again {
					clicks = append(clicks, h)
				}
			}
		}
		s.seen = slices.DeleteFunc(s.seen, func(h *occurrence) bool { return h.again && h.e.Type.IsClick() })
	}
}

// oneAct reports that two clicks are of one touch: hardly apart in time, and on one target, at one place, or on a
// label and what it is a label of.
func oneAct(a, b *occurrence) bool {
	if d := apart(a, b); d > 50 || d < -50 || b.effective > a.effective+patience {
		return false
	}
	var one, other event.Target
	if a.e.Target != nil {
		one = *a.e.Target
	}
	if b.e.Target != nil {
		other = *b.e.Target
	}
	return one.ID != "" && one.ID == other.ID || besides(a, b, 5) || one.Tag == "label" && labelled(other) || other.Tag == "label" && labelled(one)
}

// labelled reports what labels are of.
func labelled(t event.Target) bool {
	return slices.Contains([]string{"input", "select", "textarea", "button", "meter", "output", "progress"}, t.Tag) ||
		t.Tag != "label" && (t.InputType != "" || slices.Contains([]string{"checkbox", "radio", "switch"}, t.Role))
}

// besides reports that two positions are known and so many px apart at most.
func besides(a, b *occurrence, px float64) bool {
	return located(a) && located(b) && math.Hypot(float64(a.e.X)-float64(b.e.X), float64(a.e.Y)-float64(b.e.Y)) <= px
}
