package front

import (
	"strings"
	"testing"
)

func TestSplitInsert(t *testing.T) {
	for _, c := range []struct {
		text, sql, format, rows string
	}{
		{"INSERT INTO t VALUES (1)", "INSERT INTO t ", "Values", " (1)"},
		{"insert into t(a,b) values(1,2)", "insert into t(a,b) ", "Values", "(1,2)"},
		{"INSERT INTO t (a) FORMAT Native\n\x01\x02", "INSERT INTO t (a) ", "Native", "\x01\x02"},
		{"INSERT INTO t FORMAT TSV\r\n1", "INSERT INTO t ", "TSV", "1"},
		{"INSERT INTO t FORMAT TSV\n\n1", "INSERT INTO t ", "TSV", "\n1"},
		{"INSERT INTO t FORMAT JSONEachRow {\"a\":1}", "INSERT INTO t ", "JSONEachRow", "{\"a\":1}"},
		{"INSERT INTO t FORMAT CSV", "INSERT INTO t ", "CSV", ""},
		{"INSERT INTO t FORMAT TSV\n;", "INSERT INTO t ", "TSV", ";"},
		{"INSERT INTO t", "INSERT INTO t", "Values", ""},
		{"-- VALUES\n/* FORMAT */ INSERT INTO `a b`.\"values\" (`x)`) SETTINGS s = 'FORMAT x' FORMAT CSV 1", "-- VALUES\n/* FORMAT */ INSERT INTO `a b`.\"values\" (`x)`) SETTINGS s = 'FORMAT x' ", "CSV", "1"},
		{"INSERT INTO values VALUES (1)", "INSERT INTO values ", "Values", " (1)"},
		{"INSERT INTO db.format (values) FORMAT TSV 1", "INSERT INTO db.format (values) ", "TSV", "1"},
		{"INSERT INTO TABLE t VALUES (1)", "INSERT INTO TABLE t ", "Values", " (1)"},
		{"INSERT INTO FUNCTION file('x', CSV) FORMAT CSV 1", "INSERT INTO FUNCTION file('x', CSV) ", "CSV", "1"},
		{"INSERT INTO function (a) VALUES (1)", "INSERT INTO function (a) ", "Values", " (1)"},
		{"INSERT INTO t SELECT 1", "", "", ""},
		{"INSERT INTO t (a) WITH 1 AS x SELECT x FORMAT Null", "", "", ""},
		{"INSERT INTO t FROM INFILE 'x' FORMAT CSV", "", "", ""},
		{"INSERT INTO t (SELECT 1)", "", "", ""},
		{"INSERT INTO t (selected, with_x) VALUES (1)", "INSERT INTO t (selected, with_x) ", "Values", " (1)"},
		{"SELECT 1 FORMAT CSV", "", "", ""},
		{"EXPLAIN INSERT INTO t VALUES (1)", "", "", ""},
		{"INSERT INTO ; VALUES", "", "", ""},
		{"INSERT INTO t FORMAT 'x'", "", "", ""},
		{"INSERT", "", "", ""},
		{"", "", "", ""},
	} {
		got, ok := splitInsert(c.text)
		if !ok {
			if c.sql != "" {
				t.Errorf("%q: not taken as an insert with rows", c.text)
			}
			continue
		}
		if c.sql == "" {
			t.Errorf("%q: taken as an insert with rows: %+v", c.text, got)
			continue
		}
		if got.sql != c.sql || got.format != c.format || c.text[got.rows:] != c.rows {
			t.Errorf("%q: %q %q %q", c.text, got.sql, got.format, c.text[got.rows:])
		}
	}
}

func TestResultFormat(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1":             "",
		"SELECT 1 FORMAT JSON": "JSON",
		"SELECT 1 format csv;": "csv",
		"SELECT 1 FORMAT TSV SETTINGS max_threads = 1": "TSV",
		"SELECT 1 SETTINGS a = 1 FORMAT TSV -- x":      "TSV",
		"SELECT format FROM t":                         "",
		"SELECT format('{}', 1)":                       "",
		"SELECT 'FORMAT JSON'":                         "",
		"SELECT (SELECT 1 FORMAT JSON) AS format":      "",
		"SELECT $x$ FORMAT JSON $x$ FORMAT CSV":        "CSV",
		"SELECT $ FORMAT CSV":                          "CSV",
		"SELECT 'it''s \\' FORMAT a' FORMAT TSV":       "TSV",
		"SELECT \"a\"\"b\", `c\\`d` FORMAT TSV":        "TSV",
		"SELECT 'open FORMAT TSV":                      "",
		"SELECT 1 /* open FORMAT TSV":                  "",
		"SELECT 1 # FORMAT TSV":                        "",
		"SELECT 1 FORMAT":                              "",
	} {
		if got := resultFormat(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzLexer holds what must be true of any text: tokens follow each other, cover no blanks at their ends, and an insert
// is cut inside its text.
func FuzzLexer(f *testing.F) {
	f.Add("INSERT INTO `t` (a, 'b''c') SETTINGS x = $h$ y $h$ /* c */ FORMAT Native\nrows")
	f.Add("SELECT \"a\" -- b\n, 'c\\'d' FORMAT JSON")
	f.Add("\xff'\\")
	f.Fuzz(func(t *testing.T, text string) {
		l := &lexer{sql: text}
		for last := 0; ; {
			token := l.next()
			if token.start < last || token.end < token.start || token.end > len(text) {
				t.Fatalf("token %+v after position %d", token, last)
			}
			if token.kind == tokenEnd {
				break
			}
			if token.end == token.start || token.text != text[token.start:token.end] {
				t.Fatalf("token %+v", token)
			}
			last = token.end
		}
		resultFormat(text)
		if data, ok := splitInsert(text); ok {
			if !strings.HasPrefix(text, data.sql) || data.rows < len(data.sql) || data.rows > len(text) || data.format == "" {
				t.Fatalf("%+v", data)
			}
		}
	})
}
