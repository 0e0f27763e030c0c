package engine

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// stateVersion is raised when the layout below changes; older layouts stay
// readable by a case of their own.
const stateVersion = 3

// AppendState appends everything the engine knows: open sessions, panes, and the
// records not yet taken. Rows not yet taken are not part of it: call TakeRows
// first.
func (e *Engine) AppendState(b []byte) []byte {
	st := event.WriteState(b)
	version := uint8(stateVersion)
	event.Uint(st, &version)
	e.save(st)
	return st.Bytes()
}

// LoadState replaces everything a new engine knows. The engine must have the
// configuration and topics of the one that wrote the state.
func (e *Engine) LoadState(b []byte) error {
	st := event.ReadState(b)
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
	e.board.Save(st)
	keys := make([]event.Key, 0, len(e.open))
	for key := range e.open {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, event.Key.Compare)
	event.Slice(st, &keys, func(key *event.Key) {
		st.Key(key)
		l := e.open[*key]
		if l != nil && l.awake == nil {
			st.Append(l.saved())
			l.ids.Save(st)
			return
		}
		if l == nil {
			l = &live{key: *key, armed: event.Never, awake: e.getUp()}
		}
		e.saveLive(st, l)
		l.IDs.Save(st)
		if st.Reading() && st.Err() == nil {
			e.open[*key] = l
			if now := e.clock.Watermark(); now > l.Spoke+drowsy {
				e.arm(l, now)
				e.doze(l)
			} else {
				e.arm(l, l.Spoke)
			}
		}
	})
	e.buffer.Save(st, len(e.topics))
}

// saveLive visits a session but for its ids. When reading, it takes the session's
// holds on the board.
func (e *Engine) saveLive(st *event.State, l *live) {
	e.saveAwake(st, l)
	if st.Reading() {
		if !e.board.Segments.Has(l.segment) {
			st.Fail("session of an unknown combination of segments")
			return
		}
		e.board.Segments.Retain(l.segment)
	}
	for i := range l.track.Visits {
		if st.Err() != nil {
			return
		}
		e.savePlace(st, &l.track.Visits[i])
	}
}

// saveAwake visits what a session knows by itself.
func (e *Engine) saveAwake(st *event.State, l *live) {
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
	event.Uint(st, &l.segment)
	event.Uint(st, &l.pages)
	event.Uint(st, &l.ahead)
	st.Bool(&l.stalled)
}

// savePlace visits where a visit is counted, and holds it when reading.
func (e *Engine) savePlace(st *event.State, v *journey.Visit) {
	var segment score.SegmentID
	if !st.Reading() {
		segment = e.board.Segment(place(v))
	}
	event.Uint(st, &segment)
	if !st.Reading() || st.Err() != nil {
		return
	}
	if !e.board.Segments.Has(segment) || !e.steps.Has(v.Step) {
		st.Fail("visit of an unknown step or combination of segments")
		return
	}
	v.Place = uint64(e.board.Attach(v.Step, segment, v.Entered))
}
