package query

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"friction/pipeline/waiting"
)

// Answer is a table of any question, to be shown to people or written as JSON and CSV.
type Answer struct {
	Columns []string
	// Rows hold a Go value for each column: strings, numbers, bool, time.Time, uuid.UUID, maps, slices, nil for NULL.
	Rows [][]any
}

// Ask reads the answer to any question; columns have the names of the view's.
func (r *Reader) Ask(ctx context.Context, q Question) (answer *Answer, err error) {
	sql, err := q.SQL(r.database)
	if err != nil {
		return nil, err
	}
	ctx, wait := waiting.Begin(ctx, r.name, "the answer")
	defer func() { err = wait.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	rows, err := r.conn.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("ask ClickHouse: %w", err)
	}
	defer rows.Close()
	a := &Answer{Columns: rows.Columns()}
	types := rows.ColumnTypes()
	for rows.Next() {
		targets := make([]any, len(types))
		for i, t := range types {
			targets[i] = reflect.New(t.ScanType()).Interface()
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, fmt.Errorf("read an answer of ClickHouse: %w", err)
		}
		for i := range targets {
			targets[i] = plain(targets[i])
		}
		a.Rows = append(a.Rows, targets)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read an answer of ClickHouse: %w", err)
	}
	return a, nil
}

// plain takes the pointers off a value; nil pointers are nil.
func plain(v any) any {
	x := reflect.ValueOf(v)
	for x.Kind() == reflect.Pointer {
		if x.IsNil() {
			return nil
		}
		x = x.Elem()
	}
	return x.Interface()
}

// Column is the index of a column, -1 for none of that name.
func (a *Answer) Column(name string) int {
	for i, c := range a.Columns {
		if strings.EqualFold(c, name) {
			return i
		}
	}
	return -1
}
