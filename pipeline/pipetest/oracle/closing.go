package oracle

import (
	"cmp"
	"slices"

	"friction/pipeline/event"
)

// due is the effective time after which a session closes.
func (o *oracle) due(s *history) event.Millis {
	last := s.end
	if s.overdue {
		last = s.all[len(s.all)-1].effective
	}
	return last + o.gap + o.grace
}

// closeBefore closes every session that is due before a time, one after the other.
func (o *oracle) closeBefore(until event.Millis) {
	var due []place
	for at, s := range o.open {
		if o.due(s) < until {
			due = append(due, at)
		}
	}
	slices.SortFunc(due, func(a, b place) int {
		first := cmp.Or(cmp.Compare(o.due(o.open[a]), o.due(o.open[b])), cmp.Compare(a.key.Hi, b.key.Hi), cmp.Compare(a.key.Lo, b.key.Lo))
		if first == 0 && b.overdue {
			return -1
		}
		return cmp.Or(first, 1)
	})
	for _, at := range due {
		o.close(at, o.due(o.open[at])+1)
	}
}

// close ends a session at a time, and remembers when it was.
func (o *oracle) close(at place, now event.Millis) {
	s, accept := o.open[at], ms(o.limits.AcceptLate)
	delete(o.open, at)
	o.appClosed(s.app)
	if s.acts == 0 {
		return // nobody was there, so it was no session
	}
	s.closedAt, s.closing = now, o.closings
	o.leave(s, at.key, now)
	o.closings++
	for len(o.past) > 0 && o.past[0].end+accept < now {
		o.past = o.past[1:]
	}
	if accept == 0 || s.end+accept < now {
		return
	}
	if len(o.past) == o.limits.MaxClosed {
		o.horizon = max(o.horizon, o.past[0].end)
		o.past = o.past[1:]
		o.counters.ClosedForgotten++
	}
	o.past = append(o.past, span{at.key, s.start, s.end})
}

// countedBefore says what becomes of an overdue event that opens and joins no session.
func (o *oracle) countedBefore(h *occurrence) bool {
	t := h.e.Time
	if t+ms(o.limits.AcceptLate) < h.effective || t <= o.horizon || o.wasSeen(h.e) {
		o.late(h)
		return true
	}
	live := o.open[place{h.e.Key, false}]
	if live != nil && o.repeats(live, h) {
		live.duplicates++
		o.counters.Duplicates++
		return true
	}
	return false
}

// wasSeen says that a session of the time of an event has closed, or that its key has so
// many that this cannot be said.
func (o *oracle) wasSeen(e *event.Event) bool {
	n := 0
	for _, x := range slices.Backward(o.past) {
		if x.key != e.Key {
			continue
		}
		if n++; n > 64 || x.start <= e.Time && e.Time <= x.end {
			return true
		}
	}
	return false
}
