package oracle

import "friction/pipeline/event"

func failedRequest() *signal {
	return &signal{
		name: "failed_request", usual: values{"within": "1m"}, within: "within",
		find: func(r *reading) []*finding {
			return repetitions(r, func(e *event.Event) (string, bool) {
				name := e.Op
				if name == "" {
					name = e.Page
				}
				return name, e.Type == event.Request && (e.Status >= 400 || e.Has(event.HasOK) && !e.Has(event.OK))
			})
		},
	}
}
