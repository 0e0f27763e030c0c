package oracle

import "friction/pipeline/event"

func requestStorm() *signal {
	return &signal{
		name: "request_storm", usual: values{"count": "20", "within": "5s"}, count: "count", within: "within",
		find: storms,
	}
}

func storms(r *reading) []*finding {
	var deeds []deed
	for _, h := range r.s.seen {
		if h.e.Type == event.Request && h.e.Op != "" && r.mine(h) {
			deeds = append(deeds, deed{h: h, key: h.e.Op})
		}
	}
	return r.bursts(deeds, burst{count: r.count("count"), within: r.span("within")})
}
