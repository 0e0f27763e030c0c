package oracle

import (
	"strings"

	"friction/pipeline/event"
)

func validationLoop() *signal {
	return &signal{
		name: "validation_loop", usual: values{"count": "2", "within": "2m"}, count: "count", within: "within",
		find: refusals,
	}
}

// refusals of one form in a row, until it is accepted.
func refusals(r *reading) []*finding {
	var items []item
	for _, h := range r.s.seen {
		e := h.e
		refused := e.Type == event.Submit && e.Failed() && e.Status < 500 || e.Type == event.Request && e.Status == 422 ||
			e.Type == event.ErrorType && e.Error != nil && strings.Contains(strings.ToLower(e.Error.Kind), "validation")
		accepted := e.Type.IsAttempt() && !e.Failed() && e.Answered()
		if (refused || accepted) && r.mine(h) {
			items = append(items, item{h: h, key: form(e), ends: accepted})
		}
	}
	return r.bursts(items, burst{count: r.count("count"), within: r.span("within"), gap: true})
}
