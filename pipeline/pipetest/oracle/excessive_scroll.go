package oracle

import "friction/pipeline/event"

func excessiveScroll() *signal {
	return &signal{
		name: "excessive_scroll", usual: values{"count": "6", "within": "10s", "distance": "100"},
		count: "count", within: "within", distance: "distance",
		find: scrolls,
	}
}

// scrolls looks at one page after the other.
func scrolls(r *reading) []*finding {
	within := r.span("within")
	var items []item
	var page []*occurrence
	flush := func() {
		for _, h := range reversals(page, func(e *event.Event) float32 { return e.Y }, r.number("distance"), within) {
			items = append(items, item{h: h})
		}
		page = nil
	}
	for _, h := range r.s.seen {
		switch {
		case h.e.Type.IsView():
			flush()
			items = append(items, item{h: h, key: "*", ends: true})
		case h.e.Type == event.Scroll && h.e.Has(event.HasPosition) && r.mine(h):
			page = append(page, h)
		}
	}
	flush()
	return r.bursts(items, burst{count: r.count("count"), within: within})
}
