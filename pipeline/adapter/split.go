package adapter

import "bytes"

// split cuts one record into t.cells. If it is no record it returns where it
// stopped, and what was wanted there.
func (t *table) split(b []byte) (at int, want string) {
	t.cells, t.buf = t.cells[:0], t.buf[:0]
	for i := 0; ; i++ {
		if t.quotes && i < len(b) && b[i] == '"' {
			cell, next := t.quoted(b, i+1)
			if next < 0 {
				return len(b), "a closing quote"
			}
			t.cells = append(t.cells, cell)
			i = next
		} else {
			start := i
			for i < len(b) && b[i] != t.delimiter {
				if b[i] == '\n' || t.quotes && b[i] == '"' {
					return i, "no line break and no quote in a cell without quotes"
				}
				i++
			}
			t.cells = append(t.cells, b[start:i])
		}
		if i == len(b) {
			return 0, ""
		}
		if b[i] != t.delimiter {
			return i, "a delimiter after the closing quote"
		}
	}
}

// quoted reads a cell up to its closing quote; next is -1 when there is none.
func (t *table) quoted(b []byte, i int) (cell []byte, next int) {
	n := bytes.IndexByte(b[i:], '"')
	if n < 0 {
		return nil, -1
	}
	if end := i + n; end+1 >= len(b) || b[end+1] != '"' {
		return b[i:end], end + 1
	}
	start := len(t.buf)
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return nil, -1
		}
		t.buf = append(t.buf, b[i:i+n]...)
		i += n + 1
		if i >= len(b) || b[i] != '"' {
			return t.buf[start:len(t.buf):len(t.buf)], i
		}
		t.buf = append(t.buf, '"')
		i++
	}
}
