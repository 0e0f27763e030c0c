package simulate

import (
	"slices"
	"time"
)

// slabSize is how many bytes of values share one allocation. A slab is never
// written twice, so a Record's Value stays valid as long as someone holds it.
const slabSize = 256 << 10

// roomForOne is what one event may take of a slab; a longer one gets a slice
// of its own from append.
const roomForOne = 1 << 10

// paper hands out room to write events on.
type paper struct {
	slab []byte
	days calendar
}

// sheet is empty room for one event.
func (p *paper) sheet() []byte {
	if cap(p.slab)-len(p.slab) < roomForOne {
		p.slab = make([]byte, 0, slabSize)
	}
	return p.slab[len(p.slab):len(p.slab):cap(p.slab)]
}

// keep takes a written sheet and returns it cut to size.
func (p *paper) keep(b []byte) []byte {
	if len(b) <= cap(p.slab)-len(p.slab) {
		p.slab = p.slab[:len(p.slab)+len(b)]
	}
	return slices.Clip(b)
}

// calendar writes times, remembering the date it wrote last.
type calendar struct {
	day   int64
	date  [11]byte // "2006-01-02T"
	valid bool
}

const msPerDay = 24 * 60 * 60 * 1000

// appendTime appends a Unix time in ms as a quoted RFC 3339 UTC time with
// milliseconds.
func (c *calendar) appendTime(b []byte, ms int64) []byte {
	day, rest := ms/msPerDay, ms%msPerDay
	if rest < 0 {
		day, rest = day-1, rest+msPerDay
	}
	if !c.valid || day != c.day {
		c.day, c.valid = day, true
		time.UnixMilli(day*msPerDay).UTC().AppendFormat(c.date[:0], "2006-01-02T")
	}
	sec := rest / 1000
	b = append(b, '"')
	b = append(b, c.date[:]...)
	b = appendTwo(b, sec/3600, ':')
	b = appendTwo(b, sec/60%60, ':')
	b = appendTwo(b, sec%60, '.')
	ms = rest % 1000
	return append(b, byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z', '"')
}

func appendTwo(b []byte, n int64, then byte) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10), then)
}

// appendID appends 16 hexadecimal digits.
func appendID(b []byte, id uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[id>>shift&15])
	}
	return b
}

// appendNumber appends n with leading zeros to a width.
func appendNumber(b []byte, n uint64, width int) []byte {
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
