package engine

import (
	"bytes"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// Most open sessions have been silent for minutes, are most likely over, and are
// kept only until that is certain. Such a session is kept as its saved state,
// which takes a fraction of the memory and gives the garbage collector nothing to
// follow. Its holds on the board stay.

// idleAfter is the silence, ms of effective time, after which a session sleeps.
const idleAfter event.Millis = 60_000

// evictIfCrowded puts a silent session to sleep where too many are awake. One that is let
// off stays awake until it has spoken again, or ends.
func (e *Engine) evictIfCrowded(l *openSession) {
	if len(e.open)-e.evicted > e.maxResident {
		e.evict(l)
	}
}

// evict packs a session. Its armed time must be when it is due.
func (e *Engine) evict(l *openSession) {
	st := event.WriteState(e.packing[:0])
	l.saveHolds(st)
	l.holds = uint32(len(st.Bytes()))
	e.packing = e.appendSaved(st.Bytes(), l)
	l.evictedState, l.ids = bytes.Clone(e.packing), l.IDs
	e.evicted++
	e.release(l)
}

// saved is the part of packed that belongs into saved state: there, no rows are
// waiting, and places are found anew.
func (l *openSession) savedState() []byte { return l.evictedState[l.holds:] }

// restore makes a session that sleeps what it was.
func (e *Engine) restore(l *openSession) {
	if l.residentState != nil {
		return
	}
	l.residentState = e.acquire()
	e.evicted--
	st := event.ReadLittle(l.savedState())
	e.saveStays(st, &l.segment)
	e.saveResident(st, l)
	err := st.Done()
	if err == nil {
		st = event.ReadLittle(l.evictedState[:l.holds])
		l.saveHolds(st)
		err = st.Done()
	}
	if err != nil {
		panic("a session was not packed as it is unpacked: " + err.Error())
	}
	l.IDs, l.ids, l.evictedState = l.ids, session.IDs{}, nil
}

// saveHolds visits where the visits are counted, and where their rows are in the
// outbox.
func (l *openSession) saveHolds(st *event.State) {
	for i := range l.track.Visits {
		saveHold(st, &l.track.Visits[i])
	}
}

func saveHold(st *event.State, v *journey.Visit) {
	event.Uint(st, &v.Cell)
	event.Uint(st, &v.Wrote)
	event.Uint(st, &v.Row)
}

// release takes the memory of a session that sleeps or is closed.
func (e *Engine) release(l *openSession) {
	*l.residentState = residentState{}
	e.spare = append(e.spare, l.residentState)
	l.residentState = nil
}

// acquire is memory for a session that is awake.
func (e *Engine) acquire() *residentState {
	n := len(e.spare)
	if n == 0 {
		return &residentState{}
	}
	a := e.spare[n-1]
	e.spare = e.spare[:n-1]
	return a
}
