package migrate

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitStatements(t *testing.T) {
	for _, c := range []struct {
		script string
		want   []string
	}{
		{"", nil},
		{" -- only; a comment\n/* and; another */ ", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT 1;;\n ; SELECT 2 ;\n", []string{"SELECT 1", "SELECT 2"}},
		{"-- before; it\nSELECT ';' -- inside; it\n, 2; SELECT 3", []string{"SELECT ';' -- inside; it\n, 2", "SELECT 3"}},
		{`SELECT 'it''s; \'; x', "a;b", ` + "`c;d`" + `; SELECT /* ; */ 2`, []string{`SELECT 'it''s; \'; x', "a;b", ` + "`c;d`", "SELECT /* ; */ 2"}},
		{"SELECT 'never closed; ", []string{"SELECT 'never closed;"}},
		{"SELECT 4 - -1; SELECT 4 / 2", []string{"SELECT 4 - -1", "SELECT 4 / 2"}},
	} {
		if got := splitStatements(c.script); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%q\n got %q\nwant %q", c.script, got, c.want)
		}
	}
}

// Statements joined with noise between them come apart as they went in.
func TestSplitStatementsUndoesJoining(t *testing.T) {
	piece := rapid.SampledFrom([]string{"SELECT 1", "a", "'x;y'", "\"q;\"", "`n;`", "/* c; */ b", "-- c;\n d", "('it''s')", `'\';'`})
	noise := rapid.SampledFrom([]string{"", " ", "\n", "-- no; thing\n", "/* ; */"})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			return "S " + strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(t, "pieces"), " ")
		}), 0, 5).Draw(t, "statements")
		script := noise.Draw(t, "first")
		for _, s := range want {
			script += s + noise.Draw(t, "before")
			if strings.Contains(s, "-- c;") && strings.HasSuffix(s, "d") {
				script += " "
			}
			script += ";" + noise.Draw(t, "after")
		}
		got := splitStatements(script)
		if len(got) != len(want) {
			t.Fatalf("%q: %d statements, want %d: %q", script, len(got), len(want), got)
		}
		for i := range got {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Fatalf("%q: statement %d is %q, want %q", script, i, got[i], want[i])
			}
		}
	})
}

func TestParseObject(t *testing.T) {
	for _, c := range []struct{ sql, want string }{
		{
			"CREATE TABLE IF NOT EXISTS d.t ON CLUSTER c\n(\n a LowCardinality(String) COMMENT 'x, (y',\n `group` DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta),\n" +
				" v Array(Tuple(j String, `end` UInt16)) COMMENT 'z',\n INDEX i a TYPE minmax GRANULARITY 1\n) ENGINE = M ORDER BY (a, b)",
			"{table t [{a LowCardinality(String)} {group DateTime64(3, 'UTC')} {v Array(Tuple(j String, end UInt16))}] false}",
		},
		{"CREATE OR REPLACE VIEW d.v (a UInt8 COMMENT 'c') AS SELECT 1 AS a", "{view v [{a UInt8}] false}"},
		{"CREATE OR REPLACE VIEW d.v (a UInt8) AS SELECT {p:UInt8} AS a", "{view v [{a UInt8}] true}"},
		{"CREATE OR REPLACE VIEW d.v (a UInt8) AS SELECT '{no}' AS a", "{view v [{a UInt8}] false}"},
		{"ALTER TABLE d.t ADD COLUMN IF NOT EXISTS b Map(String, UInt8) COMMENT 'c' AFTER a", "{column t [{b Map(String, UInt8)}] false}"},
		{"DROP TABLE d.t", "{  [] false}"},
	} {
		if got := fmt.Sprint(parseObject(c.sql)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func FuzzSplitStatements(f *testing.F) {
	f.Add("SELECT 1; SELECT 'a;b' -- c;\n; /* ; */")
	f.Fuzz(func(t *testing.T, script string) {
		for _, s := range splitStatements(script) {
			if s == "" || !strings.Contains(script, s) {
				t.Fatalf("%q gave %q", script, s)
			}
			parseObject(s)
		}
	})
}
