package pipeline_test

import (
	"fmt"
	"go/ast"
	"os"
	"strings"
	"testing"
	"unicode"
)

const (
	glossary = "../docs/glossary.md"
	maxTerms = 60
)

// TestGlossaryStaysShort counts the terms. A long glossary is a private language.
func TestGlossaryStaysShort(t *testing.T) {
	if terms := glossaryColumn(t, "term"); len(terms) > maxTerms || len(terms) < maxTerms/2 {
		t.Errorf("%s has %d terms, want %d to %d", glossary, len(terms), maxTerms/2, maxTerms)
	}
}

// TestRetiredNamesStayRetired looks for the retired words of the glossary in the identifiers of all Go files. A word is a
// part of a name: of maxAwake it is "max" and "awake".
func TestRetiredNamesStayRetired(t *testing.T) {
	retired := map[string]bool{}
	for _, cell := range glossaryColumn(t, "retired") {
		for word := range strings.SplitSeq(cell, ", ") {
			retired[word] = true
		}
	}
	if len(retired) < 20 {
		t.Fatalf("found only %d retired words in %s", len(retired), glossary)
	}
	for _, s := range tree(t) {
		report(t, retiredNames(s, retired))
	}
}

// retiredNames are the identifiers of a file that have a retired word in them.
func retiredNames(s source, retired map[string]bool) (bad []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		for _, word := range wordsOf(id.Name) {
			if retired[word] {
				bad = append(bad, fmt.Sprintf("%s: %s: the word %q is retired; %s says what to use", s.at(id), id.Name, word, glossary))
			}
		}
		return true
	})
	return bad
}

// wordsOf splits a name in camel case: "readJSONRow" is "read", "json", "row".
func wordsOf(name string) (words []string) {
	runes := []rune(name)
	begin := 0
	for i := 1; i < len(runes); i++ {
		if unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			words = append(words, strings.ToLower(string(runes[begin:i])))
			begin = i
		}
	}
	return append(words, strings.ToLower(string(runes[begin:])))
}

func TestRetiredWordsAreFoundInNames(t *testing.T) {
	s, err := parse("pipeline/engine/a.go", "package engine\n\nfunc (e *Engine) dozeSoon(maxAwake int, HTTPRoster string) { town := 1; _ = town; downtown() }\n")
	if err != nil {
		t.Fatal(err)
	}
	got := retiredNames(s, map[string]bool{"doze": true, "roster": true, "town": true})
	if len(got) != 4 { // town is there twice, downtown is another word
		t.Errorf("want dozeSoon, HTTPRoster and town twice, got %q", got)
	}
}

// glossaryColumn returns the first cells of all tables of the glossary whose first heading is the given one.
func glossaryColumn(t *testing.T, heading string) (cells []string) {
	t.Helper()
	text, err := os.ReadFile(glossary)
	if err != nil {
		t.Fatal(err)
	}
	wanted := false
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| ") {
			wanted = wanted && strings.HasPrefix(line, "|---")
			continue
		}
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		switch {
		case first == heading:
			wanted = true
		case wanted:
			cells = append(cells, first)
		}
	}
	return cells
}
