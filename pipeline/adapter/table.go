package adapter

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"friction/pipeline/fields"
)

// table reads rows of CSV or TSV as a map says.
type table struct {
	delimiter byte // of the file being read
	given     byte // of the configuration
	quotes    bool
	plain     []assignment // fields of the event itself
	parts     [fields.Count][]assignment
	star      bool

	columns int // 0 before the header is known
	attrs   []attrColumn
	cells   [][]byte
	buf     []byte // cells that had doubled quotes
	slips   int    // cells with text behind their closing quote
	joined  []byte
	raw     []byte // parts of an object

	dates fields.Dates
	objects
}

// attrColumn becomes an attribute because the map does not name it.
type attrColumn struct {
	name  string
	index int
}

// newTable reads the map; the names of the columns may come later.
func newTable(cfg *Options) (*table, error) {
	t := &table{delimiter: ',', quotes: true, objects: newObjects()}
	if cfg.Format == TSV {
		t.delimiter, t.quotes = '\t', false
	}
	switch {
	case len(cfg.Delimiter) > 1 || strings.ContainsAny(cfg.Delimiter, "\"\r\n") || cfg.Delimiter >= "\x80":
		return nil, fmt.Errorf("delimiter: %q: want one ASCII character, no quote and no end of line", cfg.Delimiter)
	case cfg.Delimiter != "":
		t.delimiter = cfg.Delimiter[0]
	}
	t.given = t.delimiter
	list, star, err := parseMap(cfg.Map, cfg.Zones)
	if err != nil {
		return nil, err
	}
	t.star = star
	for _, a := range list {
		if a.part != "" {
			t.parts[a.field] = append(t.parts[a.field], a)
			continue
		}
		t.plain = append(t.plain, a)
	}
	if len(cfg.Columns) > 0 {
		if err := t.SetHeader(cfg.Columns); err != nil {
			return nil, fmt.Errorf("columns: %w", err)
		}
	}
	return t, nil
}

// SetHeaderLine begins a file: text is a line sep=, if the file has one, and the
// header behind it, if the columns are not configured. Without a line sep= the
// delimiter is the configured one again. No text does only that.
func (t *table) SetHeaderLine(text []byte) error {
	t.delimiter = t.given
	sep := SepLine(text)
	if sep > 0 {
		t.delimiter = text[bytes.IndexByte(text, '=')+1]
	}
	line := bytes.TrimPrefix(WithoutLineEnd(text[sep:]), []byte("\ufeff"))
	if len(line) == 0 {
		return nil
	}
	if at, want := t.split(line); want != "" {
		return fmt.Errorf("read header: at byte %d: want %s", at, want)
	}
	columns := make([]string, len(t.cells))
	for i, cell := range t.cells {
		columns[i] = string(bytes.TrimSpace(cell))
	}
	err := t.SetHeader(columns)
	if hint := t.hint(line, 0); err != nil && hint != "" {
		return fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

// SepLine is the length of the line "sep=;" that some programs put in front of a
// CSV file to say what its delimiter is, with its end; 0 where there is none.
func SepLine(text []byte) int {
	line, _, more := bytes.Cut(text, []byte("\n"))
	size := len(line)
	if more {
		size++
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 7 && line[0] == '"' && line[6] == '"' {
		line = line[1:6]
	}
	if len(line) != 5 || !bytes.EqualFold(line[:4], []byte("sep=")) || line[4] >= 0x80 || line[4] == '"' {
		return 0
	}
	return size
}

// hint says which delimiter a line seems to have if that is not the one in force:
// the line has one cell, and another delimiter comes in it, as often as wanted
// unless that is 0.
func (t *table) hint(line []byte, wanted int) string {
	if len(t.cells) != 1 {
		return ""
	}
	best, most := byte(0), 0
	for _, c := range []byte(",;\t|") {
		if n := bytes.Count(line, []byte{c}); n > most && (wanted == 0 || n == wanted) {
			best, most = c, n
		}
	}
	switch {
	case best == 0:
		return ""
	case best == '\t' && t.quotes:
		return "the line has tabs: want format tsv, or --set input.delimiter=$'\\t' where cells are quoted"
	}
	return fmt.Sprintf("the line has %q %d times: is that the delimiter? Set it with --set input.delimiter='%c'", string(best), most, best)
}

// SetHeader names the columns. The error names a column of the map that is not
// there.
func (t *table) SetHeader(columns []string) error {
	if len(columns) == 0 {
		return errors.New("header: it is empty: want the names of the columns")
	}
	t.columns, t.attrs = 0, nil // until all columns of the map are found
	named := make([]bool, len(columns))
	lists := append([][]assignment{t.plain}, t.parts[:]...)
	for _, list := range lists {
		for i := range list {
			for j := range list[i].terms {
				term := &list[i].terms[j]
				if term.column == "" {
					continue
				}
				if term.index = slices.Index(columns, term.column); term.index < 0 {
					return fmt.Errorf("map: at character %d: no column %q: the header has %q", term.at, term.column, columns)
				}
				if slices.Contains(columns[term.index+1:], term.column) {
					return fmt.Errorf("map: at character %d: the header has two columns %q", term.at, term.column)
				}
				named[term.index] = true
			}
		}
	}
	for i, name := range columns {
		if t.star && !named[i] && name != "" {
			t.attrs = append(t.attrs, attrColumn{name, i})
		}
	}
	t.columns = len(columns)
	return nil
}
