package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

const example = `package x

func f(a, b int, s []int) (bool, int) {
	if a < b && a > 0 {
		s[0]++
	}
	for _, v := range s {
		if v == 1 {
			continue
		}
		s[0] = v
	}
	return a == b, a + b*2
}
`

// parsed is the example with its types.
func parsed(t *testing.T) *source {
	t.Helper()
	p := &source{name: "x", mutate: true, fset: token.NewFileSet(), info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	tree, err := parser.ParseFile(p.fset, "x.go", example, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	p.files = []*goFile{{path: "x.go", text: []byte(example), tree: tree}}
	config := types.Config{Importer: importer.Default()}
	if _, err := config.Check("x", p.fset, []*ast.File{tree}, p.info); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEverySortOfMistakeIsFound(t *testing.T) {
	sites, _ := draw([]*source{parsed(t)}, options{sample: 1000})
	found := map[string]bool{}
	for _, s := range sites {
		found[s.what] = true
	}
	for _, want := range []string{
		"< → <= in a < b", "< → >= in a < b", "&& → || in a < b && a > 0", "leave out s[0]++", "leave out continue", "leave out s[0] = v",
		"== → != in a == b", "+ → - in a + b*2", "* → / in b*2", "return zero for a + b*2",
	} {
		if !found[want] {
			t.Errorf("not found: %s", want)
		}
	}
}

// With all sites at once the file must still parse, and each switch stand in it.
func TestAFileHoldsAllItsSwitches(t *testing.T) {
	p := parsed(t)
	sites, _ := draw([]*source{p}, options{sample: 1000})
	text := instrument(p, p.files[0], sites)
	tree, err := parser.ParseFile(token.NewFileSet(), "x.go", text, 0)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(tree.Imports) != 1 {
		t.Errorf("imports: %v", tree.Imports)
	}
	for _, s := range sites {
		if n := len(switchOf.FindAllString(text, -1)); n < len(sites) {
			t.Fatalf("%d switches for %d sites, such as %s\n%s", n, len(sites), s.what, text)
		}
	}
}

func TestTheSameSeedDrawsTheSameMutants(t *testing.T) {
	names := func(seed uint64) string {
		sites, all := draw([]*source{parsed(t)}, options{sample: 5, seed: seed})
		if len(sites) != 5 || all < 12 {
			t.Fatalf("%d of %d", len(sites), all)
		}
		var out []string
		for _, s := range sites {
			out = append(out, s.what)
		}
		return strings.Join(out, "\n")
	}
	if one, again := names(1), names(1); one != again || one == names(2) {
		t.Error("the draw does not follow the seed")
	}
}
