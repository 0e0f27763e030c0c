package decode

import (
	"math"

	"friction/pipeline/event"
)

// native reads one JSON object of schemas/event.schema.json.
//
// A member given twice counts as its last value (members of attrs one by one); a
// wrong type is wrong wherever it stands. A member that is null is as if it were
// not written. A scalar of an unknown name becomes an attribute, a number or
// boolean as its JSON text; an object or array of an unknown name is counted.
func (d *Decoder) native(value []byte, e *event.Event) event.Rejection {
	i := space(value, 0)
	if i == len(value) || value[i] != '{' {
		d.scan.fail(i, "an object")
		return d.malformed()
	}
	i, more := d.scan.enter(i)
	for f := unknownField; more; {
		var key []byte
		expected := &d.follows[f]
		if next := expected.at(value, i); next > 0 {
			f, i = expected.field, next
		} else if key, next = d.key(i); next >= 0 {
			f = fieldOf(key)
			expected.learn(f, value[i:next])
			i = next
		} else {
			return d.malformed()
		}
		if i = d.member(f, key, i, e); i < 0 {
			return d.malformed()
		}
		if i+1 < len(value) && value[i] == ',' && value[i+1] == '"' {
			i++
			continue
		}
		i, more = d.scan.more(i, '}')
	}
	if i < 0 {
		return d.malformed()
	}
	if end := space(value, i); end != len(value) {
		d.scan.fail(end, "nothing after the object")
		return d.malformed()
	}
	return event.Rejection{}
}

// key reads a member's name and the colon after it.
func (d *Decoder) key(i int) (key []byte, next int) {
	s := &d.scan
	if i >= len(s.b) || s.b[i] != '"' {
		return nil, s.fail(i, "the name of a member")
	}
	end, escaped := s.closing(i + 1)
	if end < 0 {
		return nil, end
	}
	return s.text(i+1, end, escaped), s.colon(end + 1)
}

// member reads the value of one member of the event.
func (d *Decoder) member(f field, key []byte, i int, e *event.Event) int {
	b := d.scan.b
	switch kinds[f] {
	case unknownKind:
		return d.unknown(key, i, 1)
	case textKind:
		if b[i] == '"' {
			end, escaped := d.scan.closing(i + 1)
			if end < 0 {
				return end
			}
			d.setText(f, d.scan.text(i+1, end, escaped), e)
			return end + 1
		}
	case numberKind:
		if b[i]-'0' <= 9 || b[i] == '-' {
			end := d.scan.number(i)
			if end >= 0 && !d.setNumber(f, b[i:end], e) {
				d.wrong(wants[f])
			}
			return end
		}
	case boolKind:
		if b[i] == 't' || b[i] == 'f' {
			setBool(f, b[i] == 't', e)
			return d.scan.word(i)
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
	if d.scan.b[i] != 'n' {
		d.wrong(wants[f])
		if f == userField {
			d.found.user = wrong
		}
		if f == typeField {
			d.found.typed = wrong
		}
	}
	return d.scan.skip(i, 1)
}

// readTime reads an RFC 3339 string or an integer of Unix milliseconds.
func (d *Decoder) readTime(i int, e *event.Event) int {
	b, ok := d.scan.b, false
	var next int
	switch {
	case b[i] == '"':
		end, escaped := d.scan.closing(i + 1)
		if end < 0 {
			return end
		}
		e.Time, ok = d.dates.rfc3339(d.scan.text(i+1, end, escaped))
		next = end + 1
	case b[i] == '-' || b[i]-'0' <= 9:
		if next = d.scan.number(i); next < 0 {
			return next
		}
		var n int64
		n, ok = parseInt(b[i:next], math.MinInt64, math.MaxInt64)
		e.Time = event.Millis(n)
	case b[i] == 'n':
		return d.scan.word(i)
	default:
		next = d.scan.skip(i, 1)
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
	switch s.b[i] {
	case '{', '[':
		d.counts.UnknownFields++
		return s.skip(i, depth)
	case 'n':
		return s.word(i)
	case '"':
		name := d.text(key) // before the value, which may share its scratch
		end, escaped := s.closing(i + 1)
		if end >= 0 {
			d.addAttr(name, s.text(i+1, end, escaped))
			end++
		}
		return end
	}
	name, end := d.text(key), s.scalar(i)
	if end >= 0 {
		d.addAttr(name, s.b[i:end])
	}
	return end
}

func (d *Decoder) readAttrs(i int) int {
	i, more := d.scan.enter(i)
	for more {
		var key []byte
		if key, i = d.key(i); i < 0 {
			return i
		}
		if i = d.unknown(key, i, 2); i < 0 {
			return i
		}
		i, more = d.scan.more(i, '}')
	}
	return i
}
