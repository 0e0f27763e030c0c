package pipeline_test

import (
	"os"
	"strings"
	"testing"
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
