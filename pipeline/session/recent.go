package session

import "friction/pipeline/event"

// Producers send a batch again when they do not know that it has arrived. Events without an
// id that have the same bytes, and so the same time, are one event, if that time carries
// milliseconds: within a second, a person can do the same twice.

// recentEvent is an event without an id that a session has taken.
type recentEvent struct {
	time  event.Millis
	hash  uint64
	topic uint8
}

// maxRecent is how many such events a session remembers; beyond it the oldest is forgotten.
const maxRecent = 1024

// Repeats reports an event that the session has taken already: one with the same id, whose
// hash is given, or, without an id, with the same bytes. Those are remembered that are not
// older than the newest event of their topic less disorder: older copies are out of order.
func (r *Rules) Repeats(s *Session, e *event.Event, id uint64) bool {
	if e.ID != "" {
		return s.IDs.Has(id)
	}
	if len(s.recent) == 0 || !e.Has(event.MillisecondTime) {
		return false
	}
	h := e.Hash.Half()
	for i := len(s.recent) - 1; i >= 0; i-- {
		if s.recent[i].hash == h {
			return r.remembered(s, &s.recent[i])
		}
	}
	return false
}

func (r *Rules) remembered(s *Session, x *recentEvent) bool {
	return x.time >= s.newest[x.topic]-r.Disorder
}

// Remember notes an event that the session has taken, so that a copy of it is known.
// forgotten reports that an event was forgotten for it that still mattered.
func (r *Rules) Remember(s *Session, topic uint8, e *event.Event) (forgotten bool) {
	if e.ID != "" || !e.Has(event.MillisecondTime) {
		return false
	}
	if len(s.recent) == cap(s.recent) || len(s.recent) == maxRecent {
		r.forgetOld(s)
	}
	if forgotten = len(s.recent) == maxRecent; forgotten {
		s.recent = s.recent[:copy(s.recent, s.recent[1:])]
	}
	s.recent = append(s.recent, recentEvent{e.Time, e.Hash.Half(), topic})
	for i := len(s.recent) - 1; i > 0 && s.recent[i].time < s.recent[i-1].time; i-- {
		s.recent[i], s.recent[i-1] = s.recent[i-1], s.recent[i]
	}
	return forgotten
}

// forgetOld drops the events that are not remembered any more.
func (r *Rules) forgetOld(s *Session) {
	kept := s.recent[:0]
	for i := range s.recent {
		if r.remembered(s, &s.recent[i]) {
			kept = append(kept, s.recent[i])
		}
	}
	s.recent = kept
}
