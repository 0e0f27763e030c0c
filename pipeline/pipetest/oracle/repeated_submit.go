package oracle

import "friction/pipeline/event"

func repeatedSubmit() *signal {
	return &signal{
		name: "repeated_submit", usual: values{"count": "2", "within": "5s"}, count: "count", within: "within",
		absorbedBy: []string{"validation_loop", "retry"},
		find:       resubmits,
	}
}

// resubmits are submits of one form in a row that had not failed, with nothing put in between.
func resubmits(r *reading) []*finding {
	var items []item
	for _, h := range r.s.seen {
		if h.e.Type == event.Input || h.e.Type == event.Request && (h.e.Failed() || !h.e.Answered()) {
			items = append(items, item{h: h, key: "*", ends: true})
		}
		if h.e.Type == event.Submit && r.mine(h) {
			items = append(items, item{h: h, key: form(h.e)})
			if h.e.Failed() {
				items = append(items, item{h: h, key: form(h.e), ends: true})
			}
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: r.span("within"), gap: true, uncounted: 1})
}
