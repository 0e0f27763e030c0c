package engine

import (
	"bytes"
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// stateVersion is raised when the layout below changes; older layouts stay
// readable by a case of their own.
const stateVersion = 3

// AppendState appends everything the engine knows: open sessions, panes, and the
// records not yet taken. Rows not yet taken are not part of it: call TakeRows
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
	e.buffer.Advance(e.clock.Watermark())
	return nil
}

func (e *Engine) save(st *event.State) {
	e.clock.Save(st)
	e.counters.Save(st)
	event.Int(st, &e.emitted)
	e.steps.Save(st)
	e.aggregates.Save(st)
	keys := make([]event.Key, 0, len(e.open))
	for key := range e.open {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, event.Key.Compare)
	n := len(keys)
	event.Int(st, &n)
	if st.Reading() {
		e.loadSessions(st, n)
	}
	for _, key := range keys {
		e.saveSession(st, e.open[key])
	}
	e.buffer.Save(st, len(e.topics))
}

// saveSession writes a session: when something is due, what it holds and knows, and
// its ids.
func (e *Engine) saveSession(st *event.State, l *openSession) {
	st.Key(&l.key)
	due, packed := l.armed, l.evictedState
	if l.residentState != nil {
		due = e.due(l)
		e.packing = e.appendSaved(e.packing[:0], l)
		packed = e.packing
	} else {
		packed = l.savedState()
	}
	event.Int(st, &due)
	st.Raw(&packed)
	if l.residentState != nil {
		l.IDs.Save(st)
	} else {
		l.ids.Save(st)
	}
}

// loadSessions reads n sessions. They sleep until something happens to them, so that
// a million of them are there at once.
func (e *Engine) loadSessions(st *event.State, n int) {
	if n < 0 || n > len(st.Rest()) {
		st.Fail("number of sessions")
		return
	}
	e.open, e.evicted = make(map[event.Key]*openSession, n), n
	for range n {
		l := &openSession{}
		var packed []byte
		st.Key(&l.key)
		event.Int(st, &l.armed)
		st.Raw(&packed)
		l.ids.Save(st)
		if e.loadEvicted(st, l, packed); st.Err() != nil {
			return
		}
		e.open[l.key] = l
		e.timers.Set(session.Timer[*openSession]{Due: l.armed, Item: l})
	}
}

// loadEvicted puts down a session that sleeps and takes its holds on the board.
func (e *Engine) loadEvicted(st *event.State, l *openSession, packed []byte) {
	in := event.ReadLittle(packed)
	var segment score.SegmentID
	e.saveStays(in, &segment)
	if in.Err() != nil || !e.aggregates.Segments.Has(segment) {
		st.Fail("session of an unknown combination of segments")
		return
	}
	e.aggregates.Segments.Retain(segment)
	out := event.WriteState(e.packing[:0])
	for _, x := range e.stays {
		if !e.aggregates.Segments.Has(x.segment) || !e.steps.Has(x.step) {
			st.Fail("visit of an unknown step or combination of segments")
			return
		}
		v := journey.Visit{Cell: uint64(e.aggregates.Attach(x.step, x.segment, x.entered))}
		saveHold(out, &v)
	}
	l.holds = uint32(len(out.Bytes()))
	e.packing = append(out.Bytes(), packed...)
	l.evictedState = bytes.Clone(e.packing)
}

// stay is where a visit is counted, in words that another engine understands.
type stay struct {
	step    journey.StepID
	segment score.SegmentID
	entered event.Millis
}

// saveStays visits a session's combination of segments and e.stays.
func (e *Engine) saveStays(st *event.State, segment *score.SegmentID) {
	event.Uint(st, segment)
	n := len(e.stays)
	event.Int(st, &n)
	if st.Reading() {
		if n < 0 || n > len(st.Rest()) {
			st.Fail("number of visits")
			n = 0
		}
		e.stays = append(e.stays[:0], make([]stay, n)...)
	}
	for i := range e.stays {
		x := &e.stays[i]
		event.Uint(st, &x.step)
		event.Uint(st, &x.segment)
		event.Time(st, &x.entered)
	}
}

// appendSaved appends a session that is awake as it is saved: what it holds, then
// what it knows, but for its ids.
func (e *Engine) appendSaved(b []byte, l *openSession) []byte {
	e.stays = e.stays[:0]
	for i := range l.track.Visits {
		v := &l.track.Visits[i]
		e.stays = append(e.stays, stay{v.Step, e.aggregates.Segment(cell(v)), v.Entered})
	}
	st := event.WriteState(b)
	e.saveStays(st, &l.segment)
	e.saveResident(st, l)
	return st.Bytes()
}

// saveResident visits what a session knows by itself.
func (e *Engine) saveResident(st *event.State, l *openSession) {
	l.Session.Save(st)
	l.track.Save(st)
	e.detect.Save(st, &l.runs)
	st.Fixed(&l.id)
	for _, v := range []*string{&l.user, &l.entry, &l.exit} {
		event.Str(st, v)
	}
	some := l.more != nil
	if st.Bool(&some); some {
		event.Str(st, &l.extra().account)
		event.Str(st, &l.more.client)
		l.more.signals.Save(st)
	}
	event.Uint(st, &l.pages)
	event.Uint(st, &l.ahead)
	st.Bool(&l.stalled)
}
