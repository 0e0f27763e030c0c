package score

import (
	"encoding/binary"

	"friction/pipeline/event"
)

// DecodeRows reads what AppendRows wrote. Any other bytes give an error, which
// is ErrRowsFormat or a *DecodeError; memory stays within a small multiple of
// len(b). The rows share one copy of b's text.
func DecodeRows(b []byte) (*Rows, error) {
	if len(b) == 0 {
		return nil, &DecodeError{What: "nothing there"}
	}
	if b[0] < 1 || b[0] > rowsFormat {
		return nil, ErrRowsFormat
	}
	d := &decoder{b: b, text: string(b), pos: 1, format: b[0]}
	r := &Rows{
		Sessions: list(d, minSession, (*decoder).session),
		Visits:   list(d, minVisit, (*decoder).visit),
		Signals:  list(d, minSignal, (*decoder).signal),
		Windows:  list(d, minWindow, (*decoder).window),
		Panes:    list(d, minPane, (*decoder).pane),
		Late:     list(d, minLate, (*decoder).late),
		Rejected: list(d, minRejected, (*decoder).rejected),
		Progress: list(d, minProgress, (*decoder).progress),
	}
	if d.err == nil && d.pos != len(b) {
		d.fail("bytes after the end")
	}
	if d.err != nil {
		return nil, d.err
	}
	return r, nil
}

// DecodeCounters reads what AppendCounters wrote from the start of b and
// returns how many bytes that took. Counters an older version did not know stay
// zero; ones this version does not know are an error.
func DecodeCounters(b []byte, c *event.Counters) (int, error) {
	d := &decoder{b: b}
	d.counters(c)
	if d.err != nil {
		return 0, d.err
	}
	return d.pos, nil
}

// The fewest bytes one of each can take: a count of things is believed only if
// that many could still follow.
const (
	minText     = 1
	minPair     = 2
	minCount    = 2
	minBucket   = 2
	minRef      = 4
	minSums     = 12
	minPosition = 4
	minSession  = 34
	minVisit    = 31
	minSignal   = 46 // of format 1, which has no outcome
	minWindow   = minSums + 7
	minPane     = minSums + 9
	minLate     = 10
	minRejected = 6
	minProgress = 11
)

// decoder reads forward through b. After the first error every read gives zero.
type decoder struct {
	b    []byte
	text string // b as text, that strings are cut from
	pos  int
	err  error

	format byte // of rows
}

func (d *decoder) fail(what string) {
	if d.err == nil {
		d.err = &DecodeError{At: d.pos, What: what}
	}
	d.pos = len(d.b)
}

func list[T any](d *decoder, least int, one func(*decoder, *T)) []T {
	n := d.uvarint()
	if n == 0 {
		return nil
	}
	if n > uint64((len(d.b)-d.pos)/least) {
		d.fail("more entries than bytes for them")
		return nil
	}
	l := make([]T, n)
	for i := range l {
		one(d, &l[i])
		if d.err != nil {
			return nil
		}
	}
	return l
}

func (d *decoder) uvarint() uint64 {
	if d.pos < len(d.b) && d.b[d.pos] < 0x80 {
		d.pos++
		return uint64(d.b[d.pos-1])
	}
	n, size := binary.Uvarint(d.b[d.pos:])
	if size <= 0 {
		d.fail("number cut short or too long")
		return 0
	}
	d.pos += size
	return n
}

func (d *decoder) varint() int64 {
	n, size := binary.Varint(d.b[d.pos:])
	if size <= 0 {
		d.fail("number cut short or too long")
		return 0
	}
	d.pos += size
	return n
}

func (d *decoder) time() event.Millis { return event.Millis(d.varint()) }

func number[T uint8 | uint16 | uint32](d *decoder) T {
	n := d.uvarint()
	if n > uint64(^T(0)) {
		d.fail("number out of range")
		return 0
	}
	return T(n)
}

func (d *decoder) byte() byte {
	if d.pos >= len(d.b) {
		d.fail("cut short")
		return 0
	}
	d.pos++
	return d.b[d.pos-1]
}

func (d *decoder) str() string {
	n := d.uvarint()
	if n > uint64(len(d.b)-d.pos) {
		d.fail("text cut short")
		return ""
	}
	s := d.text[d.pos : d.pos+int(n)]
	d.pos += int(n)
	return s
}

func (d *decoder) digest() (id event.Digest) {
	if len(d.b)-d.pos < len(id) {
		d.fail("id cut short")
		return id
	}
	d.pos += copy(id[:], d.b[d.pos:])
	return id
}

func (d *decoder) plain(s *string) { *s = d.str() }

func (d *decoder) pair(p *Pair) { p.Name, p.Value = d.str(), d.str() }

func (d *decoder) count(c *Count) { c.Name, c.N = d.str(), d.uvarint() }

func (d *decoder) bucket(c *Count32) { c.Bucket, c.N = d.byte(), number[uint32](d) }

func (d *decoder) ref(v *VisitRef) {
	v.Journey, v.Step = d.str(), d.str()
	v.Attempt, v.Visit = number[uint16](d), number[uint16](d)
}

func (d *decoder) pairs() []Pair { return list(d, minPair, (*decoder).pair) }

func (d *decoder) counts() []Count { return list(d, minCount, (*decoder).count) }

func (d *decoder) session(r *SessionRow) {
	r.App, r.SessionID = d.str(), d.digest()
	r.User, r.Account, r.Client = d.str(), d.str(), d.str()
	r.OpenedAt, r.StartedAt, r.EndedAt = d.time(), d.time(), d.time()
	r.Events, r.Pages = number[uint32](d), number[uint32](d)
	r.Duplicates, r.Capped = number[uint32](d), number[uint32](d)
	r.LateJoined, r.ClockAhead = number[uint32](d), number[uint32](d)
	r.EntryPage, r.ExitPage = d.str(), d.str()
	r.Segments, r.Signals = d.pairs(), d.counts()
	r.Pain = number[uint32](d)
}

func (d *decoder) visit(r *VisitRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.str(), d.str(), d.str(), d.byte()
	r.SessionID, r.User = d.digest(), d.str()
	r.Attempt, r.Visit = number[uint16](d), number[uint16](d)
	r.EnteredAt, r.LeftAt = d.time(), d.time()
	if r.Outcome = Outcome(d.byte()); r.Outcome >= NumOutcomes {
		d.fail("unknown outcome")
	}
	bits := d.byte()
	if bits > 7 {
		d.fail("unknown mark on a visit")
	}
	r.Stalled, r.EnteredMidway, r.Skipped = bits&1 != 0, bits&2 != 0, bits&4 != 0
	r.Segments, r.Signals = d.pairs(), d.counts()
	r.Pain, r.Weights = number[uint32](d), d.str()
}

func (d *decoder) signal(r *SignalRow) {
	r.App, r.SignalID, r.Kind = d.str(), d.digest(), d.str()
	r.SessionID, r.User = d.digest(), d.str()
	r.StartedAt, r.EndedAt = d.time(), d.time()
	r.Count = number[uint32](d)
	r.Page, r.Target, r.Op = d.str(), d.str(), d.str()
	if d.format >= 2 {
		r.Outcome = d.str()
	}
	r.EventIDs = list(d, minText, (*decoder).plain)
	r.Visits = list(d, minRef, (*decoder).ref)
	r.AbsorbedBy, r.RuleVersion = d.str(), d.str()
	r.Segments = d.pairs()
}

func (d *decoder) sums(s *Sums) {
	s.Visits, s.Affected = d.uvarint(), d.uvarint()
	s.Pain, s.PainSq = d.uvarint(), d.uvarint()
	for i := range s.Outcomes {
		s.Outcomes[i] = d.uvarint()
	}
	s.Stalled = d.uvarint()
	s.Signals = d.counts()
	s.DwellHist = list(d, minBucket, (*decoder).bucket)
}

func (d *decoder) window(r *WindowRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.str(), d.str(), d.str(), d.byte()
	r.WindowStart, r.Size = d.time(), d.time()
	d.sums(&r.Sums)
	r.Weights = d.str()
}

func (d *decoder) pane(r *PaneRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.str(), d.str(), d.str(), d.byte()
	r.Dimension, r.Value = d.str(), d.str()
	r.PaneStart, r.Size = d.time(), d.time()
	d.sums(&r.Sums)
	r.Weights = d.str()
}

func (d *decoder) late(r *LateRow) {
	r.Topic, r.Offset = d.str(), d.varint()
	r.RecordTime, r.EventTime = d.time(), d.time()
	r.App, r.User, r.Type = d.str(), d.str(), d.str()
	r.Page, r.EventID = d.str(), d.str()
	r.LateBy = d.time()
}

func (d *decoder) rejected(r *RejectedRow) {
	r.Topic, r.Offset, r.RecordTime = d.str(), d.varint(), d.time()
	r.Reason, r.Detail = d.str(), d.str()
	r.Bytes = number[uint32](d)
}

func (d *decoder) progress(r *ProgressRow) {
	r.Birth, r.Epoch = d.uvarint(), d.uvarint()
	r.Watermark, r.RowsUntil, r.WallClock = d.time(), d.time(), d.time()
	r.Positions = list(d, minPosition, (*decoder).position)
	r.Open, r.StateBytes = d.uvarint(), d.uvarint()
	d.counters(&r.Counters)
	r.Config = d.str()
}

func (d *decoder) position(p *Position) {
	p.Topic, p.Next, p.End, p.TopicTime = d.str(), d.varint(), d.varint(), d.time()
}

func (d *decoder) counters(c *event.Counters) {
	fields := counterFields(c)
	n := int(d.byte())
	if n > len(fields) {
		d.fail("more counters than this version knows")
	}
	for i := 0; i < n && d.err == nil; i++ {
		*fields[i] = d.uvarint()
	}
	n = int(d.byte())
	if n > len(c.ByReason) {
		d.fail("more reasons than this version knows")
	}
	for i := 0; i < n && d.err == nil; i++ {
		c.ByReason[i] = d.uvarint()
	}
}
