package adapter

import (
	"bytes"

	"friction/pipeline/event"
	"friction/pipeline/fields"
	"friction/pipeline/jsonscan"
)

// native reads one JSON object of schemas/event.schema.json.
//
// A member given twice counts as its last value (members of attrs one by one). A
// member that is null is as if it were not written, and so is one of a wrong type,
// which is counted. A number serves as text, text as a number or boolean if it says
// one. A scalar of an unknown name becomes an attribute, a number or boolean as its
// JSON text; an object or array of an unknown name is counted.
type native struct {
	maxDepth int
	value    []byte // the value being read
	scan     jsonscan.Scanner
	b        *fields.Builder
	left     uint64 // members of objects that were left out so far
	dates    fields.Dates
	follows  [fields.Count]guess // by the field before
	objects
}

func newNative(maxDepth int) *native {
	return &native{maxDepth: maxDepth, objects: newObjects()}
}

// Read reads one object. UTF-8 is checked where a string may hold some, or the
// value is refused anyway: bytes that are not UTF-8 are the better reason then.
func (n *native) Read(value []byte, b *fields.Builder) event.Rejection {
	n.value, n.b = value, b
	n.scan.Reset(value)
	var r event.Rejection
	if n.wholeObject() < 0 {
		r = malformed(n.scan.Failure())
	}
	b.Found().Depth = n.scan.Depth()
	if n.scan.MayHoldUTF8() || r.Reason != event.Accepted {
		if bad := checkUTF8(value); bad.Reason != event.Accepted {
			return bad
		}
	}
	return r
}

var byteOrderMark = []byte("\ufeff")

// wholeObject reads the value: one object and nothing else.
func (n *native) wholeObject() int {
	value := n.value
	i := 0
	if len(value) > 0 && value[0] != '{' {
		i = jsonscan.SkipSpace(value, len(value)-len(bytes.TrimPrefix(value, byteOrderMark)))
	}
	if i == len(value) || value[i] != '{' {
		return n.scan.Fail(i, "an object")
	}
	i, more := n.scan.Open(i)
	for f := fields.Unknown; more; {
		var key []byte
		expected := &n.follows[f]
		if next := expected.at(value, i); next > 0 {
			f, i = expected.field, next
		} else if key, next = n.scan.Name(i); next >= 0 {
			f = fields.Of(key)
			expected.learn(f, value[i:next])
			i = next
		} else {
			return next
		}
		if i = n.member(f, key, i); i < 0 {
			return i
		}
		if i+1 < len(value) && value[i] == ',' && value[i+1] == '"' {
			i++
			continue
		}
		i, more = n.scan.Next(i, '}')
	}
	if i < 0 {
		return i
	}
	if end := jsonscan.SkipSpace(value, i); end != len(value) && len(bytes.TrimRight(value[end:], "\x00")) > 0 { // the end of a text in C
		return n.scan.Fail(end, "nothing after the object")
	}
	return i
}

// member reads the value of one member of the event.
func (n *native) member(f fields.Field, key []byte, i int) int {
	b := n.value
	switch f.Kind() {
	case fields.UnknownKind:
		return n.unknown(key, i, 1)
	case fields.TextKind:
		if b[i] == '"' {
			text, next := n.scan.String(i)
			if next >= 0 {
				n.b.SetText(f, text)
			}
			return next
		}
		if isNumber(b[i]) && f != fields.Type {
			end := n.scan.Number(i)
			if end >= 0 && b[end-1] != 'y' { // -Infinity
				n.b.SetNumberText(f, b[i:end])
			}
			return end
		}
	case fields.NumberKind:
		text, next := n.plain(i)
		if next >= 0 && text != nil {
			n.b.SetNumber(f, text)
		}
		if text != nil || next < 0 {
			return next
		}
	case fields.BoolKind:
		if c := b[i] | 0x20; c == 't' || c == 'f' {
			n.b.SetBool(f, c == 't')
			return n.scan.Literal(i)
		}
		text, next := n.plain(i)
		if next >= 0 && text != nil {
			n.b.SetBoolText(f, text)
		}
		if text != nil || next < 0 {
			return next
		}
	case fields.TimeKind:
		return n.readTime(f, i)
	case fields.ObjectKind:
		if b[i] == '{' || b[i] == '"' && f == fields.Error || f == fields.Target && (b[i] == '"' || isNumber(b[i])) {
			return n.part(f, i)
		}
	}
	return n.refuse(f, i)
}

// part reads a target, context, error or the attributes.
func (n *native) part(f fields.Field, i int) int {
	switch f {
	case fields.Target:
		return n.readTarget(i)
	case fields.Context:
		return n.readContext(i)
	case fields.Error:
		return n.readError(i)
	}
	return n.readAttrs(i)
}

// refuse skips a value of the wrong type. null counts as absent.
func (n *native) refuse(f fields.Field, i int) int {
	if !isNull(n.value[i]) {
		n.b.Mistyped(f)
	}
	return n.scan.Skip(i, 1)
}

// isNull reports whether a scalar that begins with c is null or NaN.
func isNull(c byte) bool { return c|0x20 == 'n' }

// isNumber reports whether a value that begins with c is a number.
func isNumber(c byte) bool { return c-'0' <= 9 || c == '-' }

// plain reads a number or a string; text is nil for anything else.
func (n *native) plain(i int) (text []byte, next int) {
	switch c := n.value[i]; {
	case isNumber(c):
		next = n.scan.Number(i)
		if next >= 0 {
			text = n.value[i:next]
		}
	case c == '"':
		if text, next = n.scan.String(i); text == nil && next >= 0 {
			text = n.value[i:i] // an escaped string may come out empty
		}
	}
	return text, next
}

// readTime reads a date and time, or a Unix time.
func (n *native) readTime(f fields.Field, i int) int {
	b := n.value
	if isNull(b[i]) {
		return n.scan.Literal(i)
	}
	text, next := n.plain(i)
	switch {
	case next < 0:
		return next
	case text != nil:
		n.b.ReadTime(f, &n.dates, text, fields.GuessedUnit, nil)
	case f != fields.Time:
		return n.refuse(f, i)
	default:
		next = n.scan.Skip(i, 1)
		n.b.SetTime(0, false, fields.WantTime(nil, fields.GuessedUnit))
	}
	return next
}

// unknown keeps a scalar as an attribute and counts anything else; depth is that
// of the object it stands in.
func (n *native) unknown(key []byte, i, depth int) int {
	s := &n.scan
	switch n.value[i] {
	case '{', '[':
		n.b.Counts().UnknownFields++
		return s.Skip(i, depth)
	case 'n', 'N':
		return s.Literal(i)
	case '"':
		name := n.b.AttrName(key) // before the value, which may share its scratch
		text, next := s.String(i)
		if next >= 0 {
			n.b.AddAttr(name, text)
		}
		return next
	}
	name, end := n.b.AttrName(key), s.Scalar(i)
	if end >= 0 {
		n.b.AddAttr(name, n.value[i:end])
	}
	return end
}

func (n *native) readAttrs(i int) int {
	i, more := n.scan.Open(i)
	for more {
		var key []byte
		if key, i = n.scan.Name(i); i < 0 {
			return i
		}
		if i = n.unknown(key, i, 2); i < 0 {
			return i
		}
		i, more = n.scan.Next(i, '}')
	}
	return i
}
