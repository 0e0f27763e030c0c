package adapter

import (
	"bytes"
	"strconv"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// w3c reads rows of a W3C extended log, as IIS and CloudFront write them. The line
// #Fields of a file names the columns; it may come again with others. In a topic
// each record stands alone, so the columns are configured there. A line that begins
// with # is a comment and no event.
//
// Columns stand between tabs, if a row has any, else between blanks. A cell in
// quotes may have blanks. Times are UTC, as the format wants.
type w3c struct {
	accessRules
	given   []string // columns of the configuration
	columns []w3cColumn
	hasDate bool
	date    []byte // of the line #Date, where rows have none
	entry   access
	cells   [][]byte
	buf     []byte // text that was put together
}

// w3cColumn is what a column means.
type w3cColumn uint8

const (
	w3cOther w3cColumn = iota
	w3cDate
	w3cTime
	w3cAddress
	w3cForwarded
	w3cUser
	w3cMethod
	w3cStem
	w3cQuery
	w3cURI
	w3cStatus
	w3cTook
	w3cHost
	w3cReferrer
	w3cAgent
	w3cColumnCount
)

// w3cNames are the columns that count, in lower case.
var w3cNames = map[string]w3cColumn{
	"date": w3cDate, "date-local": w3cDate, "time": w3cTime, "time-local": w3cTime,
	"c-ip": w3cAddress, "c-dns": w3cAddress, "x-forwarded-for": w3cForwarded, "cs(x-forwarded-for)": w3cForwarded,
	"cs-username": w3cUser, "cs-method": w3cMethod, "cs-uri-stem": w3cStem, "cs-uri-path": w3cStem, "cs-uri-query": w3cQuery, "cs-uri": w3cURI,
	"sc-status": w3cStatus, "time-taken": w3cTook, "timetakenms": w3cTook, "cs(host)": w3cHost, "cs-host": w3cHost,
	"cs(referer)": w3cReferrer, "cs(referrer)": w3cReferrer, "cs(user-agent)": w3cAgent,
}

func newW3C(cfg *Options) *w3c {
	l := &w3c{accessRules: newAccessRules(&cfg.AccessLog), given: cfg.Columns}
	_ = l.SetHeader(cfg.Columns) // it has no error
	return l
}

// SetHeaderLine begins a file or a part of one: text is the line #Fields, and the
// line #Date below it where the columns have no date. No text means that nothing is
// known yet.
func (l *w3c) SetHeaderLine(text []byte) error {
	line, date, _ := bytes.Cut(text, []byte("\n"))
	names := l.given
	if list, ok := bytes.CutPrefix(line, []byte("#Fields:")); ok {
		names = nil
		for name := range bytes.FieldsSeq(list) {
			names = append(names, string(name))
		}
	}
	if err := l.SetHeader(names); err != nil {
		return err
	}
	l.date, _ = word(bytes.TrimSpace(bytes.TrimPrefix(date, []byte("#Date:"))))
	l.date = bytes.Clone(l.date)
	return nil
}

// SetHeader names the columns. Those that say nothing of an event are passed over.
func (l *w3c) SetHeader(columns []string) error {
	l.columns, l.hasDate, l.date = l.columns[:0], false, nil
	for _, name := range columns {
		c := w3cNames[string(fields.AppendLower(nil, []byte(name)))]
		l.columns = append(l.columns, c)
		l.hasDate = l.hasDate || c == w3cDate
	}
	return nil
}

// Read reads one row.
func (l *w3c) Read(value []byte, b *fields.Builder) event.Rejection {
	if r := checkUTF8(value); r.Reason != event.Accepted {
		return r
	}
	switch {
	case value[0] == '#':
		return event.Rejection{Reason: event.Empty, Detail: "a comment of a W3C log"}
	case len(l.columns) == 0:
		return event.Rejection{Reason: event.Malformed, Detail: "the names of the columns are not known: want a line #Fields in front of the row, or input.columns"}
	}
	if l.split(value); len(l.cells) != len(l.columns) {
		return event.Rejection{
			Reason: event.Malformed,
			Detail: "the row has " + strconv.Itoa(len(l.cells)) + " columns: want " + strconv.Itoa(len(l.columns)) + ", as the line #Fields says",
		}
	}
	var cells [w3cColumnCount][]byte
	for i, c := range l.columns {
		if !none(l.cells[i]) && len(cells[c]) == 0 {
			cells[c] = l.cells[i]
		}
	}
	l.buf = l.buf[:0]
	l.setTime(cells[w3cDate], cells[w3cTime])
	a := &l.entry
	a.address, a.forwarded, a.user = cells[w3cAddress], l.plain(cells[w3cForwarded]), cells[w3cUser]
	a.method, a.status, a.vhost = cells[w3cMethod], cells[w3cStatus], cells[w3cHost]
	a.referrer, a.agent = cells[w3cReferrer], l.plain(cells[w3cAgent])
	a.target = l.target(&cells)
	a.took, a.unit = cells[w3cTook], fields.Milliseconds
	if bytes.IndexByte(a.took, '.') >= 0 { // of IIS milliseconds, of all others seconds
		a.unit = fields.Seconds
	}
	l.give(a, "time: want a date and a time like 2006-01-02 15:04:05, in columns date and time", b)
	return event.Rejection{}
}

// setTime puts date and time together. Without either there is none.
func (l *w3c) setTime(date, clock []byte) {
	if !l.hasDate {
		date = l.date
	}
	start := len(l.buf)
	l.buf = append(append(append(l.buf, date...), ' '), clock...)
	l.entry.time, _, l.entry.timed = l.dates.DateTime(l.buf[start:])
	l.entry.fine = fields.WithMilliseconds(clock, fields.RFC3339)
}

// target is path and query.
func (l *w3c) target(cells *[w3cColumnCount][]byte) []byte {
	path, query := cells[w3cStem], cells[w3cQuery]
	if len(path) == 0 {
		return cells[w3cURI]
	}
	if len(query) == 0 {
		return path
	}
	return l.joined(path, '?', query)
}

// joined puts two texts together.
func (l *w3c) joined(a []byte, between byte, b []byte) []byte {
	start := len(l.buf)
	l.buf = append(append(append(l.buf, a...), between), b...)
	return l.buf[start:len(l.buf):len(l.buf)]
}

// plain gives a text its blanks back: IIS writes a plus for each, CloudFront %20 or
// \x20.
func (l *w3c) plain(text []byte) []byte {
	if bytes.IndexByte(text, ' ') >= 0 {
		return text
	}
	percent, escape := bytes.IndexByte(text, '%') >= 0, bytes.IndexByte(text, '\\') >= 0
	if !percent && !escape && bytes.IndexByte(text, '+') < 0 {
		return text
	}
	start := len(l.buf)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+' && !percent && !escape:
			c = ' '
		case c == '%' && bytes.HasPrefix(text[i:], []byte("%2520")):
			c, i = ' ', i+4
		case c == '%' && bytes.HasPrefix(text[i:], []byte("%20")):
			c, i = ' ', i+2
		case c == '\\' && bytes.HasPrefix(text[i:], []byte(`\x20`)):
			c, i = ' ', i+3
		}
		l.buf = append(l.buf, c)
	}
	return l.buf[start:len(l.buf):len(l.buf)]
}

// split cuts a row into cells. After a quote that nothing closes the others are text, too, so that the rest of the row
// is not searched again and again.
func (l *w3c) split(row []byte) {
	l.cells = l.cells[:0]
	quotes := true
	separator := byte(' ')
	if bytes.IndexByte(row, '\t') >= 0 {
		separator = '\t'
	}
	for i := 0; i <= len(row); i++ {
		if separator == ' ' && i < len(row) && row[i] == ' ' {
			continue
		}
		if separator == ' ' && i == len(row) {
			break
		}
		if quotes && i < len(row) && row[i] == '"' {
			cell, next := quotedCell(row, i+1, separator)
			if quotes = next > 0; quotes {
				l.cells = append(l.cells, cell)
				i = next
				continue
			}
		}
		n := bytes.IndexByte(row[i:], separator)
		if n < 0 {
			n = len(row) - i
		}
		l.cells = append(l.cells, row[i:i+n])
		i += n
	}
}

// quotedCell reads a cell up to the quote that ends it; next is 0 if none does. A
// quote inside, written twice, stays as it is.
func quotedCell(row []byte, i int, separator byte) (cell []byte, next int) {
	for end := i; end < len(row); end++ {
		if row[end] != '"' {
			continue
		}
		switch {
		case end+1 == len(row) || row[end+1] == separator:
			return row[i:end], end + 1
		case row[end+1] == '"':
			end++
		}
	}
	return nil, 0
}
