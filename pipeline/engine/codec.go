package engine

import (
	"bytes"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// sessionCodec writes and reads one session. Saved state of a session is: where its
// visits are counted, then the session itself. The bytes of an evicted session begin
// with handles: indexes into the memory of this engine, so that nothing must be looked
// up when it is restored. To another engine they mean nothing.
type sessionCodec struct {
	signals    *detect.Set
	steps      *journey.Steps
	aggregates *score.Aggregates
	cells      []cellKey // of the session in hand
	buf        []byte    // written last; kept to be used again
}

// cellKey says where a visit is counted in a way that another engine understands.
type cellKey struct {
	step    journey.StepID
	segment score.SegmentID
	entered event.Millis
}

// pack returns a resident session as an evicted one is kept, and how many of the
// bytes are handles. They are valid until the codec is used again.
func (c *sessionCodec) pack(s *openSession) (b []byte, handles int) {
	st := event.WriteState(c.buf[:0])
	for i := range s.track.Visits {
		saveHandles(st, &s.track.Visits[i])
	}
	handles = len(st.Bytes())
	c.buf = c.appendSession(st.Bytes(), s)
	return c.buf, handles
}

// unpack reads what pack wrote into s, which must be empty.
func (c *sessionCodec) unpack(s *openSession) error {
	st := event.ReadUninterned(s.savedState())
	c.saveCells(st, &s.segment)
	c.saveResident(st, s)
	if err := st.Done(); err != nil {
		return err
	}
	st = event.ReadUninterned(s.evictedState[:s.handleBytes])
	for i := range s.track.Visits {
		saveHandles(st, &s.track.Visits[i])
	}
	return st.Done()
}

// saveHandles visits where a visit is counted, and where its row is in the outbox.
func saveHandles(st *event.State, v *journey.Visit) {
	event.Uint(st, &v.Cell)
	event.Uint(st, &v.Outbox)
	event.Uint(st, &v.Row)
}

// saved returns the saved state of a resident session, valid until the codec is
// used again.
func (c *sessionCodec) saved(s *openSession) []byte {
	c.buf = c.appendSession(c.buf[:0], s)
	return c.buf
}

// appendSession appends a resident session as it is saved.
func (c *sessionCodec) appendSession(b []byte, s *openSession) []byte {
	c.cells = c.cells[:0]
	for i := range s.track.Visits {
		v := &s.track.Visits[i]
		c.cells = append(c.cells, cellKey{v.Step, c.aggregates.Segment(cell(v)), v.Entered})
	}
	st := event.WriteState(b)
	c.saveCells(st, &s.segment)
	c.saveResident(st, s)
	return st.Bytes()
}

// adopt makes s the evicted session that saved state describes. It takes the
// session's holds in the aggregates.
func (c *sessionCodec) adopt(st *event.State, s *openSession, saved []byte) {
	in := event.ReadUninterned(saved)
	var segment score.SegmentID
	c.saveCells(in, &segment)
	if in.Err() != nil || !c.aggregates.Segments.Has(segment) {
		st.Fail("session of an unknown combination of segments")
		return
	}
	c.aggregates.Segments.Retain(segment)
	out := event.WriteState(c.buf[:0])
	for _, k := range c.cells {
		if !c.aggregates.Segments.Has(k.segment) || !c.steps.Has(k.step) {
			st.Fail("visit of an unknown step or combination of segments")
			return
		}
		v := journey.Visit{}
		if s.overdue {
			v.Cell = uint64(c.aggregates.Hold(k.segment))
		} else {
			v.Cell = uint64(c.aggregates.Attach(k.step, k.segment, k.entered))
		}
		saveHandles(out, &v)
	}
	s.handleBytes = uint32(len(out.Bytes()))
	c.buf = append(out.Bytes(), saved...)
	s.evictedState = bytes.Clone(c.buf)
}

// saveCells visits a session's combination of segments and c.cells.
func (c *sessionCodec) saveCells(st *event.State, segment *score.SegmentID) {
	event.Uint(st, segment)
	n := len(c.cells)
	event.Int(st, &n)
	if st.Reading() {
		if n < 0 || n > len(st.Rest()) {
			st.Fail("number of visits")
			n = 0
		}
		c.cells = append(c.cells[:0], make([]cellKey, n)...)
	}
	for i := range c.cells {
		k := &c.cells[i]
		event.Uint(st, &k.step)
		event.Uint(st, &k.segment)
		event.Time(st, &k.entered)
	}
}

// saveResident visits what a session knows by itself, but for its ids.
func (c *sessionCodec) saveResident(st *event.State, s *openSession) {
	s.Session.Save(st)
	s.track.Save(st)
	c.signals.Save(st, &s.runs)
	st.Fixed(&s.id)
	for _, v := range []*string{&s.app, &s.user, &s.entry, &s.exit} {
		event.Str(st, v)
	}
	some := s.extras != nil
	if st.Bool(&some); some {
		event.Str(st, &s.extra().account)
		event.Str(st, &s.extras.client)
		s.extras.signals.Save(st)
		event.Slice(st, &s.extras.early, func(f *detect.Signal) { f.Save(st) })
	}
	event.Uint(st, &s.pages)
	event.Uint(st, &s.ahead)
	st.Bool(&s.stalled)
}
