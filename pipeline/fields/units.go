package fields

import (
	"bytes"

	"friction/pipeline/event"
)

// Unit says how a time or duration is written.
type Unit uint8

// The units.
const (
	GuessedUnit Unit = iota // by the look and size of the value
	RFC3339
	Seconds
	Milliseconds
	Microseconds
	Nanoseconds
)

// shift is the power of ten that turns the unit into milliseconds.
func (u Unit) shift() int {
	switch u {
	case Seconds:
		return 3
	case Microseconds:
		return -3
	case Nanoseconds:
		return -6
	}
	return 0
}

// Time reads a time written in a unit. local is true for a date and time without an
// offset, as [Dates.DateTime] says.
func (d *Dates) Time(text []byte, u Unit) (t event.Millis, local, ok bool) {
	text = trim(text)
	if len(text) >= 15 && text[8]|0x20 == 't' && (u == RFC3339 || u == GuessedUnit) {
		text = d.spread(text)
	}
	if u == RFC3339 || u == GuessedUnit && len(text) >= 16 && (text[4] == '-' || text[4] == '/') {
		return d.DateTime(text)
	}
	if n, number := parseDecimal(text); number {
		if u == GuessedUnit {
			u = unitOf(n)
		}
		ms, _, ok := n.scaled(u.shift())
		return event.Millis(ms), false, ok
	}
	if u == GuessedUnit && len(text) == len("10/Oct/2000:13:55:36 -0700") {
		t, ok = d.AccessLog(text)
	}
	return t, false, ok
}

// WithMilliseconds reports whether a time is written with milliseconds or finer: as an
// integer of such a unit, or with three digits or more behind the point. One digit is
// no precision: some programs write .0 behind whole seconds.
func WithMilliseconds(text []byte, u Unit) bool {
	if u == Milliseconds || u == Microseconds || u == Nanoseconds {
		return true
	}
	point := len("2006-01-02T15:04:05")
	if len(text) <= point || text[point] != '.' {
		point = max(bytes.IndexByte(text, '.'), bytes.IndexByte(text, ','))
	}
	if point >= 0 && digits(text, point+1) >= point+4 {
		return true
	}
	if u != GuessedUnit {
		return false
	}
	n, number := parseDecimal(trim(text))
	return number && unitOf(n) != Seconds
}

// WantTime says what a time of this unit looks like, and what text that is none looks
// like instead. It holds nothing of the text.
func WantTime(text []byte, u Unit) string {
	want := "time: want "
	switch u {
	case RFC3339:
		want += "a date and time like 2006-01-02T15:04:05Z"
	case Seconds:
		want += "Unix seconds"
	case Milliseconds:
		want += "Unix milliseconds"
	case Microseconds:
		want += "Unix microseconds"
	case Nanoseconds:
		want += "Unix nanoseconds"
	default:
		want += "a date and time like 2006-01-02T15:04:05Z, or a Unix time"
	}
	if look := lookOfTime(trim(text)); look != "" {
		want += "; it looks like " + look
	}
	return want
}

// lookOfTime names what is no time that can be read, "" when that cannot be told.
func lookOfTime(b []byte) string {
	n := digits(b, 0)
	switch {
	case n == 4 && len(b) >= 16 && (b[n] == '-' || b[n] == '/'):
		return "a date and time with a part that cannot be, or another zone than an offset or UTC behind it"
	case n == 4 && len(b) >= 8 && (b[n] == '-' || b[n] == '/' || b[n] == '.'):
		return "a date alone: add the time of day"
	case n >= 1 && n <= 2 && len(b) >= 6 && (b[n] == '/' || b[n] == '.' || b[n] == '-'):
		return "a date with the day or the month first, which cannot be told apart: write the year first"
	case len(b) > 3 && IsLetter(b[0]) && bytes.ContainsAny(b, ":"):
		return "a date in words: write it in digits, the year first"
	}
	return ""
}

// unitOf guesses the unit of a Unix time by its size: below 10^11 seconds, which
// ends in the year 5138, then milliseconds, which begin in 1973, and so on.
func unitOf(n decimal) Unit {
	v, _, ok := n.scaled(0)
	switch {
	case !ok:
		return Nanoseconds
	case v < 1e11 && v > -1e11:
		return Seconds
	case v < 1e14 && v > -1e14:
		return Milliseconds
	case v < 1e17 && v > -1e17:
		return Microseconds
	}
	return Nanoseconds
}
