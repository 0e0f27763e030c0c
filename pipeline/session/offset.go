package session

import "friction/pipeline/event"

// A device whose clock is fast sends several events in one batch. To give them all the
// time of their record would make one instant of minutes. So one offset is taken away from
// all of them, and the distances between them stay what the device measured.

// clockOffset is how much a device's clock is fast in one session: one topic, and one
// session of the client's own.
type clockOffset struct {
	client uint64 // hash of the client's session id, 0 for none
	offset event.Millis
	topic  uint8
}

// maxOffsets is how many devices of a session are remembered; beyond it the oldest is
// forgotten.
const maxOffsets = 8

// TimeIn is the time of an event in a session whose offsets are known, nil for none. An
// event whose clock is not ahead has its own. Of another, the offset of its device is taken
// away; a device that is not known, or still leads by more than gap, gets the record's
// time, from which its offset follows.
func (r *Rules) TimeIn(s *Session, topic uint8, e *event.Event) (t event.Millis, known bool) {
	if e.Lead == 0 || s == nil {
		return e.Time, false
	}
	o := s.offsetOf(topic, clientOf(e))
	if o == nil || e.Lead-o.offset > r.Gap {
		return e.Time, false
	}
	return e.Recorded + e.Lead - o.offset, true
}

// Correct remembers the offset by which the time of an event was corrected that the session
// has taken. forgotten reports that another device was forgotten for it.
func (s *Session) Correct(topic uint8, e *event.Event) (forgotten bool) {
	used := e.Skew
	if e.Lead > 0 {
		offset := e.Recorded + e.Lead - e.Time
		used += offset
		forgotten = s.keepOffset(clockOffset{clientOf(e), offset, topic})
	}
	if max(used, -used) > max(s.ClockOffset, -s.ClockOffset) {
		s.ClockOffset = used
	}
	return forgotten
}

func (s *Session) offsetOf(topic uint8, client uint64) *clockOffset {
	for i := range s.offsets {
		if o := &s.offsets[i]; o.topic == topic && o.client == client {
			return o
		}
	}
	return nil
}

func (s *Session) keepOffset(o clockOffset) (forgotten bool) {
	if known := s.offsetOf(o.topic, o.client); known != nil {
		known.offset = o.offset
		return false
	}
	if forgotten = len(s.offsets) == maxOffsets; forgotten {
		s.offsets = append(s.offsets[:0], s.offsets[1:]...)
	}
	s.offsets = append(s.offsets, o)
	return forgotten
}

// clientOf is the hash of the client's session id of an event, 0 for none.
func clientOf(e *event.Event) uint64 {
	if e.Client == "" {
		return 0
	}
	return event.Hash64(e.Client)
}
