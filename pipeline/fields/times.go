package fields

import (
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
}

// RFC3339 reads a time of RFC 3339 with any offset. A fraction of any length is
// cut off after milliseconds; 23:59:60 UTC is the instant after 23:59:59.
func (d *Dates) RFC3339(b []byte) (t event.Millis, ok bool) {
	if len(b) < 20 || b[10]|0x20 != 't' {
		return 0, false
	}
	t, rest, ok := d.local(b)
	if !ok || len(rest) == 0 {
		return 0, false
	}
	return zone(t, rest)
}

// DateTime is RFC3339 with a space instead of the T allowed, and without a zone UTC.
func (d *Dates) DateTime(b []byte) (t event.Millis, ok bool) {
	if len(b) < 19 || b[10]|0x20 != 't' && b[10] != ' ' {
		return 0, false
	}
	t, rest, ok := d.local(b)
	if !ok {
		return 0, false
	}
	if len(rest) == 0 {
		rest = utc
	}
	return zone(t, rest)
}

var utc = []byte("Z")

// local reads "2006-01-02T15:04:05.999" as if it were UTC, and returns what
// follows it. A 60th second is passed on to zone, which knows whether there can be one.
func (d *Dates) local(b []byte) (t event.Millis, rest []byte, ok bool) {
	if ([10]byte(b[:10]) != d.date || !d.known) && !d.setDate(b[:10]) {
		return 0, nil, false
	}
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if b[13] != ':' || b[16] != ':' || hour > 23 || minute > 59 || second > 60 {
		return 0, nil, false
	}
	t = d.start + event.Millis(((hour*60+minute)*60+second)*1000)
	rest = b[19:]
	if second == 60 {
		t, ok = leap(t, rest)
		if !ok {
			return 0, nil, false
		}
	}
	if len(rest) == 0 || rest[0] != '.' {
		return t, rest, true
	}
	n := digits(rest, 1)
	if n == 1 {
		return 0, nil, false
	}
	if second < 60 {
		for i, unit := 1, event.Millis(100); i < n && unit > 0; i, unit = i+1, unit/10 {
			t += event.Millis(rest[i]-'0') * unit
		}
	}
	return t, rest[n:], true
}

// leap checks that t, which ends in second 60, is a midnight of UTC.
func leap(t event.Millis, rest []byte) (event.Millis, bool) {
	if n := len(rest); n > 0 && rest[0] == '.' {
		rest = rest[digits(rest, 1):]
	}
	if len(rest) == 0 {
		rest = utc
	}
	instant, ok := zone(t, rest)
	return t, ok && instant%msPerDay == 0
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
