package score

import (
	"encoding/binary"
	"fmt"

	"friction/pipeline/event"
)

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
	minSession  = 35
	minVisit    = 31
	minSignal   = 46 // of format 1, which has no outcome
	minWindow   = minSums + 7
	minPane     = minSums + 9
	minLate     = 10
	minRejected = 6
	minProgress = 11
)

// DecodeError says where encoded rows stop making sense.
type DecodeError struct {
	At   int // byte offset
	What string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("decode rows at byte %d: %s", e.At, e.What)
}

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

// list reads a list of entries that take at least so many bytes each.
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

// rowList reads rows that are deltas to the one before.
func rowList[T any](d *decoder, least int, one func(d *decoder, r, prev *T)) []T {
	prev := new(T)
	return list(d, least, func(d *decoder, r *T) {
		one(d, r, prev)
		prev = r
	})
}

// deltas reads a list whose entries are deltas to those at the same index of another.
func deltas[T any](d *decoder, least int, others []T, one func(d *decoder, v, other *T)) []T {
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

// timeDelta is a time that was written as a delta to another.
func (d *decoder) timeDelta(other event.Millis) event.Millis {
	if d.format < 3 {
		return d.time()
	}
	return other + d.time()
}

// part is the part of a row of sums, which up to format 3 was always that of what came on
// time.
func (d *decoder) part(prev event.Millis) event.Millis {
	if d.format < 4 {
		return 0
	}
	return d.timeDelta(prev)
}

// offsetDelta is an offset that was written as a delta to another.
func (d *decoder) offsetDelta(other int64) int64 {
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

// bit is what appendBits writes of one bit.
func (d *decoder) bit() bool {
	b := d.byte()
	if b > 1 {
		d.fail("unknown mark")
	}
	return b == 1
}

func (d *decoder) str() string { return d.cut(d.uvarint()) }

// changed is a text that is not repeated where it is equal to prev.
func (d *decoder) changed(prev string) string {
	if d.format < 3 {
		return d.str()
	}
	n := d.uvarint()
	if n == 0 {
		return prev
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

func (d *decoder) pair(p, prev *Pair) {
	p.Name, p.Value = d.changed(prev.Name), d.changed(prev.Value)
}

func (d *decoder) count(c, prev *Count) { c.Name, c.N = d.changed(prev.Name), d.uvarint() }

func (d *decoder) bucket(c *Count32) { c.Bucket, c.N = d.byte(), number[uint32](d) }

func (d *decoder) ref(v, prev *VisitRef) {
	v.Journey, v.Step = d.changed(prev.Journey), d.changed(prev.Step)
	v.Attempt, v.Visit = number[uint16](d), number[uint16](d)
}

func (d *decoder) pairs(prev []Pair) []Pair { return deltas(d, minPair, prev, (*decoder).pair) }

func (d *decoder) counts(prev []Count) []Count { return deltas(d, minCount, prev, (*decoder).count) }
