package engine

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// stateVersion is raised when the layout below changes; older layouts stay
// readable by a case of their own.
const stateVersion = 4

// AppendState appends everything the engine knows: open sessions, panes, and the
// records not yet processed. Rows not yet taken are not part of it: call TakeRows
// first.
func (e *Engine) AppendState(b []byte) []byte {
	start := len(b)
	st := event.WriteState(b)
	version := uint8(stateVersion)
	event.Uint(st, &version)
	e.save(st)
	sum := event.DigestOf(st.Bytes()[start:])
	return append(st.Bytes(), sum[:]...)
}

// LoadState replaces everything a new engine knows. The engine must have the
// configuration and topics of the one that wrote the state. Sessions are not looked
// into before something happens to them, so the state is checked as a whole.
func (e *Engine) LoadState(b []byte) error {
	text := b[:max(0, len(b)-len(event.Digest{}))]
	if len(text) == 0 || event.DigestOf(text) != event.Digest(b[len(text):]) {
		return fmt.Errorf("load engine state: %w: its checksum does not match", event.ErrState)
	}
	st := event.ReadState(text)
	var version uint8
	event.Uint(st, &version)
	if st.Err() == nil && version != stateVersion {
		return fmt.Errorf("load engine state: %w: layout %d, this program reads %d", event.ErrState, version, stateVersion)
	}
	e.save(st)
	if err := st.Done(); err != nil {
		return fmt.Errorf("load engine state: %w", err)
	}
	e.intake.advance(e.Watermark())
	return nil
}

// save visits all state. The order is the layout.
func (e *Engine) save(st *event.State) {
	e.intake.clock.Save(st)
	e.counters.Save(st)
	event.Int(st, &e.emission.until)
	e.steps.Save(st)
	e.sessions.apps.save(st)
	e.aggregates.Save(st)
	e.sessions.save(st)
	e.unfinished.save(st)
	e.intake.buffer.Save(st, len(e.intake.topics))
}

// save visits the open sessions, in order of key: those on time, then the overdue ones, and
// then when those were that have closed.
func (o *openSessions) save(st *event.State) {
	event.Uint(st, &o.provisional)
	o.saveKind(st, false)
	o.saveKind(st, true)
	o.closed.Save(st)
}

func (o *openSessions) saveKind(st *event.State, overdue bool) {
	open := o.kind(overdue)
	n := len(open)
	event.Int(st, &n)
	if st.Reading() {
		o.load(st, n, overdue)
		return
	}
	keys := make([]event.Key, 0, n)
	for key := range open {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, event.Key.Compare)
	for _, key := range keys {
		o.saveOne(st, open[key])
	}
}

// saveOne writes a session: when something is due, its saved state, and its ids.
func (o *openSessions) saveOne(st *event.State, s *openSession) {
	var saved []byte
	due, ids := s.armed, &s.evictedIDs
	if s.residentState != nil {
		due, ids = o.due(s), &s.IDs
		saved = o.memory.codec.saved(s)
	} else {
		saved = s.savedState()
	}
	st.Key(&s.key)
	event.Int(st, &due)
	st.Raw(&saved)
	ids.Save(st)
}

// load reads n sessions. They stay evicted until something happens to them, so that
// a million of them are loaded at once.
func (o *openSessions) load(st *event.State, n int, overdue bool) {
	if n < 0 || n > len(st.Rest()) {
		st.Fail("number of sessions")
		return
	}
	open := make(map[event.Key]*openSession, n)
	if overdue {
		o.overdue = open
	} else {
		o.open = open
	}
	for range n {
		s := &openSession{overdue: overdue}
		var saved []byte
		st.Key(&s.key)
		event.Int(st, &s.armed)
		st.Raw(&saved)
		s.evictedIDs.Save(st)
		if o.memory.codec.adopt(st, s, saved); st.Err() != nil {
			return
		}
		open[s.key] = s
		o.timers.Set(session.Timer[*openSession]{Due: s.armed, Item: s})
	}
}
