package sink

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"friction/pipeline/score"
)

// table is how rows of one type become a base table and the views over it.
type table[R any] struct {
	name   string
	rows   func(*score.Rows) []R
	at     func(*R) int64 // time (ms) whose month is the partition; nil for a table of one partition
	fields []field[R]
	views  []view[R]
}

// view is one view of a table, as far as single rows go.
type view[R any] struct {
	name    string
	holds   func(*R) bool // nil for every row
	without []string      // fields it leaves out
}

func everyRow[R any](name string) []view[R] { return []view[R]{{name: name}} }

// inserter is a table of any row type.
type inserter interface {
	// blocks cuts the rows of all batches into inserts.
	blocks(batches []stamped, most int) iter.Seq[block]
	// lines writes the rows of one batch as NDJSON.
	lines(w io.Writer, b stamped) error
	// columns lists the stored columns as declared here.
	columns() (table string, columns []clickhouse.ColumnNameAndType)
}

// stamped is a batch with its stamp made ready.
type stamped struct {
	stamp *stamp
	rows  *score.Rows
}

// block is one insert: so many rows of one table, column by column.
type block struct {
	table   string
	columns []clickhouse.ColumnNameAndType
	values  []any
	rows    int
	token   string // the same for the same rows

	part   func(from, to int) block // some of the rows
	refuse func(why string) Refused // the first row, set aside
}

func (t *table[R]) columns() (string, []clickhouse.ColumnNameAndType) {
	var out []clickhouse.ColumnNameAndType
	for _, f := range t.fields {
		if f.fill != nil {
			out = append(out, clickhouse.ColumnNameAndType{Name: f.name, Type: f.typ})
		}
	}
	return t.name, out
}

func (t *table[R]) blocks(batches []stamped, most int) iter.Seq[block] {
	return func(yield func(block) bool) {
		rows := t.gather(batches)
		for len(rows) > 0 {
			n := t.cut(rows, most)
			if !yield(t.block(rows[:n])) {
				return
			}
			rows = rows[n:]
		}
	}
}

// gather lists the rows of all batches, in their order, or by partition when
// they span too many.
func (t *table[R]) gather(batches []stamped) []row[R] {
	var rows []row[R]
	months := map[int64]struct{}{}
	for _, b := range batches {
		list := t.rows(b.rows)
		rows = slices.Grow(rows, len(list))
		for i := range list {
			rows = append(rows, row[R]{&list[i], b.stamp})
			months[t.partition(&list[i])] = struct{}{}
		}
	}
	if len(months) > maxPartitions {
		slices.SortStableFunc(rows, func(a, b row[R]) int { return int(t.partition(a.r) - t.partition(b.r)) })
	}
	return rows
}

// cut is how many of the rows fit into one insert.
func (t *table[R]) cut(rows []row[R], most int) int {
	months := map[int64]struct{}{}
	for i := range rows[:min(most, len(rows))] {
		m := t.partition(rows[i].r)
		if _, ok := months[m]; !ok && len(months) == maxPartitions {
			return i
		}
		months[m] = struct{}{}
	}
	return min(most, len(rows))
}

func (t *table[R]) partition(r *R) int64 {
	if t.at == nil {
		return 0
	}
	return monthOf(clampTime(t.at(r)))
}

func (t *table[R]) block(rows []row[R]) block {
	b := block{table: t.name, rows: len(rows)}
	sum := newChecksum()
	for _, f := range t.fields {
		if f.fill == nil {
			continue
		}
		b.columns = append(b.columns, clickhouse.ColumnNameAndType{Name: f.name, Type: f.typ})
		b.values = append(b.values, f.fill(rows, sum))
	}
	b.token = t.name + ":" + strconv.Itoa(len(rows)) + ":" + strconv.FormatUint(sum.sum(), 16)
	b.part = func(from, to int) block { return t.block(rows[from:to]) }
	b.refuse = func(why string) Refused {
		return Refused{Stamp: rows[0].s.Stamp, Table: t.name, Line: bytes.TrimSuffix(t.line(nil, t.views[0], rows[0]), []byte("\n")), Why: why}
	}
	return b
}

// statement is the INSERT that takes the block.
func (b block) statement(database string) string {
	var s strings.Builder
	s.WriteString("INSERT INTO " + database + "." + b.table + " (")
	for i, c := range b.columns {
		if i > 0 {
			s.WriteString(", ")
		}
		s.WriteString("`" + c.Name + "`")
	}
	s.WriteString(")")
	return s.String()
}

func (t *table[R]) lines(w io.Writer, b stamped) error {
	var line []byte
	for _, v := range t.views {
		list := t.rows(b.rows)
		for i := range list {
			if v.holds != nil && !v.holds(&list[i]) {
				continue
			}
			line = t.line(line[:0], v, row[R]{&list[i], b.stamp})
			if _, err := w.Write(line); err != nil {
				return fmt.Errorf("write row of %s: %w", v.name, err)
			}
		}
	}
	return nil
}

func (t *table[R]) line(b []byte, v view[R], it row[R]) []byte {
	b = appendString(append(b, `{"table":`...), v.name)
	for _, f := range t.fields {
		if f.json == nil || slices.Contains(v.without, f.name) {
			continue
		}
		b = appendString(append(b, ','), f.name)
		b = f.json(append(b, ':'), it)
	}
	return append(b, "}\n"...)
}
