package adapter

import (
	"bytes"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Targets, contexts and errors repeat. Each of up to 1 KiB is parsed once and then
// found again by its bytes.

func (n *native) readTarget(i int) int {
	size := 0
	if n.value[i] == '"' {
		next := n.scan.SkipString(i)
		if next < 0 {
			return next
		}
		size = next - i
	} else {
		size = n.flat(i)
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
	end, known := recall(n, n.errors, i, n.flat(i))
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

// recall looks for the size bytes at i.
func recall[T any](n *native, c *fields.Cache[parsed[T]], i, size int) (end int, known *parsed[T]) {
	if size == 0 || size > fields.MaxCachedBytes {
		return 0, nil
	}
	if known, _ = c.Get(n.value[i : i+size]); known != nil && known.left != (fields.Counts{}) {
		n.b.Counts().Add(known.left)
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
	before, good := *n.b.Counts(), n.b.Found().Bad == ""
	p = &parsed[T]{value: parse(i)}
	p.left = n.b.Counts().Since(before)
	good = good && n.b.Found().Bad == "" && n.scan.Depth() <= n.maxDepth
	if raw := n.value[i:end]; good && len(raw) <= fields.MaxCachedBytes && utf8.Valid(raw) {
		if known, hash := c.Get(raw); known == nil {
			c.Put(hash, string(raw), *p)
		}
	}
	return end, p
}

// parseTarget reads an object that is valid JSON, or a string, which is an id.
func (n *native) parseTarget(i int) *event.Target {
	if n.value[i] == '"' {
		if id, _ := n.textOf(i); id != "" {
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
			i = n.textMember(dst, i, "target.", key)
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

// parseClasses reads an array of strings.
func (n *native) parseClasses(i int, t *event.Target) int {
	const want = "target.classes: want an array of strings"
	s := &n.scan
	if n.value[i] == 'n' {
		return s.Literal(i)
	}
	if n.value[i] != '[' {
		n.b.Wrong(want)
		return s.Skip(i, 2)
	}
	t.Classes = nil
	i, more := s.Open(i)
	for more {
		if n.value[i] != '"' {
			n.b.Wrong(want)
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
	return parseTexts(n, i, "context.", fields.ContextMember)
}

func (n *native) parseError(i int) *event.Error {
	return parseTexts(n, i, "error.", fields.ErrorMember)
}

// parseTexts reads an object whose known members are all texts; nil if none has any.
func parseTexts[T comparable](n *native, i int, object string, member func(*T, string) *string) *T {
	var v, empty T
	i, more := n.scan.Open(i)
	for more {
		var key []byte
		key, i = n.scan.Name(i)
		if dst := member(&v, string(key)); dst != nil {
			i = n.textMember(dst, i, object, key)
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

// textMember reads the string of a known member into dst. The JSON has been validated before.
func (n *native) textMember(dst *string, i int, object string, name []byte) int {
	if n.value[i] == 'n' {
		return n.scan.Literal(i)
	}
	if n.value[i] != '"' {
		n.b.Wrong(object + string(name) + ": want a string")
		return n.scan.Skip(i, 2)
	}
	*dst, i = n.textOf(i)
	return i
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
