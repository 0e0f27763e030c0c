package pipeline_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"friction/pipeline/signals"
)

// naming are the places outside of package signals that may name a signal, and why. Elsewhere a rule of the system
// goes by what a signal declares, such as the outcome that makes it.
var naming = []struct{ path, why string }{
	{"pipeline/signals/", "a signal declares itself"},
	{"pipeline/tuning/", "presets and known false alarms are about signals, and the configuration has a key for each"},
	{"pipeline/pipetest/", "tests tell signals apart"},
	{"pipeline/simulate/", "the words of the truth file; the shop may not know what is looked for"},
	{"pipeline/event/type.go", "types of events that have the name of a signal"},
	{"pipeline/demo/table.go", "the signals that have a column in the demo's table"},
	{"cmd/friction/", "examples in help texts"},
	{"bench/", "measures one signal that comes often"},
}

// TestOnlySignalsNameSignals finds names of signals in code: as words, and as constants of package signals.
func TestOnlySignalsNameSignals(t *testing.T) {
	names, constants := []string{}, map[string]bool{}
	for _, d := range signals.All() {
		if d.Name == "error" {
			continue // a word of the language
		}
		names = append(names, d.Name)
		constants[strings.ReplaceAll(d.Name, "_", "")] = true
	}
	word := regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
	used := map[string]bool{}
	for _, s := range tree(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			what := named(n, word, constants)
			if what == "" {
				return true
			}
			for _, allowed := range naming {
				if strings.HasPrefix(s.path, allowed.path) {
					used[allowed.path] = true
					return true
				}
			}
			t.Errorf("%s names the signal %s: go by a property of its declaration, or say in this test why not", s.at(n), what)
			return true
		})
	}
	for _, allowed := range naming {
		if !used[allowed.path] {
			t.Errorf("%s names no signal any more: take it off the list", allowed.path)
		}
	}
}

// named is the signal that a node names, "" for none. A text that is more than a name counts if the name cannot be an
// ordinary word.
func named(n ast.Node, word *regexp.Regexp, constants map[string]bool) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(n.Value)
		if n.Kind != token.STRING || err != nil {
			return ""
		}
		for _, found := range word.FindAllString(text, -1) {
			if found == text || strings.Contains(found, "_") {
				return found
			}
		}
	case *ast.SelectorExpr:
		if id, ok := n.X.(*ast.Ident); ok && id.Name == "signals" && constants[strings.ToLower(n.Sel.Name)] {
			return n.Sel.Name
		}
	}
	return ""
}
