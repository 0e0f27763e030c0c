package decode

import (
	"math"

	"friction/pipeline/event"
	"friction/pipeline/jsonscan"
)

// native reads one JSON object of schemas/event.schema.json.
//
// A member given twice counts as its last value (members of attrs one by one); a
// wrong type is wrong wherever it stands. A member that is null is as if it were
// not written. A scalar of an unknown name becomes an attribute, a number or
// boolean as its JSON text; an object or array of an unknown name is counted.
func (d *Decoder) native(value []byte, e *event.Event) event.Rejection {
	i := jsonscan.SkipSpace(value, 0)
	if i == len(value) || value[i] != '{' {
		d.scan.Fail(i, "an object")
		return malformed(d.scan.Failure())
	}
	i, more := d.scan.Open(i)
	for f := unknownField; more; {
		var key []byte
		expected := &d.follows[f]
		if next := expected.at(value, i); next > 0 {
			f, i = expected.field, next
		} else if key, next = d.scan.Name(i); next >= 0 {
			f = fieldOf(key)
			expected.learn(f, value[i:next])
			i = next
		} else {
			return malformed(d.scan.Failure())
		}
		if i = d.member(f, key, i, e); i < 0 {
			return malformed(d.scan.Failure())
		}
		if i+1 < len(value) && value[i] == ',' && value[i+1] == '"' {
			i++
			continue
		}
		i, more = d.scan.Next(i, '}')
	}
	if i < 0 {
		return malformed(d.scan.Failure())
	}
	if end := jsonscan.SkipSpace(value, i); end != len(value) {
		d.scan.Fail(end, "nothing after the object")
		return malformed(d.scan.Failure())
	}
	return event.Rejection{}
}

// member reads the value of one member of the event.
func (d *Decoder) member(f field, key []byte, i int, e *event.Event) int {
	b := d.value
	switch kinds[f] {
	case unknownKind:
		return d.unknown(key, i, 1)
	case textKind:
		if b[i] == '"' {
			text, next := d.scan.String(i)
			if next >= 0 {
				d.setText(f, text, e)
			}
			return next
		}
	case numberKind:
		if b[i]-'0' <= 9 || b[i] == '-' {
			end := d.scan.Number(i)
			if end >= 0 && !d.setNumber(f, b[i:end], e) {
				d.wrong(wants[f])
			}
			return end
		}
	case boolKind:
		if b[i] == 't' || b[i] == 'f' {
			setBool(f, b[i] == 't', e)
			return d.scan.Literal(i)
		}
	case timeKind:
		return d.readTime(i, e)
	case objectKind:
		if b[i] == '{' || b[i] == '"' && f == targetField {
			return d.object(f, i, e)
		}
	}
	return d.refuse(f, i)
}

func (d *Decoder) object(f field, i int, e *event.Event) int {
	switch f {
	case targetField:
		return d.readTarget(i, e)
	case contextField:
		return d.readContext(i, e)
	case errorField:
		return d.readError(i, e)
	}
	return d.readAttrs(i)
}

// refuse skips a value of the wrong type; null is as good as absent.
func (d *Decoder) refuse(f field, i int) int {
	if d.value[i] != 'n' {
		d.wrong(wants[f])
		if f == userField {
			d.found.user = wrong
		}
		if f == typeField {
			d.found.typed = wrong
		}
	}
	return d.scan.Skip(i, 1)
}

// readTime reads an RFC 3339 string or an integer of Unix milliseconds.
func (d *Decoder) readTime(i int, e *event.Event) int {
	b, ok := d.value, false
	var next int
	switch {
	case b[i] == '"':
		var text []byte
		if text, next = d.scan.String(i); next < 0 {
			return next
		}
		e.Time, ok = d.dates.rfc3339(text)
	case b[i] == '-' || b[i]-'0' <= 9:
		if next = d.scan.Number(i); next < 0 {
			return next
		}
		var n int64
		n, ok = parseInt(b[i:next], math.MinInt64, math.MaxInt64)
		e.Time = event.Millis(n)
	case b[i] == 'n':
		return d.scan.Literal(i)
	default:
		next = d.scan.Skip(i, 1)
	}
	if d.found.time = wrong; ok {
		d.found.time = present
	}
	return next
}

// unknown keeps a scalar as an attribute and counts anything else; depth is that
// of the object it stands in.
func (d *Decoder) unknown(key []byte, i, depth int) int {
	s := &d.scan
	switch d.value[i] {
	case '{', '[':
		d.counts.UnknownFields++
		return s.Skip(i, depth)
	case 'n':
		return s.Literal(i)
	case '"':
		name := d.text(key) // before the value, which may share its scratch
		text, next := s.String(i)
		if next >= 0 {
			d.addAttr(name, text)
		}
		return next
	}
	name, end := d.text(key), s.Scalar(i)
	if end >= 0 {
		d.addAttr(name, d.value[i:end])
	}
	return end
}

func (d *Decoder) readAttrs(i int) int {
	i, more := d.scan.Open(i)
	for more {
		var key []byte
		if key, i = d.scan.Name(i); i < 0 {
			return i
		}
		if i = d.unknown(key, i, 2); i < 0 {
			return i
		}
		i, more = d.scan.Next(i, '}')
	}
	return i
}
