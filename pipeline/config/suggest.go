package config

import (
	"fmt"
	"reflect"
	"strings"
)

// didYouMean ends an "unknown key" with the key that was probably meant: a sibling spelled alike, or one of that name
// elsewhere in the tree. Otherwise it lists the siblings.
func didYouMean(name, section string, siblings, root reflect.Value) string {
	keys := keysOf(siblings)
	if key := Nearest(name, keys); key != "" {
		return fmt.Sprintf("; did you mean %s?", join(section, key))
	}
	if isSection(root.Type()) {
		for _, l := range leaves("", root) {
			if strings.HasSuffix(l.key, "."+name) {
				return fmt.Sprintf("; did you mean %s?", l.key)
			}
		}
	}
	return "; known here are " + strings.Join(keys, ", ")
}

// Nearest is the candidate with the fewest edits from name, or "" when none is near.
func Nearest(name string, candidates []string) string {
	best, least := "", max(len(name)/3, 1)+1
	for _, c := range candidates {
		if d := edits(name, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// edits counts the letters to change, insert or leave out, and the neighbours to swap, to make b of a.
func edits(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
