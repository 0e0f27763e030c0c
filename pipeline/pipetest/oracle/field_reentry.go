package oracle

import "friction/pipeline/event"

func fieldReentry() *signal {
	return &signal{
		name: "field_reentry", usual: values{"count": "3", "within": "60s"}, count: "count", within: "within",
		find: reentries,
	}
}

// reentries of one field, others or its blur in between.
func reentries(r *reading) []*finding {
	var items []item
	var last *occurrence
	page, left := "", false
	within := r.span("within")
	anew := func(h *occurrence) {
		items = append(items, item{h: h, key: "*", ends: true})
		last = nil
	}
	for _, h := range r.s.seen {
		switch {
		case h.e.Type == event.Visibility:
			left = false
		case h.e.Type == event.Blur:
			left = left || last != nil && h.e.Target.Name() == last.e.Target.Name()
		case h.e.Type == event.Submit, clicksSubmit(h.e):
			anew(h)
		case h.e.Type.IsView():
			if h.e.Page != page {
				anew(h)
			}
			page = h.e.Page
		case (h.e.Type == event.Focus || h.e.Type == event.Input) && isField(h.e.Target) && r.mine(h):
			if last == nil || left || h.e.Target.Name() != last.e.Target.Name() || lapsed(last, h, within) {
				items = append(items, item{h: h, key: h.e.Target.Name()})
			}
			last, left = h, false
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: within})
}
