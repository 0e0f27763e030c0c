package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"friction/pipeline/query"
)

// writeAnswer writes an answer for people: columns aligned, numbers to the right, units in words, columns of which no row
// has anything left out.
func writeAnswer(w io.Writer, a *query.Answer) error {
	if len(a.Rows) == 0 {
		return nil
	}
	var grid [][]string
	var right []bool
	for i, name := range a.Columns {
		column, numbers := []string{heading(name)}, true
		for _, row := range a.Rows {
			column = append(column, cell(name, row[i]))
			numbers = numbers && isNumber(row[i])
		}
		if slices.ContainsFunc(column[1:], func(s string) bool { return s != "" && s != "-" && (s != "0" || !rare[name]) }) {
			grid, right = append(grid, column), append(right, numbers)
		}
	}
	for line := range len(a.Rows) + 1 {
		var b strings.Builder
		for i, column := range grid {
			width := 0
			for _, s := range column {
				width = max(width, utf8.RuneCountInString(s))
			}
			text, pad := column[line], strings.Repeat(" ", width-utf8.RuneCountInString(column[line]))
			if right[i] {
				text, pad = pad+text, ""
			}
			b.WriteString(text + pad + "  ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	}
	return nil
}

// rare are columns that are left out when all is 0.
var rare = map[string]bool{"excluded": true, "undecided": true, "exits": true, "unmatched": true, "back": true, "stalled": true, "open": true}

// heading is a column's name for people.
func heading(name string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSuffix(name, "_ms"), "_", " "))
}

func isNumber(v any) bool {
	if v == nil {
		return true
	}
	switch reflect.TypeOf(v).Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64, reflect.Float32, reflect.Float64:
		return true
	default:
		return false
	}
}

// cell is one value for people; the name of its column says in which unit it is.
func cell(name string, v any) string {
	switch x := v.(type) {
	case nil:
		return "-"
	case bool:
		if x {
			return "yes"
		}
		return ""
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05")
	case []string:
		return strings.Join(x, ", ")
	case []time.Time:
		return perStep(x, func(t time.Time) string { return t.UTC().Format(time.TimeOnly) }, func(t time.Time) bool { return t.Unix() > 0 })
	case []uuid.UUID:
		return perStep(x, uuid.UUID.String, func(id uuid.UUID) bool { return id != uuid.Nil })
	case map[string]uint64:
		return counted(x)
	case map[string]string:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if x[k] != "" {
				all = append(all, k+"="+x[k])
			}
		}
		return strings.Join(all, " ")
	}
	if n, ok := number(v); ok {
		return figure(name, n, v)
	}
	return fmt.Sprint(v)
}

// perStep lists values that follow each other, each once in a row, without those of steps that were not reached.
func perStep[T comparable](all []T, show func(T) string, reached func(T) bool) string {
	var texts []string
	for _, v := range slices.Compact(slices.Clone(all)) {
		if reached(v) {
			texts = append(texts, show(v))
		}
	}
	return strings.Join(texts, " ")
}

// counted lists counts, the most first.
func counted(m map[string]uint64) string {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	var all []string
	for _, k := range keys {
		if m[k] > 0 {
			all = append(all, fmt.Sprintf("%s %d", k, m[k]))
		}
	}
	return strings.Join(all, ", ")
}

func number(v any) (float64, bool) {
	x := reflect.ValueOf(v)
	switch {
	case x.CanFloat():
		return x.Float(), true
	case x.CanInt():
		return float64(x.Int()), true
	case x.CanUint():
		return float64(x.Uint()), true
	}
	return 0, false
}

func figure(name string, n float64, v any) string {
	switch {
	case strings.HasSuffix(name, "_ms"):
		return span(n)
	case strings.HasPrefix(name, "of_"), strings.HasSuffix(name, "share"), strings.HasSuffix(name, "_rate"):
		return strconv.FormatFloat(n*100, 'f', 1, 64) + " %"
	case reflect.ValueOf(v).CanFloat():
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return fmt.Sprint(v)
}

// span is a length of time with as much detail as one wants to read.
func span(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	switch {
	case d.Abs() < time.Second:
		return strconv.FormatFloat(ms, 'f', 0, 64) + "ms"
	case d.Abs() < time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + "s"
	case d.Abs() < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}

// writeJSON writes an array with one object a row.
func writeJSON(w io.Writer, a *query.Answer) error {
	var b strings.Builder
	b.WriteString("[")
	for i, row := range a.Rows {
		b.WriteString(strings.Repeat(",", min(i, 1)) + "\n  {")
		for k, name := range a.Columns {
			value, err := json.Marshal(machine(row[k]))
			if err != nil {
				return fmt.Errorf("write the answer: %s: %w", name, err)
			}
			fmt.Fprintf(&b, "%s%q: %s", strings.Repeat(", ", min(k, 1)), name, value)
		}
		b.WriteString("}")
	}
	b.WriteString("\n]\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// writeCSV writes a header and a line for each row; maps and lists are JSON.
func writeCSV(w io.Writer, a *query.Answer) error {
	out := csv.NewWriter(w)
	if err := out.Write(a.Columns); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	for _, row := range a.Rows {
		var line []string
		for _, v := range row {
			text, err := json.Marshal(machine(v))
			if err != nil {
				return fmt.Errorf("write the answer: %w", err)
			}
			var plain string
			if string(text) == "null" {
				text = nil
			} else if json.Unmarshal(text, &plain) == nil {
				text = []byte(plain)
			}
			line = append(line, string(text))
		}
		if err := out.Write(line); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// machine is a value as JSON can hold it.
func machine(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case []time.Time:
		var all []any
		for _, t := range x {
			all = append(all, machine(t))
		}
		return all
	case fmt.Stringer:
		return x.String()
	}
	return v
}
