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

// drowsy is the silence, ms of effective time, after which a session sleeps.
const drowsy event.Millis = 60_000

// doze puts a silent session to sleep where too many are awake. One that is let
// off stays awake until it has spoken again, or ends.
func (e *Engine) doze(l *live) {
	if len(e.open)-e.asleep > e.maxAwake {
		e.pack(l)
	}
}

// pack puts a session to sleep. Its armed time must be when it is due.
func (e *Engine) pack(l *live) {
	st := event.WriteState(e.packing[:0])
	l.saveHolds(st)
	l.holds = uint32(len(st.Bytes()))
	e.packing = e.appendSaved(st.Bytes(), l)
	l.packed, l.ids = bytes.Clone(e.packing), l.IDs
	e.asleep++
	e.rest(l)
}

// saved is the part of packed that belongs into saved state: there, no rows are
// waiting, and places are found anew.
func (l *live) saved() []byte { return l.packed[l.holds:] }

// wake makes a session that sleeps what it was.
func (e *Engine) wake(l *live) {
	if l.awake != nil {
		return
	}
	l.awake = e.getUp()
	e.asleep--
	st := event.ReadLittle(l.saved())
	e.saveStays(st, &l.segment)
	e.saveAwake(st, l)
	err := st.Done()
	if err == nil {
		st = event.ReadLittle(l.packed[:l.holds])
		l.saveHolds(st)
		err = st.Done()
	}
	if err != nil {
		panic("a session was not packed as it is unpacked: " + err.Error())
	}
	l.IDs, l.ids, l.packed = l.ids, session.IDs{}, nil
}

// saveHolds visits where the visits are counted, and where their rows are in the
// outbox.
func (l *live) saveHolds(st *event.State) {
	for i := range l.track.Visits {
		saveHold(st, &l.track.Visits[i])
	}
}

func saveHold(st *event.State, v *journey.Visit) {
	event.Uint(st, &v.Place)
	event.Uint(st, &v.Wrote)
	event.Uint(st, &v.Row)
}

// rest takes the memory of a session that sleeps or is closed.
func (e *Engine) rest(l *live) {
	*l.awake = awake{}
	e.spare = append(e.spare, l.awake)
	l.awake = nil
}

// getUp is memory for a session that is awake.
func (e *Engine) getUp() *awake {
	n := len(e.spare)
	if n == 0 {
		return &awake{}
	}
	a := e.spare[n-1]
	e.spare = e.spare[:n-1]
	return a
}
