package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func thrashedCursor() *signal {
	return &signal{
		name: "thrashed_cursor", usual: values{"count": "20", "within": "2s", "distance": "5"}, count: "count", within: "within", distance: "distance",
		find: thrashes,
	}
}

// thrashes looks at both axes; while the pointer thrashes on one, the other is not looked at.
func thrashes(r *reading) []*finding {
	within := r.span("within")
	var moves []*occurrence
	for _, h := range r.s.seen {
		if h.e.Type == event.MouseMove && h.e.Has(event.HasPosition) && r.mine(h) {
			moves = append(moves, h)
		}
	}
	byX := reversals(moves, func(e *event.Event) float32 { return e.X }, r.number("distance"), within)
	byY := reversals(moves, func(e *event.Event) float32 { return e.Y }, r.number("distance"), within)
	var items []item
	for _, h := range moves {
		if slices.Contains(byX, h) {
			items = append(items, item{h: h, key: "x", unless: "y"})
		}
		if slices.Contains(byY, h) {
			items = append(items, item{h: h, key: "y", unless: "x"})
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: within})
}
