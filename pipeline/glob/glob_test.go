package glob

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The oracle is the regular expression that says the same.
func TestGlobAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringOfN(rapid.SampledFrom([]rune("ab/*")), 0, 8, -1).Draw(t, "pattern")
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab/")), 0, 10, -1).Draw(t, "text")
		re := regexp.QuoteMeta(p)
		re = strings.ReplaceAll(re, `\*\*`, `.{0}.*`)
		re = strings.ReplaceAll(re, `\*`, `[^/]*`)
		want := regexp.MustCompile(`^(?s)` + re + `$`).MatchString(s)
		if got := Match(p, s); got != want {
			t.Fatalf("Match(%q, %q) = %v, want %v (%s)", p, s, got, want, re)
		}
	})
}
