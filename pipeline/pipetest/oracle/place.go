package oracle

import (
	"slices"

	"friction/pipeline/event"
)

// byPlace says that one place is what `same: place` calls so.
func (r *reading) byPlace() bool { return r.values["same"] == "" || r.values["same"] == "place" }

// continued reports that a click is at the place of a run of clicks.
func (r *reading) continued(run []*occurrence, h *occurrence) bool {
	last := run[len(run)-1]
	if !r.byPlace() {
		return r.follows(last, h)
	}
	near := located(last) && located(h) && r.inReach(float64(last.e.X)-float64(h.e.X), float64(last.e.Y)-float64(h.e.Y))
	name, before := h.e.Target.Name(), last.e.Target.Name()
	if h.e.Type == event.Tap {
		switch {
		case name != before:
			return besides(run[0], h, 5)
		case located(last) && located(h):
			return near
		}
		return name != ""
	}
	id := ""
	for _, x := range run { // the last one that there was
		if x.e.Target != nil && x.e.Target.ID != "" {
			id = x.e.Target.ID
		}
	}
	switch has, had := idOf(h), idOf(last); {
	case has != "" && id != "":
		return has == id || besides(run[0], h, 5)
	case has == "" && had == "" && !located(h) && !located(last):
		return name == before && name != ""
	}
	return near
}

func idOf(h *occurrence) string {
	if h.e.Target == nil {
		return ""
	}
	return h.e.Target.ID
}

// burstAtPlace is the last run of enough clicks at one place that ends with the newest, or nil. Clicks elsewhere do
// not come between, but for two of which only the positions tell where they were.
func (r *reading) burstAtPlace(loose []*occurrence) []*occurrence {
	for i := len(loose) - r.count("clicks"); i >= 0; i-- {
		run := []*occurrence{loose[i]}
		for _, h := range loose[i+1:] {
			if r.continued(run, h) {
				run = append(run, h)
			} else if r.placeName(run[len(run)-1]) == "" && r.placeName(h) == "" {
				run = nil
				break
			}
		}
		if len(run) >= r.count("clicks") && slices.Contains(run, loose[len(loose)-1]) {
			return run
		}
	}
	return nil
}

// placeName is what tells where a click was beside its position: nothing, for many.
func (r *reading) placeName(h *occurrence) string {
	if h.e.Type == event.Click && idOf(h) == "" && located(h) {
		return ""
	}
	if h.e.Type == event.Click && h.e.Target.Name() == "" {
		return "nothing"
	}
	return h.e.Target.Name()
}
