package traffic

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimesAreWrittenAsTheStandardLibraryWritesThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w TimeWriter
		for range 3 {
			ms := rapid.Int64Range(-62_135_596_800_000, 253_402_300_799_999).Draw(t, "ms")
			want := time.UnixMilli(ms).UTC().Format(`"2006-01-02T15:04:05.000Z"`)
			if got := string(w.Append(nil, ms)); got != want {
				t.Fatalf("%d is %s, want %s", ms, got, want)
			}
		}
	})
}

func TestBuffersDoNotOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Slab
		var kept, want []string
		var values [][]byte
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 3*maxEvent), 1, 400).Draw(t, "lengths") {
			text := strings.Repeat(string(rune('a'+i%26)), n)
			values = append(values, s.Commit(append(s.Buffer(), text...)))
			want = append(want, text)
		}
		for _, v := range values {
			kept = append(kept, string(v))
		}
		if !slices.Equal(kept, want) {
			t.Fatal("a value was written over")
		}
	})
}

func TestNumbers(t *testing.T) {
	if got := string(AppendNumber(nil, 42, 7)); got != "0000042" {
		t.Error(got)
	}
	if got := string(AppendNumber(nil, 12345678, 7)); got != "12345678" {
		t.Error(got)
	}
	if got := string(AppendID(nil, 0xab)); got != "00000000000000ab" {
		t.Error(got)
	}
}
