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

// residency is which open sessions are resident, and their memory.
type residency struct {
	limit    int // of resident sessions; idle ones above it are evicted
	resident int
	codec    sessionCodec
	spare    []*residentState // memory of sessions that are evicted or closed
}

// evictIfCrowded evicts an idle session where too many are resident. One that stays
// is looked at again only after its next event.
func (m *residency) evictIfCrowded(s *openSession) {
	if m.resident > m.limit {
		m.evict(s)
	}
}

// evict keeps a session as bytes. It must be armed for when it is due.
func (m *residency) evict(s *openSession) {
	b, handles := m.codec.pack(s)
	s.evictedState, s.handleBytes = bytes.Clone(b), uint32(handles)
	s.evictedIDs = s.IDs
	m.release(s)
}

// restore makes a session resident, if it is not.
func (m *residency) restore(s *openSession) {
	if s.residentState != nil {
		return
	}
	s.residentState = m.acquire()
	if err := m.codec.unpack(s); err != nil {
		panic("a session was not packed as it is unpacked: " + err.Error())
	}
	s.IDs, s.evictedIDs, s.evictedState = s.evictedIDs, session.IDs{}, nil
}

// acquire returns empty memory for a resident session.
func (m *residency) acquire() *residentState {
	m.resident++
	n := len(m.spare)
	if n == 0 {
		return &residentState{}
	}
	r := m.spare[n-1]
	m.spare = m.spare[:n-1]
	return r
}

// release takes the memory of a session that is evicted or closed.
func (m *residency) release(s *openSession) {
	m.resident--
	*s.residentState = residentState{Session: s.Spare()}
	m.spare = append(m.spare, s.residentState)
	s.residentState = nil
}
