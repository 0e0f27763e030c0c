package decode

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// scanner walks over one JSON text (RFC 8259) and validates it. Its methods take
// an index into the text and return the index after what they read, or a
// negative one after [scanner.fail].
type scanner struct {
	b       []byte
	at      int      // where the text stopped being JSON
	want    string   // and what it should have held there
	nested  []uint64 // one bit per open container in skip: 1 for an object
	deepest int      // the deepest nesting met, the outer object being 1
	scratch []byte   // the last string that had escapes, unescaped
	beyond  uint64   // has a high bit if a string may hold a byte beyond ASCII
}

func (s *scanner) reset(b []byte) {
	s.b, s.at, s.want, s.deepest, s.beyond = b, 0, "", 1, 0
}

func (s *scanner) fail(i int, want string) int {
	s.at, s.want = i, want
	return -1
}

// space is the index of the first byte at or after i that is no white space.
func space(b []byte, i int) int {
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
func (s *scanner) closing(i int) (end int, escaped bool) {
	b, seen := s.b, uint64(0)
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
func (s *scanner) closingSlow(i int) (end int, escaped bool) {
	b := s.b
	s.beyond = highBits
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			return i, true
		case c < ' ':
			return s.fail(i, "control characters of a string escaped"), false
		case c != '\\':
			i++
		case i+1 < len(b) && b[i+1] == 'u':
			if _, ok := hex4(b, i+2); !ok {
				return s.fail(i, `four hexadecimal digits after \u`), false
			}
			i += 6
		case i+1 < len(b) && unescaped[b[i+1]] != 0:
			i += 2
		default:
			return s.fail(i, "a known escape"), false
		}
	}
	return s.fail(len(b), "the end of a string"), false
}

// colon reads the colon after a member's name and the white space around it.
func (s *scanner) colon(i int) int {
	b := s.b
	if i+1 < len(b) && b[i] == ':' && b[i+1] > ' ' {
		return i + 1
	}
	i = space(b, i)
	if i >= len(b) || b[i] != ':' {
		return s.fail(i, `":" after a name`)
	}
	i = space(b, i+1)
	if i >= len(b) {
		return s.fail(i, "a value")
	}
	return i
}

// more reads what follows an element: a comma (more is true, and the index is
// that of the next element) or the closing bracket.
func (s *scanner) more(i int, closing byte) (next int, more bool) {
	b := s.b
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	if i >= len(b) {
		return s.fail(i, "a comma or the closing bracket"), false
	}
	switch b[i] {
	case ',':
		i++
		if i < len(b) && b[i] <= ' ' {
			i = space(b, i)
		}
		return i, true
	case closing:
		return i + 1, false
	}
	return s.fail(i, "a comma or the closing bracket"), false
}

// number reads a number.
func (s *scanner) number(i int) int {
	b := s.b
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || b[i]-'0' > 9:
		return s.fail(i, "a digit")
	case b[i] == '0':
		i++
	default:
		i = digits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		n := digits(b, i+1)
		if n == i+1 {
			return s.fail(n, "a digit after the point")
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
			return s.fail(n, "a digit of the exponent")
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

// word reads true, false or null.
func (s *scanner) word(i int) int {
	b := s.b[i:]
	switch {
	case len(b) >= 4 && (string(b[:4]) == "true" || string(b[:4]) == "null"):
		return i + 4
	case len(b) >= 5 && string(b[:5]) == "false":
		return i + 5
	}
	return s.fail(i, "a value")
}

// scalar reads any value but an object or array.
func (s *scanner) scalar(i int) int {
	if i >= len(s.b) {
		return s.fail(i, "a value")
	}
	switch c := s.b[i]; {
	case c == '"':
		end, _ := s.closing(i + 1)
		if end < 0 {
			return end
		}
		return end + 1
	case c == '-' || c-'0' <= 9:
		return s.number(i)
	}
	return s.word(i)
}

// enter steps into the object or array at i; more is false when it is empty.
func (s *scanner) enter(i int) (next int, more bool) {
	b := s.b
	last := b[i] + 2 // ']' and '}' come two after '[' and '{'
	i++
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	if i < len(b) && b[i] == last {
		return i + 1, false
	}
	return i, true
}

// text is the string in b[i:end]; it is valid until the next string with escapes.
func (s *scanner) text(i, end int, escaped bool) []byte {
	if !escaped {
		return s.b[i:end]
	}
	s.scratch = unescape(s.scratch[:0], s.b[i:end])
	return s.scratch
}
