package oracle

import "friction/pipeline/event"

// breaks says that something broke, as people who leave see it.
func breaks(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Status >= 500
}

// leaving is the last error of a session and what was done within some time of
// it; nothing when something was done later, or when it was not near the end.
func (r *reading) leaving() []*finding {
	within := r.span("within")
	var last *occurrence
	ended := event.Beginning
	for _, h := range r.s.seen {
		switch t := h.e.Type; {
		case breaks(h.e):
			if r.mine(h) {
				last, ended = h, h.e.Time
			}
		case last == nil:
		case (t == event.Request || isPresence(t)) && mends(last, h):
			last = nil
		case isPresence(t):
			ended = max(ended, h.e.Time)
			if apart(last, h) > within {
				last = nil
			}
		}
	}
	if last == nil || last.e.Time < r.s.end-within || last.e.Time > r.s.end+within {
		return nil
	}
	f := r.s.alone(r.sig.name, last)
	f.ended, f.made, f.claims = ended, len(r.s.all), nil
	return []*finding{f}
}

// isPresence says that only somebody who is there does this.
func isPresence(t event.Type) bool {
	return t.IsClick() || t.IsView() || t == event.Input || t == event.Focus || t == event.Submit || t == event.Scroll ||
		t == event.Selection || t == event.MouseMove || t == event.Swipe
}

// mends says that what had failed has worked.
func mends(failed, h *occurrence) bool {
	return h.e.Op != "" && h.e.Op == failed.e.Op && apart(failed, h) >= 0 && h.e.Answered() && !h.e.Failed()
}
