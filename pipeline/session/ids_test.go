package session

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The oracle is a map.
func TestIDsAgreeWithAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s IDs
		naive := map[uint64]bool{}
		crowd := rapid.Uint64Range(1, 1<<rapid.IntRange(3, 63).Draw(t, "bits")).Draw(t, "crowd")
		for range rapid.IntRange(0, 400).Draw(t, "ids") {
			h := rapid.Uint64Range(0, crowd).Draw(t, "id")
			if h%7 == 0 {
				h <<= 32 // the low bits decide the place in the table: let them collide
			}
			if s.Has(h) != naive[h] {
				t.Fatalf("has %d: %v, want %v", h, s.Has(h), naive[h])
			}
			if !naive[h] {
				s.Add(h)
				naive[h] = true
			}
		}
		if int(s.Len()) != len(naive) || !slices.Equal(s.Sorted(), slices.Sorted(maps.Keys(naive))) {
			t.Fatalf("%d members %v, want %v", s.Len(), s.Sorted(), slices.Sorted(maps.Keys(naive)))
		}
		if len(naive) > 0 && s.Bytes() < 8*len(naive) {
			t.Fatalf("%d members in %d bytes", len(naive), s.Bytes())
		}
	})
}
