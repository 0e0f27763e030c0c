package session

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// errand is what a timer is for.
type errand struct {
	key    uint64
	number int
}

func (e errand) Before(o errand) bool { return e.key < o.key }

// The oracle is a list that is sorted whenever it is asked.
func TestTimerQueueAgreesWithASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := NewTimerQueue[errand]()
		var naive []Timer[errand]
		now := event.Millis(rapid.Int64Range(-5000, 1<<41).Draw(t, "now"))
		for i := range rapid.IntRange(1, 200).Draw(t, "steps") {
			if rapid.IntRange(0, 2).Draw(t, "what") > 0 {
				due := now + event.Millis(rapid.SampledFrom([]int64{-2000, -1, 0, 1, 2, 500, 1023, 1024, 1025, 4096, 90_000, 1 << 40}).Draw(t, "due in"))
				timer := Timer[errand]{due, errand{rapid.Uint64Range(0, 3).Draw(t, "key"), i}}
				c.Set(timer)
				naive = append(naive, timer)
				continue
			}
			now += event.Millis(rapid.SampledFrom([]int64{0, 1, 700, 1024, 5000, 100_000}).Draw(t, "pass"))
			ring(t, c, &naive, now)
		}
		ring(t, c, &naive, event.Never)
		if len(naive) > 0 {
			t.Fatalf("%d timers never rang", len(naive))
		}
	})
}

// ring takes what is due before now from both, in order of time and key; what is equal in both may come in any order.
func ring(t *rapid.T, c *TimerQueue[errand], naive *[]Timer[errand], now event.Millis) {
	slices.SortStableFunc(*naive, func(a, b Timer[errand]) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Item.key, b.Item.key))
	})
	for {
		got, ok := c.Next(now)
		if want := len(*naive) > 0 && (*naive)[0].Due < now; ok != want {
			t.Fatalf("before %d: rang %v, want %v", now, ok, want)
		}
		if !ok {
			return
		}
		at := slices.IndexFunc(*naive, func(x Timer[errand]) bool { return x == got })
		if first := (*naive)[0]; at < 0 || got.Due != first.Due || got.Item.key != first.Item.key {
			t.Fatalf("before %d: rang %+v, want one like %+v", now, got, first)
		}
		*naive = slices.Delete(*naive, at, at+1)
	}
}
