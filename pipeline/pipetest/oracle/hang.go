package oracle

import "friction/pipeline/event"

func hang() *signal {
	return &signal{
		name: "hang", usual: values{"at_least": "2s", "count": "5", "within": "10s"}, count: "count", within: "at_least",
		find: hangs,
	}
}

// hangs are long ones, of which each is a signal, and runs of shorter ones.
func hangs(r *reading) (found []*finding) {
	var items []item
	for _, h := range r.s.seen {
		switch {
		case h.e.Type != event.Hang || !r.mine(h):
		case h.e.Has(event.HasDuration) && h.e.Duration < r.span("at_least"):
			items = append(items, item{h: h})
		default:
			found = append(found, r.s.alone(r.sig.name, h))
		}
	}
	return append(found, r.bursts(items, burst{count: r.count("count"), within: r.span("within")})...)
}
