package adapter

import (
	"bytes"

	"friction/pipeline/fields"
)

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

// findTime returns the indexes of the brackets around the time: the first ones with
// a date inside and a quote behind, which no name of a user can have, because
// servers escape it; else the first ones at all.
func (l *lineScanner) findTime() (open, end int) {
	first, last := -1, -1
	for i := 0; ; i++ {
		n := bytes.IndexByte(l.b[i:], '[')
		if n < 0 {
			break
		}
		i += n
		end := bytes.IndexByte(l.b[i:min(i+longestStamp, len(l.b))], ']')
		if end < 0 {
			continue
		}
		end += i
		if first < 0 {
			first, last = i, end
		}
		inside := l.b[i+1 : end]
		dated := len(inside) >= 19 && (inside[2] == '/' && inside[6] == '/' || inside[4] == '-' && inside[7] == '-')
		if behind := l.blanks(end + 1); dated && behind < len(l.b) && l.b[behind] == '"' {
			return i, end
		} else if dated && (first == i || !l.isDated(first)) {
			first, last = i, end
		}
	}
	if last < 0 {
		return 0, l.fail(max(first, 0), "a time in brackets")
	}
	return first, last
}

// longestStamp is the most bytes that a time has with its brackets.
const longestStamp = 64

// isDated reports whether a bracket opens a date.
func (l *lineScanner) isDated(open int) bool {
	return open+7 < len(l.b) && l.b[open+3] == '/' && l.b[open+7] == '/'
}

// blanks is the index of the first byte at or after i that is no blank.
func (l *lineScanner) blanks(i int) int {
	for i >= 0 && i < len(l.b) && (l.b[i] == ' ' || l.b[i] == '\t') {
		i++
	}
	return i
}

// token reads bytes other than a blank, at least one.
func (l *lineScanner) token(i int, want string) (text []byte, next int) {
	if i < 0 {
		return nil, i
	}
	n := bytes.IndexByte(l.b[i:], ' ')
	if n < 0 {
		n = len(l.b) - i
	}
	if n == 0 {
		return nil, l.fail(i, want)
	}
	return l.b[i : i+n], i + n
}

// quote is the index of the next quote behind words without quotes.
func (l *lineScanner) quote(i int) int {
	for i = l.blanks(i); i < len(l.b) && l.b[i] != '"'; i = l.blanks(i) {
		if _, i = l.token(i, ""); i < 0 {
			return len(l.b)
		}
	}
	return i
}

// request reads the request, in quotes, behind words without quotes if there are any.
func (l *lineScanner) request(i int) (field []byte, next int) {
	start := l.blanks(i)
	if i = l.quote(i); i >= len(l.b) {
		return nil, l.fail(start, "a request in quotes")
	}
	return l.quoted(i, beforeStatus, false)
}

// What follows a quote that ends a field: a quote that a client sent may stand
// inside, since not every server escapes it.

func beforeBlank(rest []byte) bool { return len(rest) == 0 || rest[0] == ' ' }

func beforeStatus(rest []byte) bool {
	text := bytes.TrimLeft(rest, " ")
	return len(text) < len(rest) && len(text) > 0 && (fields.IsDigit(text[0]) || text[0] == '-')
}

// quoted reads text in quotes up to the first quote that closes says is the last
// one, or if there is none up to the first one before a blank. Servers write a
// quote inside it as \", and other bytes as \xhh, which stays as it is. With open
// the end of the line will do for the closing quote.
func (l *lineScanner) quoted(i int, closes func(rest []byte) bool, open bool) (field []byte, next int) {
	if i < 0 || i >= len(l.b) || l.b[i] != '"' {
		return nil, i
	}
	i++
	escaped, fallback := false, -1
	for end := i; end < len(l.b); end++ {
		switch l.b[end] {
		case '"':
			if closes(l.b[end+1:]) {
				return unquoted(l.b[i:end], escaped), end + 1
			}
			if fallback < 0 && beforeBlank(l.b[end+1:]) {
				fallback = end
			}
		case '\\':
			escaped = escaped || end+1 < len(l.b) && (l.b[end+1] == '"' || l.b[end+1] == '\\')
			end++
		}
	}
	switch {
	case fallback >= 0:
		return unquoted(l.b[i:fallback], escaped), fallback + 1
	case open:
		return unquoted(l.b[i:], escaped), len(l.b)
	}
	return nil, l.fail(len(l.b), "the quote that ends the request, and a status")
}

// unquoted removes the backslash from \" and \\. Such fields are rare enough to be
// copied.
func unquoted(b []byte, escaped bool) []byte {
	if !escaped {
		return b
	}
	text := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && (b[i+1] == '"' || b[i+1] == '\\') {
			i++
		}
		text = append(text, b[i])
	}
	return text
}
