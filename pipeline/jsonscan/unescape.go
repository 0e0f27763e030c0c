package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// unescaped maps the byte after a backslash to what the two stand for, \u apart.
var unescaped = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// unescape appends the text of a JSON string that closing has validated. Half a
// surrogate pair becomes U+FFFD.
func unescape(dst, b []byte) []byte {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(dst, b...)
		}
		dst = append(dst, b[:i]...)
		if b[i+1] != 'u' {
			dst, b = append(dst, unescaped[b[i+1]]), b[i+2:]
			continue
		}
		r, _ := hex4(b, i+2)
		b = b[i+6:]
		if utf16.IsSurrogate(r) {
			low, paired := rune(0), false
			if len(b) >= 6 && b[0] == '\\' && b[1] == 'u' {
				low, paired = hex4(b, 2)
			}
			if r = utf16.DecodeRune(r, low); paired && r != utf8.RuneError {
				b = b[6:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// hex4 reads four hexadecimal digits at b[i].
func hex4(b []byte, i int) (r rune, ok bool) {
	if i+4 > len(b) {
		return 0, false
	}
	for _, c := range b[i : i+4] {
		n, ok := nibble(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(n)
	}
	return r, true
}

func nibble(c byte) (n byte, ok bool) {
	switch {
	case c-'0' <= 9:
		return c - '0', true
	case (c|0x20)-'a' <= 5:
		return (c | 0x20) - 'a' + 10, true
	}
	return 0, false
}
