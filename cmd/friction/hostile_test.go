package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/alerter"
	"friction/pipeline/deadletter"
	"friction/pipeline/query"
	"friction/pipeline/replay"
	"friction/pipeline/sink"
)

const evil = "\x1b[31mRED\x1b]0;title\x07 \u009b31m \u202egnp.exe\r\nforged line\ta\x00 \u2028 =1+1"

// controls are what no command may print.
var controls = regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u2028\u202e]")

// What a command shows of hostile rows: its lines, and no others, without anything that a terminal acts upon.
func TestHostileRowsReachNoTerminal(t *testing.T) {
	at := time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)
	answer := &query.Answer{
		Columns: []string{"journey", "step", "value", "score", "segments", "pages", "signals", "first"},
		Rows: [][]any{{
			evil, evil, "=" + evil, 12.5, map[string]string{evil: evil}, []string{evil, "=1+1"}, map[string]uint64{evil: 3}, at,
		}},
	}
	moments := []query.Moment{
		{What: "step", At: at, User: evil, App: evil, Journey: evil, Step: evil, Segments: map[string]string{evil: evil}, Outcome: "dropped"},
		{What: "page", At: at.Add(time.Second), Page: evil},
		{What: "signal", At: at.Add(time.Second), Kind: evil, Target: evil, Op: evil, Page: evil, Outcome: evil, AbsorbedBy: evil},
		{What: "session", At: at, Count: 3},
	}
	compared := &replay.Comparison{Steps: []*replay.StepChange{{
		App: evil, Journey: evil, Step: evil, Visits: [2]uint64{1, 2},
		Signals: []*replay.KindChange{{Kind: evil, Gained: 1, GainedAs: []replay.Example{{User: evil, Page: evil, Target: evil, Op: evil}}}},
	}}}
	var letter deadletter.DeadLetter
	letter.Reason, letter.Topic, letter.Error = evil, evil, evil
	for name, c := range map[string]struct {
		lines int
		show  func(w world)
	}{
		"answer":  {2, func(w world) { _ = writeAnswer(w.answers(), answer) }},
		"json":    {3, func(w world) { _ = writeJSON(w.answers(), answer) }},
		"csv":     {2, func(w world) { _ = writeCSV(w.answers(), answer) }},
		"session": {8, func(w world) { writeStory(w.answers(), evil, moments) }},
		"forget": {2, func(w world) {
			listHoldings(w.answers(), []sink.Holding{{Table: evil, Rows: 1}})
		}},
		"compare": {7, func(w world) { _ = comparing{}.show(w.answers(), compared) }},
		"alert": {2, func(w world) {
			a := alerter.Found{Changes: []alerter.Shown{{State: evil, Title: evil}}, Open: []alerter.Shown{{Title: evil}}}
			_ = showAlerts(w.answers(), a)
		}},
		"dlq list":      {2, func(w world) { _ = printGroups(w, []deadletter.Group{{Reason: evil, Topic: evil}}, false) }},
		"dlq list each": {2, func(w world) { _ = printEach(w, []deadletter.DeadLetter{letter}, false) }},
		"dlq json":      {1, func(w world) { _ = printEach(w, []deadletter.DeadLetter{letter}, true) }},
		"explain": {3, func(w world) {
			x := &replay.Explanation{Types: []replay.TypeCount{{Type: evil, Count: 1}}}
			tellExplanation(w.answers(), x)
		}},
		"say":       {1, func(w world) { w.say("run %s of %s is promoted", evil, evil) }},
		"json line": {1, func(w world) { _ = w.json(map[string]string{evil: evil}) }},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			c.show(world{stdout: &b})
			if n := strings.Count(b.String(), "\n"); n != c.lines || controls.MatchString(b.String()) {
				t.Errorf("%d lines, want %d:\n%q", n, c.lines, b.String())
			}
			if !strings.Contains(b.String(), "gnp.exe") {
				t.Errorf("the text itself is not shown: %q", b.String())
			}
			for line := range strings.Lines(b.String()) {
				if strings.HasPrefix(line, "forged line") {
					t.Errorf("a line is forged: %q", b.String())
				}
			}
		})
	}
}

// raw are the only functions that write to stdout and stderr themselves, and why they may.
func raw() map[string]string {
	return map[string]string{
		"main":            "makes the world",
		"newParser":       "help is ours",
		"world.answers":   "through display",
		"world.beside":    "through display",
		"newLogger":       "JSON lines, through display",
		"create":          "JSON lines and reports, through display on terminals",
		"newProgress":     "numbers",
		"leftToDo":        "redraws a line of numbers",
		"demoCommand.Run": "the screen of the demo, through display",
	}
}

// No command can forget to make its output harmless: what writes without display is on a list.
func TestEveryOutputGoesThroughDisplay(t *testing.T) {
	entries, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, file := range entries {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && writesItself(f) {
				found[nameOfFunction(f)] = true
			}
		}
		for _, i := range parsed.Imports {
			if slices.Contains([]string{`"text/tabwriter"`, `"encoding/csv"`, `"log"`}, i.Path.Value) {
				t.Errorf("%s imports %s: tables and CSV are written by pipeline/display", file, i.Path.Value)
			}
		}
	}
	for name := range found {
		if raw()[name] == "" {
			t.Errorf("%s writes to stdout or stderr itself: use w.say, w.note, w.table, w.json or w.answers()", name)
		}
	}
	for name := range raw() {
		if !found[name] {
			t.Errorf("%s writes nothing itself any more: take it off the list", name)
		}
	}
}

// writesItself says that a function names stdout or stderr, or prints.
func writesItself(f *ast.FuncDecl) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			of, _ := s.X.(*ast.Ident)
			printed := of != nil && of.Name == "fmt" && slices.Contains([]string{"Print", "Printf", "Println"}, s.Sel.Name)
			found = found || printed || slices.Contains([]string{"stdout", "stderr", "Stdout", "Stderr"}, s.Sel.Name)
		}
		return !found
	})
	return found
}

func nameOfFunction(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	if of, ok := f.Recv.List[0].Type.(*ast.Ident); ok {
		return of.Name + "." + f.Name.Name
	}
	return "?." + f.Name.Name
}
