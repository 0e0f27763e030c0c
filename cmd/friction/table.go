package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"friction/pipeline/display"
	"friction/pipeline/query"
)

// writeAnswer writes an answer for people: columns aligned, numbers to the right, units in words, columns of which no row
// has anything left out.
func writeAnswer(out *display.Terminal, a *query.Answer) error {
	if len(a.Rows) == 0 {
		return nil
	}
	rows := make([][]string, len(a.Rows)+1)
	var right []bool
	for i, name := range a.Columns {
		column, numbers := []string{heading(name)}, true
		for _, row := range a.Rows {
			column = append(column, cell(name, row[i]))
			numbers = numbers && isNumber(row[i])
		}
		if !slices.ContainsFunc(column[1:], func(s string) bool { return s != "" && s != "-" && (s != "0" || !rare[name]) }) {
			continue
		}
		right = append(right, numbers)
		for k, text := range column {
			rows[k] = append(rows[k], text)
		}
	}
	out.Table(rows, right...)
	return out.Err()
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
func writeJSON(out *display.Terminal, a *query.Answer) error {
	var b bytes.Buffer
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
	out.JSON(b.Bytes())
	return out.Err()
}

// writeEncoded writes a value as one line of JSON.
func writeEncoded(out *display.Terminal, value any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	out.JSON(b.Bytes())
	return out.Err()
}

// writeCSV writes a header and a line for each row; maps and lists are JSON.
func writeCSV(out *display.Terminal, a *query.Answer) error {
	rows := make([][]display.Cell, 1, len(a.Rows)+1)
	for _, name := range a.Columns {
		rows[0] = append(rows[0], display.Cell{Text: name})
	}
	for _, row := range a.Rows {
		var line []display.Cell
		for _, v := range row {
			c, err := csvCell(v)
			if err != nil {
				return fmt.Errorf("write the answer: %w", err)
			}
			line = append(line, c)
		}
		rows = append(rows, line)
	}
	out.CSV(rows)
	return out.Err()
}

// csvCell is one value: text as it is, nothing for null, everything else as JSON has it.
func csvCell(v any) (display.Cell, error) {
	text, err := json.Marshal(machine(v))
	if err != nil || string(text) == "null" {
		return display.Cell{}, err
	}
	var plain string
	if json.Unmarshal(text, &plain) == nil {
		return display.Cell{Text: plain}, nil
	}
	return display.Cell{Text: string(text), Made: isNumber(v)}, nil
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
