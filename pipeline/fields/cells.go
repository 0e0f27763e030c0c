package fields

import "bytes"

// trim removes the blanks around b.
func trim(b []byte) []byte {
	if len(b) == 0 || b[0] > ' ' && b[len(b)-1] > ' ' {
		return b
	}
	return bytes.TrimSpace(b)
}

// longestWord is that of the words below.
const longestWord = len("undefined")

// lower returns b without the blanks around it and in lower case, in dst; "" if it is
// longer than any word that is looked for.
func lower(dst []byte, b []byte) []byte {
	if b = trim(b); len(b) > longestWord {
		return nil
	}
	return AppendLower(dst, b)
}

// isNoValue reports whether text is one of the ways in which programs write that a
// number, a time, or a yes or no is not known.
func isNoValue(text []byte) bool {
	if b := trim(text); len(b) == 0 || len(b) == 1 && b[0] == '-' {
		return true
	}
	var word [longestWord]byte
	switch string(lower(word[:0], text)) {
	case `\n`, "nan", "null", "none", "nil", "n/a", "na", "undefined", "(null)":
		return true
	}
	return false
}

// parseBool reads a yes or no as programs write it.
func parseBool(text []byte) (v, ok bool) {
	var word [longestWord]byte
	switch string(lower(word[:0], text)) {
	case "true", "1", "t", "yes", "y", "on", "1.0":
		return true, true
	case "false", "0", "f", "no", "n", "off", "0.0":
		return false, true
	}
	return false, false
}

// withoutPhrase is the number of a status that has its phrase behind it: "404 Not Found".
func withoutPhrase(status []byte) []byte {
	if b := trim(status); len(b) > 4 && b[3] == ' ' && IsLetter(b[4]) {
		return b[:3]
	}
	return status
}
