package pipeline_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// pages are the Markdown files for people, by their path below the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/decisions/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimPrefix(filepath.ToSlash(file), "../")] = string(text)
		}
	}
	return all
}

// TestLinksOfPagesLead follows every relative link of a page: the file is there, and has the heading.
func TestLinksOfPagesLead(t *testing.T) {
	all := pages(t)
	if len(all) < 20 {
		t.Fatalf("found only %d pages", len(all))
	}
	link := regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence := regexp.MustCompile("(?s)```.*?```")
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			at := page
			if target != "" {
				at = path.Join(path.Dir(page), target)
			}
			if _, err := os.Stat(path.Join("..", at)); err != nil {
				t.Errorf("%s: link to %s, which does not exist", page, m[1])
			} else if to, isPage := all[at]; isPage && anchor != "" && !anchorsOf(to)[anchor] {
				t.Errorf("%s: link to %s: %s has no such heading", page, m[1], at)
			}
		}
	}
}

// TestEveryPageIsInTheIndex wants docs/README.md to say for whom each page is.
func TestEveryPageIsInTheIndex(t *testing.T) {
	all := pages(t)
	for page := range all {
		if name, ok := strings.CutPrefix(page, "docs/"); ok && !strings.Contains(name, "/") && name != "README.md" && !strings.Contains(all["docs/README.md"], "]("+name+")") {
			t.Errorf("docs/README.md does not list %s", name)
		}
	}
}

// anchorsOf are the anchors of the headings of a page, as GitHub makes them.
func anchorsOf(text string) map[string]bool {
	anchors := map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		anchors[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(strings.TrimLeft(line, "#")))] = true
	}
	return anchors
}
