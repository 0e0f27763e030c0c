package detect

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// Thinned out or not, the requests remembered answer the same clicks, as far back
// as so many of them reach.
func TestRequestsAreThinnedWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const within = 2500
		keep := &memoryRule{reactions: true, remember: 62_500}
		keep.within[event.Request] = within
		r := newReactions(nil)
		var all []Seen
		now := event.Millis(1_000_000)
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now += event.Millis(rapid.SampledFrom([]int{0, 1, 50, 400, 1200, 2500, 2501}).Draw(t, "later"))
			r.keep(keep, Answer{Seen{now, now}, event.Request})
			all = append(all, Seen{now, now})
			if len(r.Told) > maxTold {
				t.Fatalf("%d requests remembered", len(r.Told))
			}
		}
		for range 20 {
			click := now - event.Millis(rapid.IntRange(-100, 30_000).Draw(t, "before"))
			answers := func(x Seen) bool { return x.Time >= click && x.Time <= click+within }
			if got, want := slices.ContainsFunc(r.Told, func(a Answer) bool { return answers(a.Seen) }), slices.ContainsFunc(all, answers); got != want {
				t.Fatalf("click %d ms before the last of %d requests: answered %v, want %v (kept %v)", now-click, len(all), got, want, r.Told)
			}
		}
	})
}
