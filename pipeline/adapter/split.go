package adapter

import "bytes"

// split cuts one record into t.cells. If it is no record it returns where it
// stopped, and what was wanted there.
//
// A quote opens a cell only as its first character; anywhere else it is text, such
// as the mark of inches. Blanks behind the quote that closes a cell are nothing;
// other text there belongs to the cell, and counts in t.slips.
func (t *table) split(b []byte) (at int, want string) {
	t.cells, t.buf, t.slips = t.cells[:0], t.buf[:0], 0
	for i := 0; ; i++ {
		if t.quotes && i < len(b) && b[i] == '"' {
			cell, next := t.quoted(b, i+1)
			if next < 0 {
				return len(b), "a closing quote"
			}
			if next < len(b) && b[next] != t.delimiter {
				if cell, next = t.afterQuote(cell, b, next); next < 0 {
					return len(b), "a delimiter after the closing quote"
				}
			}
			t.cells = append(t.cells, cell)
			i = next
		} else {
			start := i
			for i < len(b) && b[i] != t.delimiter {
				if b[i] == '\n' {
					return i, "no line break in a cell without quotes"
				}
				i++
			}
			t.cells = append(t.cells, b[start:i])
		}
		if i == len(b) {
			return 0, ""
		}
	}
}

// afterQuote reads what stands between the quote that closed a cell and the next
// delimiter; next is -1 if a line ends there and the record does not.
func (t *table) afterQuote(cell, b []byte, i int) (whole []byte, next int) {
	end := bytes.IndexByte(b[i:], t.delimiter)
	if end < 0 {
		end = len(b) - i
	}
	rest := b[i : i+end]
	switch {
	case bytes.IndexByte(rest, '\n') >= 0:
		return nil, -1
	case len(bytes.Trim(rest, " \t\r")) == 0:
		return cell, i + end
	}
	t.slips++
	start := len(t.buf)
	t.buf = append(append(t.buf, cell...), rest...)
	return t.buf[start:len(t.buf):len(t.buf)], i + end
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

// Opens reports whether a line of a CSV file ends inside a quoted cell, so that the
// record goes on in the next line; inside says that the line begins in one.
func (t *table) Opens(line []byte, inside bool) bool {
	if !t.quotes || bytes.IndexByte(line, '"') < 0 {
		return inside
	}
	first := !inside // the next byte is the first of a cell
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case inside && c == '"' && i+1 < len(line) && line[i+1] == '"':
			i++
		case c == '"' && (inside || first):
			inside = !inside
		}
		first = !inside && c == t.delimiter
	}
	return inside
}

// Whole reports whether lines that were joined because of a quote are one record:
// every quote that closes a cell is followed by a delimiter, and there are not more
// cells than columns. Otherwise the quote was a slip of the first line.
func (t *table) Whole(record []byte) bool {
	_, want := t.split(record)
	return want == "" && t.slips == 0 && (t.columns == 0 || len(t.cells) <= t.columns)
}
