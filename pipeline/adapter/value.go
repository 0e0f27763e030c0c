package adapter

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/event"
)

// malformed rejects a value that is not of its format at a byte.
func malformed(at int, want string) event.Rejection {
	return event.Rejection{Reason: event.Malformed, Detail: fmt.Sprintf("at byte %d: want %s", at, want)}
}

// checkUTF8 rejects a value that is not UTF-8; it is then mended, and read again.
func checkUTF8(value []byte) event.Rejection {
	if utf8.Valid(value) {
		return event.Rejection{}
	}
	return event.Rejection{Reason: event.InvalidUTF8, Detail: "at byte " + strconv.Itoa(validPrefix(value))}
}

// validPrefix is the length of b before the first byte that is not UTF-8.
func validPrefix(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// WithoutLineEnd removes the end of a line.
func WithoutLineEnd(value []byte) []byte {
	value = bytes.TrimSuffix(value, []byte("\n"))
	return bytes.TrimSuffix(value, []byte("\r"))
}
