package oracle

import "friction/pipeline/event"

func requestStorm() *signal {
	return &signal{
		name: "request_storm", usual: values{"count": "20", "within": "5s"}, count: "count", within: "within",
		find: storms,
	}
}

func storms(r *reading) []*finding {
	var items []item
	for _, h := range r.s.seen {
		if h.e.Type == event.Request && h.e.Op != "" && r.mine(h) {
			items = append(items, item{h: h, key: h.e.Op})
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: r.span("within")})
}
