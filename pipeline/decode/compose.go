package decode

import (
	"bytes"
	"strings"

	"friction/pipeline/event"
)

// composed makes an object of a row out of its parts; nil when all are empty.
func composed[T any](d *Decoder, c *cache[parsed[T]], list []assignment, set func(v *T, part, text string)) *T {
	t := d.table
	t.raw = t.raw[:0]
	for i := range list {
		t.raw = append(append(t.raw, d.cut(t.eval(&list[i]))...), noText)
	}
	if len(t.raw) == len(list) {
		return nil
	}
	known, hash := c.get(t.raw)
	if known != nil {
		return known.value
	}
	value := new(T)
	for rest, i := t.raw, 0; i < len(list); i++ {
		var text []byte
		if text, rest, _ = bytes.Cut(rest, []byte{noText}); len(text) > 0 {
			set(value, list[i].part, string(text))
		}
	}
	if len(t.raw) <= maxCachedBytes {
		c.put(hash, string(t.raw), parsed[T]{value: value})
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
		t.Href = cleanHref(text)
	default:
		*targetPart(t, part) = text
	}
}

func setContext(c *event.Context, part, text string) { *contextPart(c, part) = text }
func setError(f *event.Error, part, text string)     { *errorPart(f, part) = text }
