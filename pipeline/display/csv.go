package display

import (
	"encoding/csv"
	"fmt"
	"strings"
)

// Cell is one value of a CSV file.
type Cell struct {
	Text string
	Made bool // a number or a time that the program made: it is written as it is
}

// CSV is a table as a file that spreadsheets may open: no cell is a formula. Text is written as [Plain] has it; an
// apostrophe is put before text that begins like a formula or with an apostrophe. So who takes one apostrophe from the
// beginning of a cell has the text again.
func CSV(rows [][]Cell) (string, error) {
	var b strings.Builder
	out := csv.NewWriter(&b)
	for _, row := range rows {
		var line []string
		for _, c := range row {
			text := Plain(c.Text)
			if !c.Made {
				text = Unformula(c.Text)
			}
			line = append(line, text)
		}
		if err := out.Write(line); err != nil {
			return "", fmt.Errorf("write CSV: %w", err)
		}
	}
	out.Flush()
	return b.String(), out.Error()
}

// Unformula is [Plain] text that no spreadsheet computes. Spreadsheets take = + - @ at the beginning for a formula, also
// after spaces and in full width, and some drop a tab or a line break before it.
func Unformula(s string) string {
	if text := strings.TrimSpace(s); strings.HasPrefix(s, "'") || text != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(text)[0]) || s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return "'" + Plain(s)
	}
	return Plain(s)
}
