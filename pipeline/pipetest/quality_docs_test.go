package pipetest_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the figures of detection quality into docs/signals.md")

// measured is the part of the page on signals that has the figures of a full
// measurement between two marks.
var measured = regexp.MustCompile(`(?s)(<!-- measured: detection-quality -->\n).*?(<!-- end -->)`)

// figuresInTheDocs holds the figures in the docs against those of a full
// measurement, or writes them anew with -rewrite.
func figuresInTheDocs(t *testing.T, verdicts []*verdict) {
	t.Helper()
	page, err := os.ReadFile(signalsDoc)
	if err != nil {
		t.Fatal(err)
	}
	if !measured.Match(page) {
		t.Fatalf("%s has no place for the figures of detection quality", signalsDoc)
	}
	want := measured.ReplaceAllString(string(page), "${1}"+figures(verdicts)+"${2}")
	switch {
	case want == string(page):
	case *rewrite:
		if err := os.WriteFile(signalsDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s has other figures than were measured; make detection-quality REWRITE=1 writes them", signalsDoc)
	}
}

// figures is the table of the docs.
func figures(verdicts []*verdict) string {
	var b strings.Builder
	b.WriteString("| signal | happened | precision | recall | ambiguous | precision with them | recall with them |\n|---|---|---|---|---|---|---|\n")
	var certain, all tally
	row := func(name string, ambiguous int, c, a *tally) {
		fmt.Fprintf(&b, "| %s | %d | %.3f | %.3f | %d | %.3f | %.3f |\n", name, c.happened, c.precision(), c.recall(), ambiguous, a.precision(), a.recall())
	}
	sum := 0
	for _, v := range verdicts {
		row("`"+v.kind+"`", v.ambiguous, &v.certain, &v.all)
		certain.addAll(&v.certain)
		all.addAll(&v.all)
		sum += v.ambiguous
	}
	row("all together", sum, &certain, &all)
	return b.String()
}

func (t *tally) addAll(o *tally) {
	t.happened += o.happened
	t.missed += o.missed
	t.signals += o.signals
	t.wrong += o.wrong
	t.repeated += o.repeated
}
