package detect

import "friction/pipeline/event"

// requestStorm finds at least `count` requests of one operation, the first to the
// last of so many at most `within`.
type requestStorm struct{ streaks }

func requestStormRule(c BurstConfig) rule {
	shared := c.streaks(RequestStorm)
	return rule{
		kind: RequestStorm, subjects: typesOf(event.Request),
		concerns: func(e *event.Event) bool { return e.Op != "" },
		start:    func() detector { return &requestStorm{streaks{streakRule: shared}} },
		version:  c.version(RequestStorm),
	}
}

func (r *requestStorm) take(in *input) {
	if in.event == nil {
		r.expire(in)
		return
	}
	r.add(in, in.event.Op)
}
