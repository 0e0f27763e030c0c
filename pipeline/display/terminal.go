package display

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Terminal writes lines and tables for people. It is no [io.Writer], so nothing reaches the terminal but through it.
type Terminal struct {
	w   io.Writer
	err error
}

// New writes to w.
func New(w io.Writer) *Terminal { return &Terminal{w: w} }

// Err is the first error of writing.
func (t *Terminal) Err() error { return t.err }

// Line writes one line, whatever the values hold. Without values the format is a format still.
func (t *Terminal) Line(format string, values ...any) {
	t.write(Plain(fmt.Sprintf(format, values...)) + "\n")
}

// Text writes text of several lines that the program itself wrote, such as a statement or a configuration.
func (t *Terminal) Text(text string) { t.write(Text(text)) }

// JSON writes text that is JSON already.
func (t *Terminal) JSON(text []byte) { t.write(string(EscapeJSON(text))) }

// CSV writes a table as a CSV file.
func (t *Terminal) CSV(rows [][]Cell) {
	text, err := CSV(rows)
	if err != nil && t.err == nil {
		t.err = err
	}
	t.write(text)
}

// Table aligns columns: those of right to the right, the others to the left. A row may be shorter than the first.
func (t *Terminal) Table(rows [][]string, right ...bool) {
	if len(rows) == 0 {
		return
	}
	cells, width := make([][]string, len(rows)), make([]int, len(rows[0]))
	for i, row := range rows {
		for k, text := range row {
			text = Plain(text)
			cells[i] = append(cells[i], text)
			width[k] = max(width[k], utf8.RuneCountInString(text))
		}
	}
	var b strings.Builder
	for _, row := range cells {
		for k, text := range row {
			pad := strings.Repeat(" ", width[k]-utf8.RuneCountInString(text))
			if k < len(right) && right[k] {
				text, pad = pad+text, ""
			}
			row[k] = text + pad
		}
		b.WriteString(strings.TrimRight(strings.Join(row, "  "), " ") + "\n")
	}
	t.write(b.String())
}

func (t *Terminal) write(text string) {
	if t.err != nil {
		return
	}
	if _, err := io.WriteString(t.w, text); err != nil {
		t.err = fmt.Errorf("write the answer: %w", err)
	}
}
