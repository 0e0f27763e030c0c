package fields

import "unicode/utf8"

// appendUnescaped appends a segment of a path without the percent-encoding that it
// does not need, so that both ways to write one page have one name. What would mean
// something else where it is plain stays encoded, in upper case: a slash, what ends a
// path, the percent sign, control characters, and bytes that are no UTF-8.
func appendUnescaped(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		c, ok := escaped(b, i)
		switch {
		case !ok && b[i] == '%': // so that it begins no escape with what follows
			dst = append(dst, "%25"...)
			i++
		case !ok:
			dst = append(dst, b[i])
			i++
		case c < utf8.RuneSelf && isPlain(c):
			dst = append(dst, c)
			i += 3
		default:
			n := 0
			if dst, n = appendRune(dst, b[i:]); n == 0 {
				const hex = "0123456789ABCDEF"
				dst = append(dst, '%', hex[c>>4], hex[c&15])
				n = 3
			}
			i += n
		}
	}
	return dst
}

// isPlain reports whether a byte of ASCII means the same encoded or not.
func isPlain(c byte) bool {
	switch c {
	case '/', '?', '#', '%', ';', '\\', 0x7f:
		return false
	}
	return c >= ' '
}

// escaped is the byte that %XX at b[i] stands for.
func escaped(b []byte, i int) (c byte, ok bool) {
	if i+3 > len(b) || b[i] != '%' || !isHex(b[i+1]) || !isHex(b[i+2]) {
		return 0, false
	}
	return nibble(b[i+1])<<4 | nibble(b[i+2]), true
}

func nibble(c byte) byte {
	if IsDigit(c) {
		return c - '0'
	}
	return (c | 0x20) - 'a' + 10
}

// appendRune appends the character beyond ASCII whose bytes are encoded at the start
// of b, and returns how many bytes of b that took, 0 if there is none.
func appendRune(dst, b []byte) ([]byte, int) {
	var raw [utf8.UTFMax]byte
	n := 0
	for n < len(raw) {
		c, ok := escaped(b, 3*n)
		if !ok || n > 0 && utf8.RuneStart(c) {
			break
		}
		raw[n] = c
		n++
	}
	r, size := utf8.DecodeRune(raw[:n])
	if n == 0 || r < 0xa0 || r == utf8.RuneError {
		return dst, 0
	}
	return append(dst, raw[:size]...), 3 * size
}
