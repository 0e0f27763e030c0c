package journey

import (
	"slices"
	"strings"

	"friction/pipeline/glob"
)

// manyValues is how many texts are found faster in a map than one after the other.
const manyValues = 4

// AnyGlob returns a function that reports whether a text matches one of some globs;
// see [Match]. Patterns without `*` are compared as they are.
func AnyGlob(patterns []string) func(string) bool {
	var plain, globs []string
	for _, p := range patterns {
		if strings.Contains(p, "*") {
			globs = append(globs, p)
		} else {
			plain = append(plain, p)
		}
	}
	contains := func(s string) bool { return slices.Contains(plain, s) }
	if len(plain) > manyValues {
		set := make(map[string]struct{}, len(plain))
		for _, p := range plain {
			set[p] = struct{}{}
		}
		contains = func(s string) bool { _, ok := set[s]; return ok }
	}
	return func(s string) bool {
		if contains(s) {
			return true
		}
		for _, p := range globs {
			if glob.Match(p, s) {
				return true
			}
		}
		return false
	}
}
