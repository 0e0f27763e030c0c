package files

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// values cuts a text of JSON values into records: the elements of one array, or
// objects that are spread over several lines. A record begins at a brace and ends
// at the brace that closes it. Anything else between them is a record of its own,
// up to the end of its line, so that it is rejected and counted.
type values struct {
	in     *bufio.Reader
	array  bool // the text is arrays of objects
	inside bool // an array has begun
}

// newValues returns nil where each line is a record of its own.
func newValues(in *bufio.Reader) *values {
	head, _ := in.Peek(readSize)
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return nil
	}
	if text[0] == '[' {
		_, _ = in.Discard(len(head) - len(text) + 1) // it is in the buffer
		return &values{in: in, array: true, inside: true}
	}
	line, rest, more := bytes.Cut(text, []byte("\n"))
	isNext := bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{")) // then the line is a record that was cut
	if more && text[0] == '{' && isOpen(line) && !isNext {
		return &values{in: in}
	}
	return nil
}

// isOpen reports whether a line ends inside an object.
func isOpen(line []byte) bool {
	var n nesting
	for _, c := range line {
		n.step(c)
	}
	return n.depth > 0 && !n.quoted
}

// nesting follows braces, brackets and strings.
type nesting struct {
	depth           int
	quoted, escaped bool
}

// step takes the next byte.
func (n *nesting) step(c byte) {
	switch {
	case n.escaped:
		n.escaped = false
	case n.quoted:
		n.escaped = c == '\\'
		n.quoted = c != '"'
	case c == '"':
		n.quoted = true
	case c == '{' || c == '[':
		n.depth++
	case c == '}' || c == ']':
		n.depth--
	}
}

// next appends the next value to into. size is its length in bytes, which is
// larger than max if it was too long to hold. before and within are the line
// breaks in front of it and inside it.
func (v *values) next(into []byte, maxBytes int) (value []byte, size int, before, within int64, err error) {
	c, before, err := v.skip()
	if err != nil {
		return into, 0, before, 0, err
	}
	if c != '{' && c != '[' {
		value, size, err = v.line(into, c, maxBytes)
		return value, size, before, 1, err
	}
	var n nesting
	for {
		n.step(c)
		if size++; size <= maxBytes {
			into = append(into, c)
		}
		if n.depth == 0 {
			break
		}
		if c, err = v.in.ReadByte(); errors.Is(err, io.EOF) {
			break // the file was cut: what there is will be rejected
		} else if err != nil {
			return into, size, before, within, err
		}
		if c == '\n' {
			within++
		}
	}
	if size > maxBytes {
		into = into[:0]
	}
	return into, size, before, within, nil
}

// skip reads white space and the commas between elements, and returns the first
// byte after them.
func (v *values) skip() (c byte, breaks int64, err error) {
	for {
		if c, err = v.in.ReadByte(); err != nil {
			return 0, breaks, err
		}
		switch {
		case c == '\n':
			breaks++
		case c == ' ' || c == '\t' || c == '\r' || c == ',':
		case c == '[' && v.array && !v.inside:
			v.inside = true
		case c == ']' && v.inside:
			v.inside = false
		default:
			return c, breaks, nil
		}
	}
}

// line reads what is no value up to the end of its line.
func (v *values) line(into []byte, first byte, maxBytes int) ([]byte, int, error) {
	into, size := append(into, first), 1
	for {
		c, err := v.in.ReadByte()
		if errors.Is(err, io.EOF) || err == nil && c == '\n' {
			break
		}
		if err != nil {
			return into, size, err
		}
		if size++; size <= maxBytes {
			into = append(into, c)
		}
	}
	if size > maxBytes {
		into = into[:0]
	}
	return into, size, nil
}
