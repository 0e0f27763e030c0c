package display_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"friction/pipeline/display"
)

// hostile are texts that a stranger may put into any field of an event.
func hostile() []string {
	return []string{
		"", "pay", "Zürich", "日本語", "شماره\u200cها", "👩\u200d💻", "line\nbreak\r\nX: y", "a\tb", "u\x00nul", "\x07bell", "\x1b[31mRED\x1b[0m\x1b]0;title\x07",
		"\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "\u009b31mC1", "\x9b31m", "\xff\xfe", "\u202egnp.exe", "\u2066a\u2069", "\u2028ls\u2029", "\x7f\b\b\bdel",
		"\ufeffbom", "a\u200bb", "\U000e0041tag", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd", "+1", "-1+2", " =1+1", "\u00a0=1", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1", "it's",
		"'", "\"", "a,b\"c", "\\", "\\n", "\ufffd", "-", "2026-08-20",
	}
}

// forbidden is written independently of the package: what terminals act upon, and what changes how other text looks.
var forbidden = regexp.MustCompile("[\x00-\x1f\x7f\u0080-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

func checkPlain(t *testing.T, text string) {
	t.Helper()
	got := display.Plain(text)
	switch {
	case forbidden.MatchString(got) || !utf8.ValidString(got):
		t.Errorf("%q is shown as %q", text, got)
	case !forbidden.MatchString(text) && utf8.ValidString(text) && got != text:
		t.Errorf("%q does no harm and is shown as %q", text, got)
	case display.Plain(got) != got:
		t.Errorf("%q becomes %q, and then %q", text, got, display.Plain(got))
	}
}

func TestPlainWritesOutWhatIsNotSeen(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31m": `\x1b[31m`, "a\nb\r\tc": `a\nb\r\tc`, "\u009b": `\u009b`, "\u202e": `\u202e`, "\xff": `\xff`, "\U000e0041": `\U000e0041`, "Zürich 日本": "Zürich 日本",
	} {
		if got := display.Plain(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got := display.Text("a\nb\x1b"); got != "a\nb\\x1b" {
		t.Errorf("lines of the program are shown as %q", got)
	}
	for _, text := range hostile() {
		checkPlain(t, text)
	}
}

func FuzzPlain(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(checkPlain)
}

// A spreadsheet reads a cell as a formula by its first character. What the reader of the file gets is the text, but for
// the apostrophe.
func checkCSV(t *testing.T, text, other string) {
	t.Helper()
	file, err := display.CSV([][]display.Cell{{{Text: "name"}, {Text: "other"}, {Text: "n"}}, {{Text: text}, {Text: other}, {Text: "-1.5", Made: true}}})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil || len(rows) != 2 || strings.Count(file, "\n") != 2 {
		t.Fatalf("%q and %q: %v, %d rows of %q", text, other, err, len(rows), file)
	}
	if forbidden.MatchString(strings.ReplaceAll(file, "\n", "")) {
		t.Errorf("%q and %q leave as %q", text, other, file)
	}
	for i, want := range []string{text, other} {
		cell := rows[1][i]
		if formula.MatchString(cell) {
			t.Errorf("%q is opened as the formula %q", want, cell)
		}
		if back := strings.TrimPrefix(cell, "'"); back != display.Plain(want) {
			t.Errorf("%q is opened as %q, which was %q", want, cell, back)
		}
	}
	if rows[1][2] != "-1.5" {
		t.Errorf("a number is opened as %q", rows[1][2])
	}
}

// formula is how OWASP describes one ("CSV Injection"), with what spreadsheets trim.
var formula = regexp.MustCompile(`^[\s\x{a0}]*[=+\-@\t\r＝＋－＠]`)

func TestCSVHasNoFormulas(t *testing.T) {
	for _, text := range hostile() {
		checkCSV(t, text, "x")
		checkCSV(t, "x", text)
	}
}

func FuzzCSV(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text, "=1")
	}
	f.Fuzz(checkCSV)
}

// Escaped JSON holds the same values, and no reader of the file's text is led astray.
func checkJSON(t *testing.T, text string) {
	t.Helper()
	plain, err := json.Marshal(map[string]string{"v": text})
	if err != nil {
		t.Fatal(err)
	}
	got := display.EscapeJSON(plain)
	var before, after map[string]string
	if err := json.Unmarshal(plain, &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &after); err != nil || before["v"] != after["v"] || forbidden.Match(got) {
		t.Errorf("%q is shown as %s: %v", text, got, err)
	}
}

func TestJSONKeepsItsValues(t *testing.T) {
	for _, text := range hostile() {
		checkJSON(t, text)
	}
}

func FuzzJSON(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(checkJSON)
}

func TestJSONLinesAreEscapedAcrossWrites(t *testing.T) {
	var b bytes.Buffer
	w := display.JSONLines(&b)
	line := "{\"v\":\"\u009b\u202e\"}\n"
	for i := range len(line) {
		if n, err := io.WriteString(w, line[i:i+1]); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if b.String() != "{\"v\":\"\\u009b\\u202e\"}\n" {
		t.Errorf("got %q", b.String())
	}
}

// Whatever a row holds, a table has one line for each row, and columns begin where they begin.
func TestTableKeepsItsLines(t *testing.T) {
	for _, text := range hostile() {
		var b bytes.Buffer
		out := display.New(&b)
		out.Table([][]string{{"A", "N"}, {text, "1"}, {"x", "22"}}, false, true)
		out.Line("%s|%d", text, 1)
		lines := strings.Split(b.String(), "\n")
		if len(lines) != 5 || forbidden.MatchString(strings.Join(lines, "")) || out.Err() != nil {
			t.Errorf("%q is shown as %q", text, b.String())
		}
		if a, b := utf8.RuneCountInString(lines[1]), utf8.RuneCountInString(lines[2]); a != b {
			t.Errorf("%q: lines of %d and %d characters", text, a, b)
		}
	}
}

func TestTerminalKeepsTheFirstError(t *testing.T) {
	out := display.New(broken{})
	out.Line("x")
	out.Line("y")
	if out.Err() == nil || !strings.Contains(out.Err().Error(), "short write") {
		t.Errorf("got %v", out.Err())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
