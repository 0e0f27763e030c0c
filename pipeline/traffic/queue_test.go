package traffic

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQueueIsAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[int]
		var want []timed[int]
		n := 0
		drain := func(k int) {
			slices.SortStableFunc(want, func(a, b timed[int]) int { return int(a.at - b.at) })
			for range min(k, len(want)) {
				if q.Next() != want[0].at {
					t.Fatalf("next is %d, want %d", q.Next(), want[0].at)
				}
				if at, what := q.Pop(); at != want[0].at || what != want[0].what {
					t.Fatalf("got %d at %d, want %d at %d", what, at, want[0].what, want[0].at)
				}
				want = want[1:]
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				at := int64(rapid.IntRange(0, 20).Draw(t, "at"))
				q.Push(at, n)
				want = append(want, timed[int]{at: at, what: n})
				n++
			},
			"pop": func(t *rapid.T) { drain(rapid.IntRange(1, 3).Draw(t, "k")) },
		})
		drain(len(want))
		if q.Next() != Never {
			t.Fatal("something is left")
		}
	})
}
