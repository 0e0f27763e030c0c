package journey

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// Forgetting visits that ended long ago changes nothing of what comes after.
func TestForgettingChangesNoVisit(t *testing.T) {
	set, err := Compile(Config{
		Site: SiteConfig{Enabled: true, MaxPages: 4}, StallAfter: 1e9,
		List: []Journey{
			{Name: "first", Steps: []Step{{Name: "a", Match: []Match{{Page: Values{"/a"}}}}, {Name: "b", Match: []Match{{Page: Values{"/b"}}}}, {Name: "c", Match: []Match{{Page: Values{"/c"}}}}}},
			{Name: "second", Mode: AnyOrder, Steps: []Step{{Name: "b", Match: []Match{{Page: Values{"/b"}}}}, {Name: "d", Match: []Match{{Page: Values{"/d"}}}}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		steps := set.NewSteps()
		var whole, forgetful Track
		var forgotten []Visit
		now := event.Millis(0)
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now += event.Millis(rapid.IntRange(-2, 5).Draw(t, "later"))
			e := &event.Event{Type: event.PageView, Time: now, Page: rapid.SampledFrom([]string{"/a", "/b", "/c", "/d", "/e"}).Draw(t, "page")}
			want, _ := set.Observe(steps, &whole, Seen{Event: e, Act: true}, nil)
			got, _ := set.Observe(steps, &forgetful, Seen{Event: e, Act: true}, nil)
			if len(got) != len(want) {
				t.Fatalf("%d changes, want %d", len(got), len(want))
			}
			for i := range want {
				a, b := forgetful.Visits[got[i].Visit], whole.Visits[want[i].Visit]
				if got[i].Kind != want[i].Kind || !reflect.DeepEqual(a, b) {
					t.Fatalf("change %d: %+v of %+v, want %+v of %+v", i, got[i], a, want[i], b)
				}
			}
			if rapid.Bool().Draw(t, "forget") {
				forgetful.DropBefore(now-event.Millis(rapid.IntRange(0, 10).Draw(t, "before")), func(v *Visit) { forgotten = append(forgotten, *v) })
			}
		}
		forgetful.Close(now, nil)
		whole.Close(now, nil)
		if all := append(forgotten, forgetful.Visits...); len(all) != len(whole.Visits) {
			t.Fatalf("%d visits, forgotten ones included, want %d", len(all), len(whole.Visits))
		}
	})
}

// What a track was saved as, it is read as: it goes on in the same way.
func TestTrackComesBackFromItsState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want Track
		for i := range rapid.IntRange(0, 3).Draw(t, "visits") {
			v := Visit{
				Entered: event.Millis(i), Left: event.Never, Step: 1, Attempt: 2, Number: uint16(i), Outcome: Outcome(rapid.IntRange(0, int(NumOutcomes)-1).Draw(t, "outcome")),
				Stalled: rapid.Bool().Draw(t, "stalled"), Midway: rapid.Bool().Draw(t, "midway"), Skipped: true, Resumed: rapid.Bool().Draw(t, "resumed"), Site: true, Pain: 480_000,
			}
			v.Signals.Add(uint8(rapid.IntRange(0, 3).Draw(t, "kind")))
			want.Visits = append(want.Visits, v)
			want.attempts = append(want.attempts, attempt{
				entered: 5, previous: 3, current: int32(i), number: 2, visits: 7, journey: uint8(i), step: 1,
				reached: rapid.SampledFrom([]uint8{2, completed}).Draw(t, "reached"), midway: rapid.Bool().Draw(t, "attempt midway"), resumed: rapid.Bool().Draw(t, "attempt resumed"),
			})
		}
		st := event.WriteState(nil)
		want.Save(st)
		var got Track
		in := event.ReadState(st.Bytes())
		got.Save(in)
		if err := in.Done(); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestRunsAreCountedInOrderOfKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Visit
		naive := map[uint8]uint16{}
		for range rapid.IntRange(0, 40).Draw(t, "runs") {
			k := uint8(rapid.IntRange(0, 5).Draw(t, "kind"))
			v.Signals.Add(k)
			naive[k]++
		}
		runs := v.Signals.List()
		for i, r := range runs {
			if i > 0 && runs[i-1].Kind >= r.Kind || naive[r.Kind] != r.N {
				t.Fatalf("counts %v, want %v", runs, naive)
			}
		}
		if len(runs) != len(naive) {
			t.Fatalf("counts %v, want %v", runs, naive)
		}
	})
}
