package traffic

import (
	"slices"
	"time"
)

// slabSize is how many bytes of values share one allocation. A slab is never
// written twice, so a Record's Value stays valid as long as someone holds it.
const slabSize = 256 << 10

// maxEvent is how many bytes of a slab are free for one event; append gives a
// longer one a slice of its own.
const maxEvent = 1 << 10

// Slab hands out memory to write events to.
type Slab struct{ block []byte }

// Buffer is an empty slice to append one event to.
func (s *Slab) Buffer() []byte {
	if cap(s.block)-len(s.block) < maxEvent {
		s.block = make([]byte, 0, slabSize)
	}
	return s.block[len(s.block):len(s.block):cap(s.block)]
}

// Commit keeps an event that was appended to the last Buffer, cut to size.
func (s *Slab) Commit(b []byte) []byte {
	if len(b) <= cap(s.block)-len(s.block) {
		s.block = s.block[:len(s.block)+len(b)]
	}
	return slices.Clip(b)
}

// TimeWriter writes times as RFC 3339 and keeps the date it wrote last, which
// is the costly part.
type TimeWriter struct {
	day   int64
	date  [11]byte // "2006-01-02T"
	valid bool
}

const msPerDay = 24 * 60 * 60 * 1000

// Append appends a Unix time in ms as a quoted RFC 3339 UTC time with
// milliseconds.
func (t *TimeWriter) Append(b []byte, ms int64) []byte {
	day, rest := ms/msPerDay, ms%msPerDay
	if rest < 0 {
		day, rest = day-1, rest+msPerDay
	}
	if !t.valid || day != t.day {
		t.day, t.valid = day, true
		time.UnixMilli(day*msPerDay).UTC().AppendFormat(t.date[:0], "2006-01-02T")
	}
	sec := rest / 1000
	b = append(b, '"')
	b = append(b, t.date[:]...)
	b = appendTwo(b, sec/3600, ':')
	b = appendTwo(b, sec/60%60, ':')
	b = appendTwo(b, sec%60, '.')
	ms = rest % 1000
	return append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z', '"')
}

func appendTwo(b []byte, n int64, then byte) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10), then)
}

// AppendID appends 16 hexadecimal digits.
func AppendID(b []byte, id uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[id>>shift&15])
	}
	return b
}

// AppendNumber appends n with leading zeros to a width.
func AppendNumber(b []byte, n uint64, width int) []byte {
	var digits [20]byte
	i := len(digits)
	for n > 0 || width > 0 {
		i--
		digits[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(b, digits[i:]...)
}
