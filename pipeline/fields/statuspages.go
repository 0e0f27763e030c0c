package fields

import "bytes"

// isStatusPage reports whether a segment behind the path so far is the number of an
// error that a page is about, and no id: /404, /500.html, /en/404, /error/503.
func isStatusPage(path, segment []byte) bool {
	stem, _, _ := bytes.Cut(segment, []byte("."))
	if len(stem) != 3 || !isErrorStatus(stem) {
		return false
	}
	path = bytes.TrimSuffix(path, slashes[:1])
	parent := path[bytes.LastIndexByte(path, '/')+1:]
	switch string(parent) {
	case "", "error", "errors", "status", "http":
		return true
	}
	return isLocale(parent)
}

// isErrorStatus reports whether three digits are a status of a failure that HTTP knows.
func isErrorStatus(b []byte) bool {
	n := 100*int(b[0]-'0') + int(two(b[1:]))
	switch {
	case digits(b, 0) != 3:
		return false
	case n >= 400 && n <= 418, n >= 421 && n <= 426, n == 428, n == 429, n == 431, n == 451, n >= 500 && n <= 508, n == 510, n == 511:
		return true
	}
	return false
}

// isLocale reports whether b is a language, or a language and a region: en, pt-br.
func isLocale(b []byte) bool {
	n := letters(b)
	return n == 2 && (len(b) == 2 || len(b) == 5 && (b[2] == '-' || b[2] == '_') && letters(b[3:]) == 2)
}
