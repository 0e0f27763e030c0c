package detect

import (
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// Thinned out or not, the requests remembered excuse the same clicks, as far back
// as so many of them reach.
func TestRequestsAreThinnedWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := &deadRule{within: 2500, forgive: 1000}
		keep := &memoryRule{on: true, within: 2500, remember: 62_500}
		d := newReactions()
		var all []moment
		now := event.Millis(1_000_000)
		for range rapid.IntRange(1, 300).Draw(t, "requests") {
			now += event.Millis(rapid.SampledFrom([]int{0, 1, 50, 400, 1200, 2500, 2501}).Draw(t, "later"))
			m := moment{now, now}
			d.keep(keep, m)
			all = append(all, m)
			if len(d.requests) > maxRequests {
				t.Fatalf("%d requests remembered", len(d.requests))
			}
		}
		for range 20 {
			click := now - event.Millis(rapid.IntRange(-100, 30_000).Draw(t, "before"))
			want := false
			for _, m := range all {
				want = want || m.time >= click && m.time <= click+2500
			}
			in := &input{event: &event.Event{Type: event.Click, Time: click}, now: now, memory: &memory{reactions: d}}
			if got := rule.excused(in); got != want {
				t.Fatalf("click %d ms before the last of %d requests: excused %v, want %v (kept %v)", now-click, len(all), got, want, d.requests)
			}
		}
	})
}
