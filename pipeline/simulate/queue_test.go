package simulate

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQueueIsAStableSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue[int]
		var want []timed[int]
		n := 0
		drain := func(k int) {
			slices.SortStableFunc(want, func(a, b timed[int]) int { return int(a.at - b.at) })
			for range min(k, len(want)) {
				if q.next() != want[0].at {
					t.Fatalf("next is %d, want %d", q.next(), want[0].at)
				}
				if at, what := q.pop(); at != want[0].at || what != want[0].what {
					t.Fatalf("got %d at %d, want %d at %d", what, at, want[0].what, want[0].at)
				}
				want = want[1:]
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				at := int64(rapid.IntRange(0, 20).Draw(t, "at"))
				q.push(at, n)
				want = append(want, timed[int]{at: at, what: n})
				n++
			},
			"pop": func(t *rapid.T) { drain(rapid.IntRange(1, 3).Draw(t, "k")) },
		})
		drain(len(want))
		if q.next() != never {
			t.Fatal("something is left")
		}
	})
}

func TestDiceAreFair(t *testing.T) {
	d := rolled(1)
	const n = 200_000
	var sum, squares, waits float64
	below, heads := 0, 0
	for range n {
		z := d.normal()
		sum += z
		squares += z * z
		waits += d.wait(time.Second).Seconds()
		if d.around(time.Second, .7) < time.Second {
			below++
		}
		if d.chance(.3) {
			heads++
		}
	}
	near := func(what string, got, want, within float64) {
		t.Helper()
		if math.Abs(got-want) > within {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	near("mean of normals", sum/n, 0, .01)
	near("variance of normals", squares/n, 1, .01)
	near("mean wait", waits/n, 1, .01)
	near("share below the median", float64(below)/n, .5, .005)
	near("share of heads", float64(heads)/n, .3, .005)
}
