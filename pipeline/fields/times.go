package fields

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
)

// Times outside these two are rejected whatever the configuration says: what is
// derived from an accepted time must fit ClickHouse's DateTime64(3), 1900 to 2299.
const (
	Earliest event.Millis = -2_177_452_800_000 // 1901-01-01
	Latest   event.Millis = 7_258_118_399_999  // the last instant of 2199
)

const msPerDay = 86_400_000

// Dates reads times. It remembers the last date, because neighbours share it. The
// zero value is ready.
type Dates struct {
	date  [10]byte
	start event.Millis // of that date
	known bool         // a date has been read

	scratch []byte
}

// RFC3339 reads a time of RFC 3339 with any offset. A fraction of any length is
// cut off after milliseconds; 23:59:60 UTC is the instant after 23:59:59.
func (d *Dates) RFC3339(b []byte) (t event.Millis, ok bool) {
	if len(b) < 20 || b[10]|0x20 != 't' || b[16] != ':' || b[19] == ',' {
		return 0, false
	}
	t, rest, leap, ok := d.wall(b)
	if !ok || len(rest) == 0 {
		return 0, false
	}
	if t, ok = zone(t, rest); !ok {
		return 0, false
	}
	return t, !leap || t%msPerDay == 0
}

// DateTime reads what people and programs write for a time of RFC 3339: also with a
// space for the T, slashes in the date, a comma before the fraction, and no seconds;
// behind it Z, UTC, GMT, or an offset such as +01:00, +0100 or +01, with blanks before
// it and the name of a zone after it. Without any of these local is true, and t is
// what the clock showed, as if it were UTC.
func (d *Dates) DateTime(b []byte) (t event.Millis, local, ok bool) {
	if len(b) < 16 || b[10]|0x20 != 't' && b[10] != ' ' {
		return 0, false, false
	}
	if b[4] == '/' && b[7] == '/' {
		b = d.withHyphens(b)
	}
	t, rest, leap, ok := d.wall(b)
	if !ok {
		return 0, false, false
	}
	if len(rest) != 1 || rest[0]|0x20 != 'z' {
		if t, local, ok = looseZone(t, rest); !ok {
			return 0, false, false
		}
	}
	return t, local, !leap || t%msPerDay == 0
}

// spread is a copy of a time without separators, 20060102T150405Z, with them; text itself
// if it is none.
func (d *Dates) spread(text []byte) []byte {
	if digits(text, 0) != 8 || digits(text, 9) < 15 {
		return text
	}
	b := d.scratch[:0]
	for i, part := range [...][]byte{text[:4], text[4:6], text[6:8], text[9:11], text[11:13], text[13:]} {
		if i > 0 {
			b = append(b, "--T::"[i-1])
		}
		b = append(b, part...)
	}
	d.scratch = b
	return b
}

// withHyphens is a copy of b whose date has hyphens.
func (d *Dates) withHyphens(b []byte) []byte {
	d.scratch = append(d.scratch[:0], b...)
	d.scratch[4], d.scratch[7] = '-', '-'
	return d.scratch
}

// wall reads "2006-01-02T15:04:05.999" as if it were UTC, and returns what follows
// it. leap is true for a 60th second, which only midnight of UTC can have.
func (d *Dates) wall(b []byte) (t event.Millis, rest []byte, leap, ok bool) {
	if ([10]byte(b[:10]) != d.date || !d.known) && !d.setDate(b[:10]) {
		return 0, nil, false, false
	}
	hour, minute, second := two(b[11:]), two(b[14:]), uint(0)
	rest = b[16:]
	if len(rest) >= 3 && rest[0] == ':' {
		second, rest = two(rest[1:]), rest[3:]
	}
	if b[13] != ':' || hour > 23 || minute > 59 || second > 60 {
		return 0, nil, false, false
	}
	t = d.start + event.Millis(((hour*60+minute)*60+second)*1000)
	if len(rest) == 0 || rest[0] != '.' && rest[0] != ',' {
		return t, rest, second == 60, true
	}
	n := digits(rest, 1)
	if n == 1 || len(b)-len(rest) == 16 {
		return 0, nil, false, false
	}
	if second < 60 {
		for i, unit := 1, event.Millis(100); i < n && unit > 0; i, unit = i+1, unit/10 {
			t += event.Millis(rest[i]-'0') * unit
		}
	}
	return t, rest[n:], second == 60, true
}

// zone subtracts the offset written in b, which is all of it, from t.
func zone(t event.Millis, b []byte) (event.Millis, bool) {
	if len(b) == 1 && b[0]|0x20 == 'z' {
		return t, true
	}
	if len(b) != 6 || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	return shift(t, b[0], two(b[1:]), two(b[4:]))
}

// looseZone is zone for what else is written behind a time; local is true when that
// is nothing.
func looseZone(t event.Millis, b []byte) (utc event.Millis, local, ok bool) {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return t, true, true
	}
	if b[0] != '+' && b[0] != '-' {
		if n := letters(b); n == 1 && b[0]|0x20 == 'z' || n == 3 && (bytes.EqualFold(b[:3], utcName) || bytes.EqualFold(b[:3], gmtName)) {
			return t, false, isZoneName(b[n:])
		}
		return 0, false, false
	}
	if len(b) < 3 {
		return 0, false, false
	}
	hours, minutes, rest := two(b[1:]), uint(0), b[3:]
	switch {
	case len(rest) >= 3 && rest[0] == ':':
		minutes, rest = two(rest[1:]), rest[3:]
	case len(rest) >= 2 && IsDigit(rest[0]):
		minutes, rest = two(rest), rest[2:]
	}
	t, ok = shift(t, b[0], hours, minutes)
	return t, false, ok && isZoneName(rest)
}

var utcName, gmtName = []byte("UTC"), []byte("GMT")

// isZoneName reports whether b is nothing, or says again which zone an offset is of:
// " CET", "[Europe/Berlin]".
func isZoneName(b []byte) bool {
	n := len(b)
	return n == 0 || b[0] == ' ' && letters(b[1:]) == n-1 || n > 2 && b[0] == '[' && b[n-1] == ']'
}

// letters is how many letters b begins with.
func letters(b []byte) (n int) {
	for n < len(b) && IsLetter(b[n]) {
		n++
	}
	return n
}

func shift(t event.Millis, sign byte, hours, minutes uint) (event.Millis, bool) {
	offset := event.Millis((hours*60 + minutes) * 60_000)
	if sign == '-' {
		offset = -offset
	}
	return t - offset, hours <= 23 && minutes <= 59
}

// setDate sets the date, written as 2006-01-02.
func (d *Dates) setDate(b []byte) bool {
	century, year, month, day := two(b), two(b[2:]), two(b[5:]), two(b[8:])
	if b[4] != '-' || b[7] != '-' || century > 99 || year > 99 {
		return false
	}
	start, ok := midnight(century*100+year, month, day)
	if ok {
		d.date, d.start, d.known = [10]byte(b), start, true
	}
	return ok
}

// midnight is the start of a day of the proleptic Gregorian Dates.
func midnight(year, month, day uint) (event.Millis, bool) {
	if month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, false
	}
	y, m := int64(year), int64(month)
	if m <= 2 { // a year that begins in March has its leap day last
		y, m = y-1, m+12
	}
	y += 400 // keeps the divisions below free of negative numbers
	days := y*365 + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(day) - 1
	return event.Millis(days-epochDays) * msPerDay, true
}

// epochDays is what midnight counts up to 1970-01-01.
const epochDays = 719_468 + 146_097

func monthDays(year, month uint) uint {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// two reads two digits, which the caller has made sure are there; anything else
// is read as a number above 99.
func two(b []byte) uint {
	tens, ones := uint(b[0]-'0'), uint(b[1]-'0')
	if tens > 9 || ones > 9 {
		return 100
	}
	return tens*10 + ones
}

// AccessLog reads the time of an access log, 10/Oct/2000:13:55:36 -0700.
func (d *Dates) AccessLog(b []byte) (event.Millis, bool) {
	if len(b) != 26 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[14] != ':' || b[17] != ':' || b[20] != ' ' {
		return 0, false
	}
	month, ok := monthOf(b[3:6])
	century, year := two(b[7:]), two(b[9:])
	hour, minute, second := two(b[12:]), two(b[15:]), two(b[18:])
	if !ok || century > 99 || year > 99 || hour > 23 || minute > 59 || second > 59 || b[21] != '+' && b[21] != '-' {
		return 0, false
	}
	start, ok := midnight(century*100+year, month, two(b))
	if !ok {
		return 0, false
	}
	return shift(start+event.Millis(((hour*60+minute)*60+second)*1000), b[21], two(b[22:]), two(b[24:]))
}

func monthOf(b []byte) (month uint, ok bool) {
	const months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	i := strings.Index(months, string(b))
	return uint(i/3 + 1), i >= 0 && i%3 == 0
}
