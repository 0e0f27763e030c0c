package display

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// EscapeJSON writes out, in JSON, what [Plain] would write out. The values stay the same.
func EscapeJSON(text []byte) []byte {
	if !bytes.ContainsFunc(text, unseen) {
		return text
	}
	var b strings.Builder
	for _, r := range string(text) { // bytes that are no UTF-8 become U+FFFD, as every reader of JSON has them
		switch {
		case !unseen(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			b.WriteString(`\u` + hex(high, 4) + `\u` + hex(low, 4))
		default:
			b.WriteString(`\u` + hex(r, 4))
		}
	}
	return []byte(b.String())
}

// unseen is hidden, but for what JSON has between its values.
func unseen(r rune) bool { return r != '\n' && r != '\r' && r != '\t' && hidden(r) }

// JSONLines is a writer of JSON lines that people may look at: each line goes through [EscapeJSON]. What follows the last
// line break is kept until the next.
func JSONLines(w io.Writer) io.Writer { return &jsonLines{w: w} }

type jsonLines struct {
	w    io.Writer
	rest []byte
}

func (j *jsonLines) Write(b []byte) (int, error) {
	end := bytes.LastIndexByte(b, '\n') + 1
	if end > 0 {
		whole := b[:end]
		if len(j.rest) > 0 {
			whole, j.rest = append(j.rest, whole...), nil
		}
		if _, err := j.w.Write(EscapeJSON(whole)); err != nil {
			return 0, fmt.Errorf("write lines: %w", err)
		}
	}
	j.rest = append(j.rest, b[end:]...)
	return len(b), nil
}
