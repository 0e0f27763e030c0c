package fields

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// A cache forgets, but what it says is true, and it never holds more than its size.
func TestCacheAgainstMap(t *testing.T) {
	const sets = 8
	rapid.Check(t, func(t *rapid.T) {
		c, truth := NewCache[int](sets), map[string]int{}
		keys := rapid.SliceOfN(rapid.StringMatching(`[a-e]{0,4}`), 0, 300).Draw(t, "keys")
		for n, key := range keys {
			known, hash := c.Get([]byte(key))
			if known == nil {
				truth[key] = n
				c.Put(hash, key, n)
				if now, _ := c.Get([]byte(key)); key != "" && (now == nil || *now != n) {
					t.Fatalf("%q is gone at once", key)
				}
			} else if *known != truth[key] {
				t.Fatalf("%q is %d, want %d", key, *known, truth[key])
			}
		}
		held := 0
		for key := range truth {
			if known, _ := c.Get([]byte(key)); known != nil {
				held++
			}
		}
		if held > sets*cacheWays {
			t.Fatalf("holds %d, more than %d", held, sets*cacheWays)
		}
	})
}

func TestCacheKeepsWhatFits(t *testing.T) {
	c := NewCache[string](64)
	for range 3 {
		for i := range 32 {
			key := fmt.Sprint("key ", i)
			known, hash := c.Get([]byte(key))
			if known == nil {
				c.Put(hash, key, key)
			} else if *known != key {
				t.Fatalf("%q is %q", key, *known)
			}
		}
	}
	found := 0
	for i := range 32 {
		if known, _ := c.Get(fmt.Append(nil, "key ", i)); known != nil {
			found++
		}
	}
	if found < 28 {
		t.Errorf("only %d of 32 are left in 256 places", found)
	}
}

// Strings of a chunk stay what they were, whatever is copied after them.
func TestChunkAgainstCopies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c chunk
		var got, want []string
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, chunkBytes/3), 1, 40).Draw(t, "lengths") {
			b := []byte(strings.Repeat(string(rune('a'+len(got)%26)), n))
			got, want = append(got, c.copy(b)), append(want, string(b))
			clear(b)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("string %d is %.20q…, want %.20q…", i, got[i], want[i])
			}
		}
	})
}

func TestAttributesAreCopied(t *testing.T) {
	var p pool
	list := []event.Attr{{Name: "b", Value: "1"}, {Name: "a", Value: "2"}}
	first := p.attrs(list)
	list = append(list[:0], event.Attr{Name: "c", Value: "3"})
	second := p.attrs(list)
	first = append(first, event.Attr{Name: "d"})
	if fmt.Sprint(first, second) != "[{a 2} {b 1} {d }] [{c 3}]" {
		t.Error(first, second)
	}
	if p.attrs(nil) != nil {
		t.Error("no attributes are nil")
	}
	for i := range attrsPerChunk {
		list = append(list, event.Attr{Name: fmt.Sprintf("%04d", i)})
	}
	if many := p.attrs(list); len(many) != attrsPerChunk+1 || many[0].Name != "0000" || &many[0] == &list[0] {
		t.Error("a long list is sorted and copied too")
	}
}
