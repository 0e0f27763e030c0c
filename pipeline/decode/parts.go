package decode

import (
	"bytes"
	"unicode/utf8"

	"friction/pipeline/event"
)

// Targets, contexts and errors repeat. Each is parsed once and then found again
// by its bytes, as long as these are few.

func (d *Decoder) readTarget(i int, e *event.Event) int {
	n := 0
	if d.value[i] == '"' {
		next := d.scan.SkipString(i)
		if next < 0 {
			return next
		}
		n = next - i
	} else {
		n = d.flat(i)
	}
	end, known := recall(d, d.pool.targets, i, n)
	if known == nil {
		end, known = learn(d, d.pool.targets, i, d.parseTarget)
	}
	if end >= 0 {
		e.Target = known.value
	}
	return end
}

func (d *Decoder) readContext(i int, e *event.Event) int {
	end, known := recall(d, d.pool.contexts, i, d.flat(i))
	if known == nil {
		end, known = learn(d, d.pool.contexts, i, d.parseContext)
	}
	if end >= 0 {
		e.Context = known.value
	}
	return end
}

func (d *Decoder) readError(i int, e *event.Event) int {
	end, known := recall(d, d.pool.errors, i, d.flat(i))
	if known == nil {
		end, known = learn(d, d.pool.errors, i, d.parseError)
	}
	if end >= 0 {
		e.Error = known.value
	}
	return end
}

// flat is the length of the object at i if it ends at the first closing brace. If
// it does not (a brace in a string, an object in it), then these bytes are no
// complete object and so no key of a cache, which holds only such.
func (d *Decoder) flat(i int) int { return bytes.IndexByte(d.value[i:], '}') + 1 }

// recall looks for the n bytes at i.
func recall[T any](d *Decoder, c *cache[parsed[T]], i, n int) (end int, known *parsed[T]) {
	if n == 0 || n > maxCachedBytes {
		return 0, nil
	}
	if known, _ = c.get(d.value[i : i+n]); known != nil && known.Counts != (Counts{}) {
		d.counts.add(known.Counts)
	}
	return i + n, known
}

// learn validates and parses the object or string at i, and keeps the result
// unless something in it is wrong. What is found by recall is not looked at
// again, so nothing that is not UTF-8 or nested too deep may get there.
func learn[T any](d *Decoder, c *cache[parsed[T]], i int, parse func(i int) *T) (end int, p *parsed[T]) {
	if end = d.scan.Skip(i, 1); end < 0 {
		return end, nil
	}
	before, good := d.counts, d.found.bad == ""
	p = &parsed[T]{value: parse(i)}
	p.Counts = d.counts.since(before)
	good = good && d.found.bad == "" && d.scan.Depth() <= d.cfg.MaxDepth
	if raw := d.value[i:end]; good && len(raw) <= maxCachedBytes && utf8.Valid(raw) {
		if known, hash := c.get(raw); known == nil {
			c.put(hash, string(raw), *p)
		}
	}
	return end, p
}

func (c *Counts) add(o Counts) {
	c.UnknownFields += o.UnknownFields
	c.CutStrings += o.CutStrings
	c.DroppedAttrs += o.DroppedAttrs
}

func (c Counts) since(o Counts) Counts {
	return Counts{c.UnknownFields - o.UnknownFields, c.CutStrings - o.CutStrings, c.DroppedAttrs - o.DroppedAttrs}
}

func (d *Decoder) parseTarget(i int) *event.Target {
	if d.value[i] == '"' {
		if id, _ := d.textOf(i); id != "" {
			return &event.Target{ID: id}
		}
		return nil
	}
	var t event.Target
	i, more := d.scan.Open(i)
	for more {
		var key []byte
		key, i = d.scan.Name(i)
		if string(key) == "classes" {
			i = d.parseClasses(i, &t)
		} else if dst := targetPart(&t, string(key)); dst != nil {
			i = d.part(dst, i, "target.", key)
		} else {
			i = d.skipUnknown(i)
		}
		i, more = d.scan.Next(i, '}')
	}
	if t.Classes == nil && t.ID == "" && t.Tag == "" && t.Text == "" && t.Role == "" && t.Href == "" && t.InputType == "" && t.Selector == "" {
		return nil
	}
	t.Href = cleanHref(t.Href)
	return &t
}

// targetPart returns where a member of a target goes, nil if there is no such.
func targetPart(t *event.Target, name string) *string {
	switch name {
	case "id":
		return &t.ID
	case "tag":
		return &t.Tag
	case "text":
		return &t.Text
	case "role":
		return &t.Role
	case "href":
		return &t.Href
	case "input_type":
		return &t.InputType
	case "selector":
		return &t.Selector
	}
	return nil
}

// maxClasses is how many classes of a target are kept; further ones are counted
// with the attributes that were dropped.
const maxClasses = 32

func (d *Decoder) parseClasses(i int, t *event.Target) int {
	const want = "target.classes: want an array of strings"
	s := &d.scan
	if d.value[i] == 'n' {
		return s.Literal(i)
	}
	if d.value[i] != '[' {
		d.wrong(want)
		return s.Skip(i, 2)
	}
	t.Classes = nil
	i, more := s.Open(i)
	for more {
		if d.value[i] != '"' {
			d.wrong(want)
			i = s.Skip(i, 3)
		} else if class, next := d.textOf(i); len(t.Classes) < maxClasses {
			t.Classes, i = append(t.Classes, class), next
		} else {
			d.counts.DroppedAttrs++
			i = next
		}
		i, more = s.Next(i, ']')
	}
	return i
}

func (d *Decoder) parseContext(i int) *event.Context {
	var c event.Context
	i, more := d.scan.Open(i)
	for more {
		var key []byte
		key, i = d.scan.Name(i)
		if dst := contextPart(&c, string(key)); dst != nil {
			i = d.part(dst, i, "context.", key)
		} else {
			i = d.skipUnknown(i)
		}
		i, more = d.scan.Next(i, '}')
	}
	if c == (event.Context{}) {
		return nil
	}
	return &c
}

// contextPart returns where a member of a context goes, nil if there is no such.
func contextPart(c *event.Context, name string) *string {
	switch name {
	case "device":
		return &c.Device
	case "os":
		return &c.OS
	case "browser":
		return &c.Browser
	case "app_version":
		return &c.AppVersion
	case "country":
		return &c.Country
	case "variant":
		return &c.Variant
	case "language":
		return &c.Language
	}
	return nil
}

func (d *Decoder) parseError(i int) *event.Error {
	var fault event.Error
	i, more := d.scan.Open(i)
	for more {
		var key []byte
		key, i = d.scan.Name(i)
		if dst := errorPart(&fault, string(key)); dst != nil {
			i = d.part(dst, i, "error.", key)
		} else {
			i = d.skipUnknown(i)
		}
		i, more = d.scan.Next(i, '}')
	}
	if fault == (event.Error{}) {
		return nil
	}
	return &fault
}

// errorPart returns where a member of an error goes, nil if there is no such.
func errorPart(e *event.Error, name string) *string {
	switch name {
	case "kind":
		return &e.Kind
	case "message":
		return &e.Message
	}
	return nil
}

// part reads the string of a known member into dst. The JSON has been validated before.
func (d *Decoder) part(dst *string, i int, object string, name []byte) int {
	if d.value[i] == 'n' {
		return d.scan.Literal(i)
	}
	if d.value[i] != '"' {
		d.wrong(object + string(name) + ": want a string")
		return d.scan.Skip(i, 2)
	}
	*dst, i = d.textOf(i)
	return i
}

// textOf reads the string at i.
func (d *Decoder) textOf(i int) (text string, next int) {
	b, next := d.scan.String(i)
	return string(d.cut(b)), next
}

func (d *Decoder) skipUnknown(i int) int {
	d.counts.UnknownFields++
	return d.scan.Skip(i, 2)
}
