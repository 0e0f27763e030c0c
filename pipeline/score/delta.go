package score

import (
	"encoding/binary"

	"friction/pipeline/event"
)

// Writing the parts of rows. A row is delta-encoded against the one before it, prev; the
// first one against an empty row.

// appendRowList appends a list of rows, each as a delta to the one before.
func appendRowList[T any](b []byte, list []T, one func(b []byte, r, prev *T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	prev := new(T)
	for i := range list {
		b = one(b, &list[i], prev)
		prev = &list[i]
	}
	return b
}

// appendList appends a list whose entries stand alone.
func appendList[T any](b []byte, list []T, one func([]byte, *T) []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		b = one(b, &list[i])
	}
	return b
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendChanged appends 0 for a text that is equal to the one before, else its length
// + 1 and itself.
func appendChanged(b []byte, s, prev string) []byte {
	if s == prev {
		return append(b, 0)
	}
	b = appendNum(b, uint64(len(s))+1)
	return append(b, s...)
}

func appendTime(b []byte, t event.Millis) []byte { return binary.AppendVarint(b, int64(t)) }

// appendTimeDelta appends how much later a time is than another. A difference that
// does not fit wraps around, here and when it is read.
func appendTimeDelta(b []byte, t, since event.Millis) []byte { return appendTime(b, t-since) }

func appendNum[T uint8 | uint16 | uint32 | uint64](b []byte, n T) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, uint64(n))
}

func appendBits(b []byte, bits ...bool) []byte {
	var v byte
	for i, set := range bits {
		if set {
			v |= 1 << i
		}
	}
	return append(b, v)
}

func appendPair(b []byte, p, prev *Pair) []byte {
	return appendChanged(appendChanged(b, p.Name, prev.Name), p.Value, prev.Value)
}

func appendCount(b []byte, c, prev *Count) []byte {
	return appendNum(appendChanged(b, c.Name, prev.Name), c.N)
}

// appendDeltas appends a list whose entries are deltas to those at the same index of the
// list before.
func appendDeltas[T any](b []byte, list, prev []T, one func(b []byte, v, prev *T) []byte) []byte {
	b = appendNum(b, uint64(len(list)))
	var none T
	for i := range list {
		other := &none
		if i < len(prev) {
			other = &prev[i]
		}
		b = one(b, &list[i], other)
	}
	return b
}

func appendBucket(b []byte, c *Count32) []byte { return appendNum(append(b, c.Bucket), c.N) }

func appendPlain(b []byte, s *string) []byte { return appendText(b, *s) }

func appendRef(b []byte, v, prev *VisitRef) []byte {
	b = appendChanged(b, v.Journey, prev.Journey)
	b = appendChanged(b, v.Step, prev.Step)
	b = appendNum(b, v.Attempt)
	return appendNum(b, v.Visit)
}
