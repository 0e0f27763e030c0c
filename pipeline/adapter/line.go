package adapter

import "bytes"

// lineScanner walks over one line of an access log. Its methods take an index into
// the line and return the index after what they read, or a negative one when the
// line is not as wanted; given a negative index they do nothing.
type lineScanner struct {
	b    []byte
	at   int    // where the line is not as wanted
	want string // and what was wanted there
}

func (l *lineScanner) fail(i int, want string) int {
	l.at, l.want = i, want
	return -1
}

// upTo reads up to the next byte c and over it.
func (l *lineScanner) upTo(i int, c byte, want string) (field []byte, next int) {
	if i < 0 {
		return nil, i
	}
	n := bytes.IndexByte(l.b[i:], c)
	if n <= 0 {
		return nil, l.fail(i, want)
	}
	return l.b[i : i+n], i + n + 1
}

func (l *lineScanner) literal(i int, c byte, want string) int {
	if i < 0 {
		return i
	}
	if i >= len(l.b) || l.b[i] != c {
		return l.fail(i, want)
	}
	return i + 1
}

func (l *lineScanner) bracketed(i int) (field []byte, next int) {
	if i = l.literal(i, '[', "a time in brackets"); i < 0 {
		return nil, i
	}
	return l.upTo(i, ']', "a time in brackets")
}

// token reads bytes other than a space, at least one.
func (l *lineScanner) token(i int, want string) int {
	if i < 0 {
		return i
	}
	n := bytes.IndexByte(l.b[i:], ' ')
	if n < 0 {
		n = len(l.b) - i
	}
	if n == 0 {
		return l.fail(i, want)
	}
	return i + n
}

// quotedField reads text in quotes. Servers write a quote inside it as \", and
// other bytes as \xhh, which stays as it is. With open the end of the line will do
// for the closing quote.
func (l *lineScanner) quotedField(i int, want string, open bool) (field []byte, next int) {
	if i = l.literal(i, '"', want); i < 0 {
		return nil, i
	}
	escaped := false
	for end := i; end < len(l.b); end++ {
		switch l.b[end] {
		case '"':
			if escaped {
				return unquoteField(l.b[i:end]), end + 1
			}
			return l.b[i:end], end + 1
		case '\\':
			escaped = escaped || end+1 < len(l.b) && (l.b[end+1] == '"' || l.b[end+1] == '\\')
			end++
		}
	}
	if open {
		return unquoteField(l.b[i:]), len(l.b)
	}
	return nil, l.fail(len(l.b), want)
}

// unquoteField removes the backslash from \" and \\. Such fields are rare enough
// to be copied.
func unquoteField(b []byte) []byte {
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i++
		}
		text = append(text, b[i])
	}
	return text
}
