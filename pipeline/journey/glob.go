package journey

import (
	"slices"
	"strings"
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
			if glob(p, s) {
				return true
			}
		}
		return false
	}
}

// glob matches s against p; see [Match]. It goes through both from the left. Where they
// differ, it returns to the last `*` and lets that stand for one more character; where
// that character is a slash, or there is no `*`, it returns to the last `**`.
func glob(p, s string) bool {
	type retry struct{ pattern, text int } // where to go on; pattern is 0 for nowhere
	var shallow, deep retry
	i, j := 0, 0
	for j < len(s) {
		switch {
		case strings.HasPrefix(p[i:], "**"):
			i += 2
			deep, shallow = retry{i, j}, retry{}
		case i < len(p) && p[i] == '*':
			i++
			shallow = retry{i, j}
		case i < len(p) && p[i] == s[j]:
			i++
			j++
		case shallow.pattern > 0 && s[shallow.text] != '/':
			shallow.text++
			i, j = shallow.pattern, shallow.text
		case deep.pattern > 0:
			deep.text++
			i, j, shallow = deep.pattern, deep.text, retry{}
		default:
			return false
		}
	}
	return strings.Trim(p[i:], "*") == ""
}
