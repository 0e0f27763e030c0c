package adapter

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Targets, contexts and errors repeat. Each of up to 1 KiB is parsed once and then
// found again by its bytes.

func (n *native) readTarget(i int) int {
	size := n.scalarOrFlat(i)
	if size < 0 {
		return size
	}
	end, known := recall(n, n.targets, i, size)
	if known == nil {
		end, known = learn(n, n.targets, i, n.parseTarget)
	}
	if end >= 0 {
		n.b.Event().Target = known.value
	}
	return end
}

func (n *native) readContext(i int) int {
	end, known := recall(n, n.contexts, i, n.flat(i))
	if known == nil {
		end, known = learn(n, n.contexts, i, n.parseContext)
	}
	if end >= 0 {
		n.b.Event().Context = known.value
	}
	return end
}

func (n *native) readError(i int) int {
	size := n.scalarOrFlat(i)
	if size < 0 {
		return size
	}
	end, known := recall(n, n.errors, i, size)
	if known == nil {
		end, known = learn(n, n.errors, i, n.parseError)
	}
	if end >= 0 {
		n.b.Event().Error = known.value
	}
	return end
}

// flat is the length of the object at i if it ends at the first closing brace. If
// it does not (a brace in a string, an object in it), then these bytes are no
// complete object and so no key of a cache, which holds only such.
func (n *native) flat(i int) int { return bytes.IndexByte(n.value[i:], '}') + 1 }

// scalarOrFlat is the length of what recall may know: of a scalar all of it.
func (n *native) scalarOrFlat(i int) int {
	if n.value[i] == '{' {
		return n.flat(i)
	}
	end := n.scan.Scalar(i)
	if end < 0 {
		return end
	}
	return end - i
}

// recall looks for the size bytes at i.
func recall[T any](n *native, c *fields.Cache[parsed[T]], i, size int) (end int, known *parsed[T]) {
	if size == 0 || size > fields.MaxCachedBytes {
		return 0, nil
	}
	if known, _ = c.Get(n.value[i : i+size]); known != nil && known.left != nil {
		n.b.Counts().Add(*known.left)
	}
	return i + size, known
}

// learn validates and parses the object or string at i, and keeps the result
// unless something in it is wrong. What recall finds is not validated again, so
// nothing that is not UTF-8 or nested too deep may get into the cache.
func learn[T any](n *native, c *fields.Cache[parsed[T]], i int, parse func(i int) *T) (end int, p *parsed[T]) {
	if end = n.scan.Skip(i, 1); end < 0 {
		return end, nil
	}
	before, dropped := *n.b.Counts(), n.left
	p = &parsed[T]{value: parse(i)}
	if left := n.b.Counts().Since(before); left != (fields.Counts{}) {
		p.left = &left
	}
	good := n.left == dropped && n.scan.Depth() <= n.maxDepth
	if raw := n.value[i:end]; good && len(raw) <= fields.MaxCachedBytes && utf8.Valid(raw) {
		if known, hash := c.Get(raw); known == nil {
			c.Put(hash, string(raw), *p)
		}
	}
	return end, p
}

// drop counts a value that is left out of its event.
func (n *native) drop(f fields.Field) {
	n.left++
	n.b.Drop(f)
}

// parseTarget reads an object that is valid JSON, or a string or number, which is an id.
func (n *native) parseTarget(i int) *event.Target {
	if n.value[i] != '{' {
		if id, _ := n.scalarText(i); id != "" {
			return &event.Target{ID: id}
		}
		return nil
	}
	var t event.Target
	i, more := n.scan.Open(i)
	for more {
		var key []byte
		key, i = n.scan.Name(i)
		if string(key) == "classes" {
			i = n.parseClasses(i, &t)
		} else if dst := fields.TargetMember(&t, string(key)); dst != nil {
			i = n.textMember(dst, i, fields.Target)
		} else {
			i = n.skipUnknown(i)
		}
		i, more = n.scan.Next(i, '}')
	}
	if t.Classes == nil && t.ID == "" && t.Tag == "" && t.Text == "" && t.Role == "" && t.Href == "" && t.InputType == "" && t.Selector == "" {
		return nil
	}
	t.Href = fields.CleanHref(t.Href)
	return &t
}

// maxClasses is how many classes of a target are kept; further ones are counted
// with the attributes that were dropped.
const maxClasses = 32

// parseClasses reads an array of strings, or a string with blanks between them.
func (n *native) parseClasses(i int, t *event.Target) int {
	s := &n.scan
	switch n.value[i] {
	case 'n', 'N':
		return s.Literal(i)
	case '"':
		text, next := n.textOf(i)
		t.Classes = strings.Fields(text)
		if more := len(t.Classes) - maxClasses; more > 0 {
			t.Classes = t.Classes[:maxClasses]
			n.b.Counts().DroppedAttrs += uint64(more)
		}
		return next
	case '[':
	default:
		n.drop(fields.Target)
		return s.Skip(i, 2)
	}
	t.Classes = nil
	i, more := s.Open(i)
	for more {
		if n.value[i] != '"' {
			n.drop(fields.Target)
			i = s.Skip(i, 3)
		} else if class, next := n.textOf(i); len(t.Classes) < maxClasses {
			t.Classes, i = append(t.Classes, class), next
		} else {
			n.b.Counts().DroppedAttrs++
			i = next
		}
		i, more = s.Next(i, ']')
	}
	return i
}

func (n *native) parseContext(i int) *event.Context {
	return parseTexts(n, i, fields.Context, fields.ContextMember)
}

// parseError reads an object, or a string, which is a message.
func (n *native) parseError(i int) *event.Error {
	if n.value[i] == '"' {
		if message, _ := n.textOf(i); message != "" {
			return &event.Error{Message: message}
		}
		return nil
	}
	return parseTexts(n, i, fields.Error, fields.ErrorMember)
}

// parseTexts reads an object whose known members are all texts; nil if none has any.
func parseTexts[T comparable](n *native, i int, object fields.Field, member func(*T, string) *string) *T {
	var v, empty T
	i, more := n.scan.Open(i)
	for more {
		var key []byte
		key, i = n.scan.Name(i)
		if dst := member(&v, string(key)); dst != nil {
			i = n.textMember(dst, i, object)
		} else {
			i = n.skipUnknown(i)
		}
		i, more = n.scan.Next(i, '}')
	}
	if v == empty {
		return nil
	}
	return &v
}

// textMember reads a known member of an object into dst. The JSON has been validated
// before.
func (n *native) textMember(dst *string, i int, object fields.Field) int {
	switch n.value[i] {
	case 'n', 'N':
		return n.scan.Literal(i)
	case '{', '[':
		n.drop(object)
		return n.scan.Skip(i, 2)
	}
	*dst, i = n.scalarText(i)
	return i
}

// scalarText reads the string at i, or a number or boolean as it is written.
func (n *native) scalarText(i int) (text string, next int) {
	if n.value[i] == '"' {
		return n.textOf(i)
	}
	next = n.scan.Scalar(i)
	return string(n.b.Cut(n.value[i:next])), next
}

// textOf reads the string at i.
func (n *native) textOf(i int) (text string, next int) {
	b, next := n.scan.String(i)
	return string(n.b.Cut(b)), next
}

func (n *native) skipUnknown(i int) int {
	n.b.Counts().UnknownFields++
	return n.scan.Skip(i, 2)
}
