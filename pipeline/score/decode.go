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
		Sessions: rows(d, minSession, (*decoder).session),
		Visits:   rows(d, minVisit, (*decoder).visit),
		Signals:  rows(d, minSignal, (*decoder).signal),
		Windows:  rows(d, minWindow, (*decoder).window),
		Panes:    rows(d, minPane, (*decoder).pane),
		Late:     rows(d, minLate, (*decoder).late),
		Rejected: rows(d, minRejected, (*decoder).rejected),
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
	b      []byte
	text   string // b as text, that strings are cut from
	pos    int
	format byte // of rows
	err    error
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

// rows reads rows that are told by the one before.
func rows[T any](d *decoder, least int, one func(d *decoder, r, before *T)) []T {
	before := new(T)
	return list(d, least, func(d *decoder, r *T) {
		one(d, r, before)
		before = r
	})
}

// alike reads a list whose entries are told by those of another.
func alike[T any](d *decoder, least int, others []T, one func(d *decoder, v, other *T)) []T {
	var none T
	i := 0
	return list(d, least, func(d *decoder, v *T) {
		other := &none
		if i < len(others) {
			other = &others[i]
		}
		one(d, v, other)
		i++
	})
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

// since is a time that is told by another.
func (d *decoder) since(other event.Millis) event.Millis {
	if d.format < 3 {
		return d.time()
	}
	return other + d.time()
}

// after is an offset that is told by another.
func (d *decoder) after(other int64) int64 {
	if d.format < 3 {
		return d.varint()
	}
	return other + d.varint()
}

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

func (d *decoder) str() string { return d.cut(d.uvarint()) }

// other is a text that may be as another.
func (d *decoder) other(s string) string {
	if d.format < 3 {
		return d.str()
	}
	n := d.uvarint()
	if n == 0 {
		return s
	}
	return d.cut(n - 1)
}

func (d *decoder) cut(n uint64) string {
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

func (d *decoder) pair(p, was *Pair) {
	p.Name, p.Value = d.other(was.Name), d.other(was.Value)
}

func (d *decoder) count(c, was *Count) { c.Name, c.N = d.other(was.Name), d.uvarint() }

func (d *decoder) bucket(c *Count32) { c.Bucket, c.N = d.byte(), number[uint32](d) }

func (d *decoder) ref(v, was *VisitRef) {
	v.Journey, v.Step = d.other(was.Journey), d.other(was.Step)
	v.Attempt, v.Visit = number[uint16](d), number[uint16](d)
}

func (d *decoder) pairs(was []Pair) []Pair { return alike(d, minPair, was, (*decoder).pair) }

func (d *decoder) counts(was []Count) []Count { return alike(d, minCount, was, (*decoder).count) }

func (d *decoder) session(r, was *SessionRow) {
	r.App, r.SessionID = d.other(was.App), d.digest()
	r.User, r.Account, r.Client = d.other(was.User), d.other(was.Account), d.other(was.Client)
	r.OpenedAt = d.since(was.OpenedAt)
	r.StartedAt, r.EndedAt = d.since(r.OpenedAt), d.since(r.OpenedAt)
	r.Events, r.Pages = number[uint32](d), number[uint32](d)
	r.Duplicates, r.Capped = number[uint32](d), number[uint32](d)
	r.LateJoined, r.ClockAhead = number[uint32](d), number[uint32](d)
	r.EntryPage, r.ExitPage = d.other(was.EntryPage), d.other(was.ExitPage)
	r.Segments, r.Signals = d.pairs(was.Segments), d.counts(was.Signals)
	r.Pain = number[uint32](d)
}

func (d *decoder) visit(r, was *VisitRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.other(was.App), d.other(was.Journey), d.other(was.Step), d.byte()
	r.SessionID, r.User = d.digest(), d.other(was.User)
	r.Attempt, r.Visit = number[uint16](d), number[uint16](d)
	r.EnteredAt = d.since(was.EnteredAt)
	r.LeftAt = d.since(r.EnteredAt)
	if r.Outcome = Outcome(d.byte()); r.Outcome >= NumOutcomes {
		d.fail("unknown outcome")
	}
	bits := d.byte()
	if bits > 7 {
		d.fail("unknown mark on a visit")
	}
	r.Stalled, r.EnteredMidway, r.Skipped = bits&1 != 0, bits&2 != 0, bits&4 != 0
	r.Segments, r.Signals = d.pairs(was.Segments), d.counts(was.Signals)
	r.Pain, r.Weights = number[uint32](d), d.other(was.Weights)
}

func (d *decoder) signal(r, was *SignalRow) {
	r.App, r.SignalID, r.Kind = d.other(was.App), d.digest(), d.other(was.Kind)
	r.SessionID, r.User = d.digest(), d.other(was.User)
	r.StartedAt = d.since(was.StartedAt)
	r.EndedAt = d.since(r.StartedAt)
	r.Count = number[uint32](d)
	r.Page, r.Target, r.Op = d.other(was.Page), d.other(was.Target), d.other(was.Op)
	if d.format >= 2 {
		r.Outcome = d.other(was.Outcome)
	}
	r.EventIDs = list(d, minText, (*decoder).plain)
	r.Visits = alike(d, minRef, was.Visits, (*decoder).ref)
	r.AbsorbedBy, r.RuleVersion = d.other(was.AbsorbedBy), d.other(was.RuleVersion)
	r.Segments = d.pairs(was.Segments)
}

func (d *decoder) sums(s, was *Sums) {
	s.Visits, s.Affected = d.uvarint(), d.uvarint()
	s.Pain, s.PainSq = d.uvarint(), d.uvarint()
	for i := range s.Outcomes {
		s.Outcomes[i] = d.uvarint()
	}
	s.Stalled = d.uvarint()
	s.Signals = d.counts(was.Signals)
	s.DwellHist = list(d, minBucket, (*decoder).bucket)
}

func (d *decoder) window(r, was *WindowRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.other(was.App), d.other(was.Journey), d.other(was.Step), d.byte()
	r.WindowStart, r.Size = d.since(was.WindowStart), d.since(was.Size)
	d.sums(&r.Sums, &was.Sums)
	r.Weights = d.other(was.Weights)
}

func (d *decoder) pane(r, was *PaneRow) {
	r.App, r.Journey, r.Step, r.StepIndex = d.other(was.App), d.other(was.Journey), d.other(was.Step), d.byte()
	r.Dimension, r.Value = d.other(was.Dimension), d.other(was.Value)
	r.PaneStart, r.Size = d.since(was.PaneStart), d.since(was.Size)
	d.sums(&r.Sums, &was.Sums)
	r.Weights = d.other(was.Weights)
}

func (d *decoder) late(r, was *LateRow) {
	r.Topic, r.Offset = d.other(was.Topic), d.after(was.Offset)
	r.RecordTime = d.since(was.RecordTime)
	r.EventTime = d.since(r.RecordTime)
	r.App, r.User, r.Type = d.other(was.App), d.other(was.User), d.other(was.Type)
	r.Page, r.EventID = d.other(was.Page), d.other(was.EventID)
	r.LateBy = d.time()
}

func (d *decoder) rejected(r, was *RejectedRow) {
	r.Topic, r.Offset, r.RecordTime = d.other(was.Topic), d.after(was.Offset), d.since(was.RecordTime)
	r.Reason, r.Detail = d.other(was.Reason), d.other(was.Detail)
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
