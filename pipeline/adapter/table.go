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
	delimiter byte
	quotes    bool
	plain     []assignment // fields of the event itself
	parts     [fields.Count][]assignment
	star      bool
	wantTime  string

	columns int // 0 before the header is known
	attrs   []attrColumn
	cells   [][]byte
	buf     []byte // cells that had doubled quotes
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
	list, star, err := parseMap(cfg.Map)
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
		if a.field == fields.Time {
			t.wantTime = a.unit.WantTime()
		}
	}
	if len(cfg.Columns) > 0 {
		if err := t.SetHeader(cfg.Columns); err != nil {
			return nil, fmt.Errorf("columns: %w", err)
		}
	}
	return t, nil
}

// SetHeaderLine names the columns by the first line of a file.
func (t *table) SetHeaderLine(line []byte) error {
	line = bytes.TrimPrefix(WithoutLineEnd(line), []byte("\ufeff"))
	if at, want := t.split(line); want != "" {
		return fmt.Errorf("read header: at byte %d: want %s", at, want)
	}
	columns := make([]string, len(t.cells))
	for i, cell := range t.cells {
		columns[i] = string(cell)
	}
	return t.SetHeader(columns)
}

// Continues reports whether a line of a CSV file ends inside quotes, so that the
// record goes on in the next line.
func (t *table) Continues(line []byte) bool {
	return t.quotes && bytes.Count(line, []byte(`"`))%2 == 1
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
