package oracle

import "friction/pipeline/event"

func reloadLoop() *signal {
	return &signal{
		name: "reload_loop", usual: values{"count": "3", "within": "30s"}, count: "count", within: "within",
		find: reloads,
	}
}

// reloads are views of the page one is on, with nothing done since the last view.
func reloads(r *reading) []*finding {
	var items []item
	var last *occurrence
	acted := false
	for _, h := range r.s.seen {
		switch t := h.e.Type; {
		case t.IsClick() || t == event.Submit || t == event.Input:
			acted = true
		case t.IsView() && !h.again:
			if r.mine(h) {
				again := last != nil && samePage(last, h) && !acted
				items = append(items, item{h: h, key: "*", ends: !again})
			}
			last, acted = h, false
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: r.span("within")})
}
