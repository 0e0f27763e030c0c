package display

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is text as one line that holds nothing but itself: control characters, line breaks, invisible signs, signs that
// change the direction of writing, and bytes that are no UTF-8 are written out, as \x1b, \n, \u202e or \xff.
func Plain(s string) string { return written(s, false) }

// Text is [Plain] that keeps line breaks. It is for text of several lines that the program itself wrote.
func Text(s string) string { return written(s, true) }

func written(s string, lines bool) string {
	if !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i, size := 0, 0; i < len(s); i += size {
		var r rune
		r, size = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + hex(rune(s[i]), 2))
		case r == '\n' && lines, !hidden(r):
			b.WriteString(s[i : i+size])
		default:
			b.WriteString(writtenOut(r))
		}
	}
	return b.String()
}

// hidden says that a character does something else than to be seen. A replacement character is looked at more closely:
// it also stands for bytes that are no UTF-8.
func hidden(r rune) bool {
	return r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(steering, r)
}

// steering are signs that are not seen but change how their neighbours are. Joiners (U+200C, U+200D) are not among them:
// Persian and emoji need them.
var steering = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00ad, 0x00ad, 1}, // soft hyphen
		{0x061c, 0x061c, 1}, // Arabic letter mark
		{0x200b, 0x200b, 1}, // space without width
		{0x200e, 0x200f, 1}, // marks of direction
		{0x2028, 0x202e, 1}, // separators of lines and paragraphs, embeddings and overrides of direction
		{0x2060, 0x206f, 1}, // word joiner, isolates of direction, deprecated formats
		{0xfeff, 0xfeff, 1}, // byte order mark
		{0xfff9, 0xfffb, 1}, // annotations between the lines
	},
	R32:         []unicode.Range32{{0xe0000, 0xe007f, 1}}, // tags
	LatinOffset: 1,
}

// writtenOut is a character as people write it in programs.
func writtenOut(r rune) string {
	switch {
	case r == utf8.RuneError:
		return string(r)
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return `\x` + hex(r, 2)
	case r < 0x10000:
		return `\u` + hex(r, 4)
	}
	return `\U` + hex(r, 8)
}

func hex(r rune, digits int) string {
	text := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", digits-len(text)) + text
}
