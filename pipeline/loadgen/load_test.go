package loadgen

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"friction/pipeline/traffic"
)

// readEvent is what the oracle reads of a load's event.
type readEvent struct {
	Time   int64
	ID     string
	User   string
	App    string
	Type   string
	Page   string
	Op     string
	Target struct{ ID string }
}

// recount is the truth found anew by reading every event: sort, then walk.
func recount(t *testing.T, records []traffic.Record, gap int64) (c Counts) {
	t.Helper()
	users, ids := map[string][]readEvent{}, map[string]bool{}
	newest := map[string]time.Time{}
	for _, r := range records {
		var e readEvent
		if err := json.Unmarshal(r.Value, &e); err != nil {
			t.Fatalf("%v in %s", err, r.Value)
		}
		if r.Key != e.User || r.Time.UnixMilli() != e.Time || ids[e.ID] {
			t.Fatalf("key, time or id of %s", r.Value)
		}
		ids[e.ID] = true
		users[e.User] = append(users[e.User], e)
		c.Events++
		if (e.Type == "request") != (r.Topic == traffic.Telemetry) {
			t.Fatalf("%s on topic %s", e.Type, r.Topic)
		}
		if r.Topic == traffic.Telemetry {
			c.Telemetry++
		} else {
			c.Clickstream++
		}
		if r.Time.Before(newest[r.Topic]) {
			c.Disordered++
		} else {
			newest[r.Topic] = r.Time
		}
	}
	c.Users = len(users)
	for _, events := range users {
		slices.SortStableFunc(events, func(a, b readEvent) int { return int(a.Time - b.Time) })
		last, clicks := int64(-1), map[string][]int64{}
		for _, e := range events {
			if last < 0 || e.Time-last > gap {
				c.Sessions++
			}
			last = e.Time
			if e.Type == "click" {
				clicks[e.Target.ID] = append(clicks[e.Target.ID], e.Time)
			}
		}
		for _, at := range clicks {
			c.RageClicks += bursts(at)
		}
	}
	return c
}

// bursts counts runs of four clicks or more with less than a second between
// neighbours.
func bursts(at []int64) (n int) {
	for i := 0; i < len(at); {
		j := i + 1
		for j < len(at) && at[j]-at[j-1] < 1000 {
			j++
		}
		if j-i >= 4 {
			n++
		}
		i = j
	}
	return n
}

func loadFor(t testing.TB, o Options) (*Load, []traffic.Record) {
	t.Helper()
	l, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l, slices.Collect(l.Records())
}

func TestCountsOfALoadAreExact(t *testing.T) {
	f := func(o Options) {
		t.Helper()
		l, records := loadFor(t, o)
		want := l.Counts()
		got := recount(t, records, o.Gap.Milliseconds())
		if want.Events != o.Events || want.RageClicks == 0 || want.Sessions <= want.Users {
			t.Errorf("a poor load: %+v", want)
		}
		if got.Disordered > want.Disordered {
			t.Errorf("%d are out of order, but only %d were held back", got.Disordered, want.Disordered)
		}
		got.Disordered = want.Disordered
		if got != want {
			t.Errorf("the events say %+v, the load %+v", got, want)
		}
	}
	f(Options{Seed: 1, Events: 50_000, Users: 2_000, Gap: 30 * time.Minute})
	f(Options{Seed: 2, Events: 30_003, Users: 200, Gap: 10 * time.Minute, Rage: .5, Disorder: .3})
	f(Options{Seed: 3, Events: 30_000, Users: 20_000, Gap: 30 * time.Minute, Skew: -1, Span: 20 * time.Hour})
	f(Options{Seed: 4, Events: 20_000, Users: 40, Gap: time.Minute, PerStay: 10, Span: 15 * time.Hour})
}

// TestLoadMeetsTheEdgeOfTheGap: sessions that go on after exactly the gap, and
// others that begin 1 ms later, so that an off-by-one cannot hide.
func TestLoadMeetsTheEdgeOfTheGap(t *testing.T) {
	_, records := loadFor(t, Options{Seed: 5, Events: 100_000})
	slices.SortStableFunc(records, func(a, b traffic.Record) int { return a.Time.Compare(b.Time) })
	last, silences := map[string]time.Time{}, map[time.Duration]int{}
	for _, r := range records {
		silences[r.Time.Sub(last[r.Key])]++
		last[r.Key] = r.Time
	}
	if silences[30*time.Minute] < 10 || silences[30*time.Minute+time.Millisecond] < 10 {
		t.Errorf("%d silences of the gap, %d of 1 ms more", silences[30*time.Minute], silences[30*time.Minute+time.Millisecond])
	}
}

// TestClicksOfALoadAreAnswered: a page that reacts to next to no click is no real
// page, and what is neither an answer nor part of a burst keeps its distance.
func TestClicksOfALoadAreAnswered(t *testing.T) {
	_, records := loadFor(t, Options{Seed: 7, Events: 100_000, Users: 3_000})
	users, kinds := map[string][]readEvent{}, map[string]int{}
	for _, r := range records {
		var e readEvent
		if err := json.Unmarshal(r.Value, &e); err != nil {
			t.Fatal(err)
		}
		users[e.User] = append(users[e.User], e)
		kinds[e.Type]++
	}
	clicks, answered := 0, 0
	for user, events := range users {
		slices.SortStableFunc(events, func(a, b readEvent) int { return int(a.Time - b.Time) })
		burst := func(i int) bool { // event i is a click of a burst together with the next
			return i >= 0 && i+1 < len(events) && events[i].Type == "click" && events[i+1].Type == "click" &&
				events[i+1].Time-events[i].Time <= 180
		}
		for i, e := range events {
			if e.Type == "click" && !burst(i) && !burst(i-1) {
				clicks++
			}
			if i == 0 || e.Time-events[i-1].Time >= minSilence.Milliseconds() || burst(i-1) {
				continue
			}
			before := events[i-1]
			if before.Type != "click" || burst(i-2) || e.Type != "mutation" && e.Type != "page_view" {
				t.Fatalf("%s: %+v only %d ms after %+v", user, e, e.Time-before.Time, before)
			}
		}
		for i := range events[1:] {
			if e, next := events[i], events[i+1]; e.Type == "click" && !burst(i) && !burst(i-1) &&
				(next.Type == "mutation" || next.Type == "page_view") && next.Time-e.Time <= 2000 {
				answered++
			}
		}
	}
	if share := float64(answered) / float64(clicks); share < .96 {
		t.Errorf("%d of %d clicks are answered", answered, clicks)
	}
	for kind, want := range map[string]float64{"click": .27, "request": .28, "page_view": .17, "mutation": .18, "scroll": .1} {
		if share := float64(kinds[kind]) / float64(len(records)); share < want-.03 || share > want+.03 {
			t.Errorf("%.3f of the events are %s, want about %.2f", share, kind, want)
		}
	}
}

func TestLoadIsDeterministicAndOfTheWantedShape(t *testing.T) {
	bytesOf := func(seed uint64) (b []byte) {
		_, records := loadFor(t, Options{Seed: seed, Events: 20_000, Users: 500})
		for _, r := range records {
			b = append(append(append(b, r.Key...), r.Topic...), r.Value...)
		}
		return b
	}
	if !bytes.Equal(bytesOf(1), bytesOf(1)) || bytes.Equal(bytesOf(1), bytesOf(2)) {
		t.Error("bytes do not follow from the seed")
	}
	l, records := loadFor(t, Options{Seed: 6, Events: 200_000})
	c := l.Counts()
	size, byUser, late := 0, map[string]int{}, time.Duration(0)
	delivered, newest, behind := records[0].Deliver, map[string]time.Time{}, 0
	for _, r := range records {
		size += len(r.Value)
		byUser[r.Key]++
		late = max(late, r.Deliver.Sub(r.Time))
		if r.Deliver.Before(delivered) || r.Deliver.Before(r.Time) {
			t.Fatal("not in the order of arrival")
		}
		delivered = r.Deliver
		if r.Time.Before(newest[r.Topic]) {
			behind++
		} else {
			newest[r.Topic] = r.Time
		}
	}
	if mean := size / len(records); mean < 295 || mean > 310 {
		t.Errorf("%d bytes an event", mean)
	}
	if share := float64(behind) / float64(c.Events); share < .044 || share > .055 || behind > c.Disordered {
		t.Errorf("%d out of order, %d held back, of %d", behind, c.Disordered, c.Events)
	}
	if late > 5*time.Second {
		t.Errorf("%v late", late)
	}
	most := 0
	for _, n := range byUser {
		most = max(most, n)
	}
	if most < 20*len(records)/len(byUser) {
		t.Errorf("the busiest of %d users has %d of %d events", len(byUser), most, len(records))
	}
	if span := records[len(records)-1].Time.Sub(records[0].Time); span < 5*time.Hour || span > 8*time.Hour {
		t.Errorf("it spans %v", span)
	}
}

// TestBusyLoadKeepsItsRate: stays that begin less than a millisecond apart.
func TestBusyLoadKeepsItsRate(t *testing.T) {
	_, records := loadFor(t, Options{Seed: 8, Events: 400_000, Users: 200_000, Skew: -1, Span: 10 * time.Second})
	begun := map[string]bool{}
	for _, r := range records {
		if !begun[r.Key] && r.Time.Sub(records[0].Time) < 5*time.Second {
			begun[r.Key] = true
		}
	}
	if n := len(begun); n < 9_000 || n > 11_000 {
		t.Errorf("%d users came in the first half, want about 10,000", n)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	bad := func(o Options) {
		t.Helper()
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	bad(Options{Events: -1})
	bad(Options{Users: -1})
	bad(Options{Skew: .9})
	bad(Options{Span: 21 * time.Hour})
	bad(Options{PerStay: 3})
	bad(Options{Gap: time.Second})
	bad(Options{Disorder: 1})
	bad(Options{Rage: 1.5})
	bad(Options{MaxDelay: time.Millisecond})
}
