package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/query"
)

// count writes a number, and a dot for none, so that what is there stands out.
func count(n uint64) string {
	if n == 0 {
		return "·"
	}
	return strconv.FormatUint(n, 10)
}

// wordsOf lists signals, the most frequent first.
func wordsOf(signals map[string]uint64) string {
	kinds := slices.DeleteFunc(slices.Collect(maps.Keys(signals)), func(k string) bool { return k == query.DropOff })
	slices.SortFunc(kinds, func(a, b string) int { return cmp.Or(cmp.Compare(signals[b], signals[a]), cmp.Compare(a, b)) })
	if len(kinds) == 0 {
		return "no signals"
	}
	var words []string
	for _, k := range kinds {
		words = append(words, fmt.Sprintf("%d %s", signals[k], strings.ReplaceAll(k, "_", " ")))
	}
	return strings.Join(words, ", ")
}

// short is a length of time without what is nought at its end.
func short(d time.Duration) string {
	text := d.Round(time.Second).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// grouped writes a number with its thousands apart.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
