package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Scanner walks over one JSON text (RFC 8259) and validates it. Its methods take
// an index into the text and return the index after what they read, or a negative
// one when the text is not JSON there: see [Scanner.Failure].
type Scanner struct {
	text    []byte
	at      int      // where the text stopped being JSON
	want    string   // and what it should have held there
	open    []uint64 // one bit per open container in Skip: 1 for an object
	deepest int      // the deepest nesting met, the outer object being 1
	scratch []byte   // the last string that had escapes, unescaped
	beyond  uint64   // has a high bit if a string may hold a byte beyond ASCII
}

// Reset starts with a new text, which must not change while it is read.
func (s *Scanner) Reset(text []byte) {
	s.text, s.at, s.want, s.deepest, s.beyond = text, 0, "", 1, 0
}

// Failure is where the text stopped being JSON, and what was wanted there.
func (s *Scanner) Failure() (at int, want string) { return s.at, s.want }

// Depth is the deepest nesting met so far, the outermost container being 1.
func (s *Scanner) Depth() int { return s.deepest }

// MayHoldUTF8 reports whether a string read so far may hold bytes beyond ASCII. A
// text whose strings hold none needs no check of its UTF-8: outside of strings
// JSON has only ASCII.
func (s *Scanner) MayHoldUTF8() bool { return s.beyond&highBits != 0 }

// Fail notes what was wanted at i, and returns the index of a failure.
func (s *Scanner) Fail(i int, want string) int {
	s.at, s.want = i, want
	return -1
}

// SkipSpace is the index of the first byte at or after i that is no white space.
func SkipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
)

// closing finds the quote that ends the string whose first byte is b[i], and
// whether an escape comes before it. Eight bytes at a time: a byte of the mask
// is set at the first quote, backslash or control character, and no earlier.
func (s *Scanner) closing(i int) (end int, escaped bool) {
	b, seen := s.text, uint64(0)
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		seen |= w
		quote, slash := w^eachByte*'"', w^eachByte*'\\'
		mask := ((quote-eachByte)&^quote | (slash-eachByte)&^slash | (w-eachByte*' ')&^w) & highBits
		if mask != 0 {
			i += bits.TrailingZeros64(mask) >> 3
			if b[i] == '"' {
				s.beyond |= seen
				return i, false
			}
			return s.closingSlow(i)
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c >= utf8.RuneSelf {
			break
		} else if c == '"' {
			s.beyond |= seen
			return i, false
		} else if c == '\\' || c < ' ' {
			break
		}
	}
	return s.closingSlow(i)
}

// closingSlow is closing from the first byte that is not plain text.
func (s *Scanner) closingSlow(i int) (end int, escaped bool) {
	b := s.text
	s.beyond = highBits
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, true
		case c < ' ':
			return s.Fail(i, "control characters of a string escaped"), false
		case c != '\\':
			i++
		case i+1 < len(b) && b[i+1] == 'u':
			if _, ok := hex4(b, i+2); !ok {
				return s.Fail(i, `four hexadecimal digits after \u`), false
			}
			i += 6
		case i+1 < len(b) && unescaped[b[i+1]] != 0:
			i += 2
		default:
			return s.Fail(i, "a known escape"), false
		}
	}
	return s.Fail(len(b), "the end of a string"), false
}

// colon reads the colon after a member's name and the white space around it.
func (s *Scanner) colon(i int) int {
	b := s.text
	if i+1 < len(b) && b[i] == ':' && b[i+1] > ' ' {
		return i + 1
	}
	i = SkipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return s.Fail(i, `":" after a name`)
	}
	i = SkipSpace(b, i+1)
	if i >= len(b) {
		return s.Fail(i, "a value")
	}
	return i
}

// Next reads what follows an element: a comma (more is true, and the index is
// that of the next element) or the closing bracket.
func (s *Scanner) Next(i int, closing byte) (next int, more bool) {
	b := s.text
	if i < len(b) && b[i] <= ' ' {
		i = SkipSpace(b, i)
	}
	if i >= len(b) {
		return s.Fail(i, "a comma or the closing bracket"), false
	}
	switch b[i] {
	case ',':
		i++
		if i < len(b) && b[i] <= ' ' {
			i = SkipSpace(b, i)
		}
		return i, true
	case closing:
		return i + 1, false
	}
	return s.Fail(i, "a comma or the closing bracket"), false
}

// Number reads a number.
func (s *Scanner) Number(i int) int {
	b := s.text
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || b[i]-'0' > 9:
		return s.infinity(i)
	case b[i] == '0':
		i++
	default:
		i = digits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		n := digits(b, i+1)
		if n == i+1 {
			return s.Fail(n, "a digit after the point")
		}
		i = n
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digits(b, i)
		if n == i {
			return s.Fail(n, "a digit of the exponent")
		}
		i = n
	}
	return i
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// Literal reads true, false or null; also what is no JSON, but what some programs
// write: these words with capitals, None, and NaN and Infinity for a number that there
// is not.
func (s *Scanner) Literal(i int) int {
	b := s.text[i:]
	switch {
	case len(b) >= 4 && (string(b[:4]) == "true" || string(b[:4]) == "null"):
		return i + 4
	case len(b) >= 5 && string(b[:5]) == "false":
		return i + 5
	}
	for _, word := range otherLiterals {
		if bytes.HasPrefix(b, word) {
			return i + len(word)
		}
	}
	return s.Fail(i, "a value")
}

var otherLiterals = [][]byte{
	[]byte("NaN"), infinity, []byte("True"), []byte("False"), []byte("None"), []byte("TRUE"), []byte("FALSE"), []byte("NULL"), []byte("Null"),
}

var infinity = []byte("Infinity")

// infinity reads what follows the minus of a number that is none.
func (s *Scanner) infinity(i int) int {
	if i > 0 && s.text[i-1] == '-' && bytes.HasPrefix(s.text[i:], infinity) {
		return i + len(infinity)
	}
	return s.Fail(i, "a digit")
}

// Scalar reads any value but an object or array.
func (s *Scanner) Scalar(i int) int {
	if i >= len(s.text) {
		return s.Fail(i, "a value")
	}
	switch c := s.text[i]; {
	case c == '"':
		return s.SkipString(i)
	case c == '-' || c-'0' <= 9:
		return s.Number(i)
	}
	return s.Literal(i)
}

// Open steps into the object or array at i; more is false when it is empty.
func (s *Scanner) Open(i int) (next int, more bool) {
	b := s.text
	last := b[i] + 2 // ']' and '}' come two after '[' and '{'
	i++
	if i < len(b) && b[i] <= ' ' {
		i = SkipSpace(b, i)
	}
	if i < len(b) && b[i] == last {
		return i + 1, false
	}
	return i, true
}

// String reads the string that begins at i and returns its text, which is valid
// until the next string with escapes. A string of that kind is copied, any other
// lies in the scanned text.
func (s *Scanner) String(i int) (text []byte, next int) {
	end, escaped := s.closing(i + 1)
	if end < 0 {
		return nil, end
	}
	if !escaped {
		return s.text[i+1 : end], end + 1
	}
	s.scratch = unescape(s.scratch[:0], s.text[i+1:end])
	return s.scratch, end + 1
}

// SkipString reads the string that begins at i.
func (s *Scanner) SkipString(i int) int {
	end, _ := s.closing(i + 1)
	if end < 0 {
		return end
	}
	return end + 1
}

// Name reads a member's name and the colon after it. The text of the name is valid
// until the next string with escapes.
func (s *Scanner) Name(i int) (name []byte, next int) {
	if i >= len(s.text) || s.text[i] != '"' {
		return nil, s.Fail(i, "the name of a member")
	}
	if name, next = s.String(i); next < 0 {
		return nil, next
	}
	return name, s.colon(next)
}
