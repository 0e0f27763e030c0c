package fields

import (
	"bytes"
	"math"

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

// WantTime says what a time of this unit looks like.
func (u Unit) WantTime() string {
	switch u {
	case GuessedUnit:
		return "time: want a date and time, or a Unix time"
	case RFC3339:
		return "time: want a date and time like 2006-01-02T15:04:05Z"
	case Seconds:
		return "time: want Unix seconds"
	case Microseconds:
		return "time: want Unix microseconds"
	case Nanoseconds:
		return "time: want Unix nanoseconds"
	}
	return "time: want Unix milliseconds"
}

// Time reads a time written in a unit.
func (d *Dates) Time(text []byte, u Unit) (t event.Millis, ok bool) {
	n, number := parseDecimal(text)
	switch {
	case u == RFC3339 || u == GuessedUnit && !number:
		return d.DateTime(text)
	case number:
		if u == GuessedUnit {
			u = unitOf(n)
		}
		ms, _, ok := n.scaled(u.shift())
		return event.Millis(ms), ok
	}
	return 0, false
}

// WithMilliseconds reports whether a time is written with milliseconds or finer: as an
// integer of such a unit, or with three digits or more behind the point. One digit is
// no precision: some programs write .0 behind whole seconds.
func WithMilliseconds(text []byte, u Unit) bool {
	if point := bytes.IndexByte(text, '.'); point >= 0 {
		return digits(text, point+1) >= point+4 || u == Milliseconds || u == Microseconds || u == Nanoseconds
	}
	if u != GuessedUnit {
		return u != Seconds && u != RFC3339
	}
	n, number := parseDecimal(text)
	return number && unitOf(n) != Seconds
}

// UnixMillis reads an integer of Unix milliseconds.
func UnixMillis(text []byte) (t event.Millis, ok bool) {
	n, ok := parseInt(text, math.MinInt64, math.MaxInt64)
	return event.Millis(n), ok
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
