package oracle

import (
	"math"
	"slices"

	"friction/pipeline/event"
)

// rageUsual are the defaults of both kinds of rage.
func rageUsual(clicks, same string) values {
	return values{"clicks": clicks, "within": "1s", "distance": "30", "same": same}
}

// rageBounds are the times of a rule, both inclusive: for so many clicks, and of
// the silence that ends a run.
func (r *reading) rageBounds() (within, silence event.Millis) {
	within = r.span("within")
	if r.values["compat.edge"] == "exclusive" {
		within--
	}
	if silence = r.span("compat.ends"); silence == 0 {
		silence = within
	}
	return within, silence
}

// ragesOf is one rule's reading of a session's clicks.
type ragesOf struct {
	*reading
	within, silence event.Millis
	loose           []*occurrence // in no run
	raging          []*occurrence // the run that goes on
	found           []*finding
	settled         map[*occurrence]int // events processed when it was known whether a click is part of a run
}

// rage takes clicks into a run while they follow; what is in no run may begin one.
func (r *reading) rage(clicked event.Type) *ragesOf {
	x := &ragesOf{reading: r, settled: map[*occurrence]int{}}
	x.within, x.silence = r.rageBounds()
	for _, h := range r.s.seen {
		if r.forgets(r.sig.name, h.e) {
			x.forget(h)
			if n := len(x.raging); n > 0 && r.on("compat.breaks") {
				x.finish(min(r.s.index(h), r.s.after(x.raging[n-1].effective+x.silence)))
			}
		}
		if h.e.Type == clicked && r.mine(h) {
			x.click(h)
		}
	}
	if n := len(x.raging); n > 0 {
		x.finish(r.s.after(x.raging[n-1].effective + x.silence))
	}
	return x
}

// click adds one click: to the burst that is going on, or to the loose clicks, of which enough at one place make a
// burst.
func (x *ragesOf) click(h *occurrence) {
	s := x.s
	x.settled[h] = s.after(h.effective + x.within)
	if n := len(x.raging); n > 0 {
		switch last := x.raging[n-1]; {
		case lapsed(last, h, x.silence):
			x.finish(s.after(last.effective + x.silence))
		case apart(last, h) > x.silence:
			x.finish(s.index(h))
		case x.continued(x.raging, h) && x.inBox(append(slices.Clone(x.raging), h)):
			x.join(h, h)
			return
		}
	}
	if n := len(x.loose); x.on("compat.consecutive") && (len(x.raging) > 0 || n > 0 && !x.continued(x.loose, h)) {
		x.finish(s.index(h))
		x.forget(h)
	}
	kept := x.recent(x.loose, h, x.within)
	x.loose = slices.DeleteFunc(x.loose, func(y *occurrence) bool { return slices.Contains(kept, y) })
	x.forget(h)
	x.loose = append(kept, h)
	if most := min(max(16, 4*x.count("clicks")), 64); len(x.loose) > most { // more are not remembered
		x.settled[x.loose[0]] = min(x.settled[x.loose[0]], s.index(h))
		x.loose = x.loose[1:]
	}
	burst := x.burst(x.loose, x.within)
	if burst == nil {
		return
	}
	x.finish(s.index(h))
	x.loose = slices.DeleteFunc(x.loose, func(y *occurrence) bool { return slices.Contains(burst, y) })
	for _, y := range burst {
		x.join(y, h)
	}
}

// forget lets no run begin with the loose clicks any more, because of an event.
func (x *ragesOf) forget(by *occurrence) {
	for _, y := range x.loose {
		x.settled[y] = min(x.settled[y], x.s.index(by))
	}
	x.loose = nil
}

// join makes a click part of the run when an event is taken.
func (x *ragesOf) join(h, when *occurrence) {
	x.settled[h] = min(x.settled[h], x.s.index(when))
	x.raging = append(x.raging, h)
	if len(x.raging) == x.count("compat.every") {
		x.finish(x.s.index(when))
	}
}

// finish ends the run once so many events have been taken.
func (x *ragesOf) finish(made int) {
	if len(x.raging) > 0 {
		f := run(x.sig.name, x.raging, len(x.raging))
		f.made = made
		x.s.claimed(f, x.count("clicks"))
		x.found = append(x.found, f)
	}
	x.raging = nil
}

// recent is the clicks that may still begin a run with h.
func (r *reading) recent(loose []*occurrence, h *occurrence, within event.Millis) []*occurrence {
	old := func(x *occurrence) bool { return apart(x, h) > within || h.effective > x.effective+within }
	n := len(loose)
	if r.values["compat.window"] == "gap" && n > 0 && !old(loose[n-1]) {
		return slices.Clone(loose)
	}
	if r.values["compat.window"] == "restart" && slices.ContainsFunc(loose, old) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(loose), old)
}

// burst is the clicks that the newest one makes a run of, in order, or nil. A
// click that only its position tells is compared with the one of that sort before it; clicks
// on other targets do not come between.
func (r *reading) burst(loose []*occurrence, within event.Millis) []*occurrence {
	newest := loose[len(loose)-1]
	chain := []*occurrence{newest}
	if r.byPlace() {
		if chain = r.burstAtPlace(loose); chain == nil {
			return nil
		}
		loose = nil
	}
	for i := len(loose) - 2; i >= 0 && len(chain) < r.count("clicks"); i-- {
		switch h := loose[i]; {
		case r.follows(h, chain[0]):
			chain = append([]*occurrence{h}, chain...)
		case r.targetName(h) == "" && r.targetName(chain[0]) == "":
			return nil
		}
	}
	if len(chain) < r.count("clicks") || !r.inBox(chain) || r.values["compat.window"] != "gap" && apart(chain[0], newest) > within {
		return nil
	}
	return chain
}

// follows reports that a click is at the place of the one before it.
func (r *reading) follows(before, h *occurrence) bool {
	near := located(before) && located(h) && r.inReach(float64(before.e.X)-float64(h.e.X), float64(before.e.Y)-float64(h.e.Y))
	name, other := r.targetName(before), r.targetName(h)
	switch r.values["same"] {
	case "target":
		return name == other && name != ""
	case "distance":
		return near
	case "target_and_distance":
		return name == other && (near || name != "" && !(located(before) && located(h)))
	}
	if name == "" && other == "" {
		return near
	}
	return name == other && name != "name "
}

// targetName is the target that tells where a click was, "" when its position does.
func (r *reading) targetName(h *occurrence) string {
	switch r.values["same"] {
	case "distance":
		return ""
	case "target", "target_and_distance":
		return h.e.Target.Name()
	}
	switch {
	case h.e.Target != nil && h.e.Target.ID != "":
		return "id " + h.e.Target.ID
	case !located(h):
		return "name " + h.e.Target.Name()
	}
	return ""
}

// located says that the position tells where a click was: from the keyboard it is at 0,0.
func located(h *occurrence) bool {
	return h.e.Has(event.HasPosition) && !h.e.Has(event.Keyboard) && !(h.e.X == 0 && h.e.Y == 0)
}

// inReach reports that two positions so far apart are near.
func (r *reading) inReach(dx, dy float64) bool {
	d := math.Hypot(dx, dy)
	switch r.values["compat.shape"] {
	case "manhattan":
		d = math.Abs(dx) + math.Abs(dy)
	case "box":
		d = max(math.Abs(dx), math.Abs(dy))
	}
	if r.values["compat.distance_edge"] == "exclusive" {
		return d < r.number("distance")
	}
	return d <= r.number("distance")
}

// inBox reports that clicks are near each other as a whole; only the shape box asks for that.
func (r *reading) inBox(clicks []*occurrence) bool {
	if r.values["compat.shape"] != "box" {
		return true
	}
	for i, a := range clicks {
		for _, b := range clicks[i+1:] {
			if located(a) && located(b) && !r.inReach(float64(a.e.X)-float64(b.e.X), float64(a.e.Y)-float64(b.e.Y)) {
				return false
			}
		}
	}
	return true
}
