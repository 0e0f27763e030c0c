package oracle

import "friction/pipeline/event"

func anyError() *signal {
	return &signal{
		name: "error", usual: values{"within": "1m"}, within: "within",
		find: func(r *reading) []*finding {
			return repetitions(r, func(e *event.Event) (string, bool) {
				if e.Error == nil {
					return "", e.Type == event.ErrorType
				}
				return e.Error.Kind + ": " + e.Error.Message, e.Type == event.ErrorType
			})
		},
	}
}

// repetitions are runs of events that are the same thing, each soon after the one before; one is enough.
func repetitions(r *reading, what func(*event.Event) (string, bool)) []*finding {
	var items []item
	for _, h := range r.s.seen {
		if name, is := what(h.e); is && r.mine(h) {
			items = append(items, item{h: h, key: "of " + name})
		}
	}
	return r.bursts(items, burst{count: 1, within: r.span("within"), gap: true})
}
