package engine

import (
	"bytes"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// Most open sessions have been silent for minutes, are most likely over, and are
// kept only until that is certain. Such a session is evicted: kept as its saved
// state, which takes a fraction of the memory and gives the garbage collector nothing
// to follow. It goes on holding its cells in the aggregates.

// idleAfter is the silence, in ms of effective time, after which a session may be
// evicted.
const idleAfter event.Millis = 60_000

// evictIfCrowded evicts an idle session where too many are resident. One that stays
// is looked at again only after its next event.
func (o *openSessions) evictIfCrowded(s *openSession) {
	if len(o.open)-o.evicted > o.maxResident {
		o.evict(s)
	}
}

// evict keeps a session as bytes. It must be armed for when it is due.
func (o *openSessions) evict(s *openSession) {
	b, handles := o.codec.pack(s)
	s.evictedState, s.handleBytes = bytes.Clone(b), uint32(handles)
	s.evictedIDs = s.IDs
	o.evicted++
	o.release(s)
}

// restore makes a session resident, if it is not.
func (o *openSessions) restore(s *openSession) {
	if s.residentState != nil {
		return
	}
	s.residentState = o.acquire()
	o.evicted--
	if err := o.codec.unpack(s); err != nil {
		panic("a session was not packed as it is unpacked: " + err.Error())
	}
	s.IDs, s.evictedIDs, s.evictedState = s.evictedIDs, session.IDs{}, nil
}

// savedState is the part of evictedState that belongs into saved state.
func (s *openSession) savedState() []byte { return s.evictedState[s.handleBytes:] }

// acquire returns empty memory for a resident session.
func (o *openSessions) acquire() *residentState {
	n := len(o.spare)
	if n == 0 {
		return &residentState{}
	}
	r := o.spare[n-1]
	o.spare = o.spare[:n-1]
	return r
}

// release takes the memory of a session that is evicted or closed.
func (o *openSessions) release(s *openSession) {
	*s.residentState = residentState{}
	o.spare = append(o.spare, s.residentState)
	s.residentState = nil
}
