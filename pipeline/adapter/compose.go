package adapter

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// composed makes an object of a row out of its parts; nil when all are empty.
func composed[T any](t *table, b *fields.Builder, c *fields.Cache[parsed[T]], list []assignment, set func(v *T, part, text string)) *T {
	t.raw = t.raw[:0]
	for i := range list {
		t.raw = append(append(t.raw, b.Cut(t.eval(&list[i]))...), noText)
	}
	if len(t.raw) == len(list) {
		return nil
	}
	known, hash := c.Get(t.raw)
	if known != nil {
		return known.value
	}
	value := new(T)
	for raw, i := t.raw, 0; i < len(list); i++ {
		var text []byte
		if text, raw, _ = bytes.Cut(raw, []byte{noText}); len(text) > 0 {
			set(value, list[i].part, string(text))
		}
	}
	if len(t.raw) <= fields.MaxCachedBytes {
		c.Put(hash, string(t.raw), parsed[T]{value: value})
	}
	return value
}

// noText is a byte that UTF-8 does not have.
const noText = 0xff

func setTarget(t *event.Target, part, text string) {
	switch part {
	case "classes":
		t.Classes = strings.Fields(text)
	case "href":
		t.Href = fields.CleanHref(text)
	default:
		*fields.TargetMember(t, part) = text
	}
}

func setContext(c *event.Context, part, text string) { *fields.ContextMember(c, part) = text }
func setError(f *event.Error, part, text string)     { *fields.ErrorMember(f, part) = text }
