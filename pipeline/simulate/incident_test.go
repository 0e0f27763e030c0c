package simulate

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestIncidentAt(t *testing.T) {
	f := func(i Incident, after time.Duration, want float64) {
		t.Helper()
		i.Journey, i.Step = "checkout", "payment"
		if got := i.At(opening.Add(after)); got != want {
			t.Errorf("%v after the opening it is %v, want %v", after, got, want)
		}
	}
	// for good, from the start or later
	f(Incident{}, 0, DefaultSeverity)
	f(Incident{Severity: .3}, time.Hour, .3)
	f(Incident{First: opening.Add(time.Minute)}, 59*time.Second, 0)
	f(Incident{First: opening.Add(time.Minute)}, time.Minute, DefaultSeverity)
	f(Incident{First: opening.Add(time.Minute)}, 99*time.Hour, DefaultSeverity)
	// once
	once := Incident{First: opening.Add(time.Minute), Lasts: 5 * time.Minute}
	f(once, 0, 0)
	f(once, 6*time.Minute-1, DefaultSeverity)
	f(once, 6*time.Minute, 0)
	f(once, 66*time.Minute, 0)
	// again and again
	often := Incident{First: opening.Add(time.Minute), Lasts: 5 * time.Minute, Every: 15 * time.Minute}
	f(often, 0, 0)
	f(often, 2*time.Minute, DefaultSeverity)
	f(often, 6*time.Minute, 0)
	f(often, 16*time.Minute, DefaultSeverity)
	f(often, 20*time.Minute+59*time.Second, DefaultSeverity)
	f(often, 21*time.Minute, 0)
	if (Incident{}).At(opening) != 0 {
		t.Error("the zero incident is one")
	}
}

func TestParseIncident(t *testing.T) {
	for _, s := range []string{"", "none"} {
		if i, err := ParseIncident(s); err != nil || i != (Incident{}) {
			t.Errorf("%q is %+v, %v", s, i, err)
		}
	}
	for _, s := range Steps() {
		i, err := ParseIncident(s.Journey + "/" + s.Step)
		if err != nil || i != (Incident{Journey: s.Journey, Step: s.Step}) {
			t.Errorf("%+v is %+v, %v", s, i, err)
		}
	}
	for _, s := range []string{"payment", "checkout/", "checkout/home", "site/home", "checkout/payment/x"} {
		if _, err := ParseIncident(s); err == nil || !strings.Contains(err.Error(), "sign-up/verify") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestScheduleMovesTheIncident(t *testing.T) {
	met := map[string]bool{}
	s := shopFor(t, Options{Seed: 41, Rate: 60, Truth: func(v Visit) {
		if v.Incident {
			met[v.Journey+"/"+v.Step] = true
		}
	}})
	for range s.Records(opening.Add(20 * time.Minute)) {
	}
	if len(met) > 0 {
		t.Errorf("met before there was one: %v", met)
	}
	if err := s.Schedule(Incident{Journey: "checkout", Step: "cart"}); err != nil {
		t.Fatal(err)
	}
	for range s.Records(opening.Add(40 * time.Minute)) {
	}
	if err := s.Schedule(Incident{Journey: "checkout", Step: "nowhere"}); err == nil {
		t.Error("an unknown step was accepted")
	}
	if len(met) != 1 || !met["checkout/cart"] {
		t.Errorf("met %v", met)
	}
}

func TestIncidentThatGrows(t *testing.T) {
	first := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	i := Incident{Journey: "checkout", Step: "payment", First: first, Lasts: time.Hour, Every: 2 * time.Hour, Ramp: 10 * time.Minute, Severity: .8}
	for after, want := range map[time.Duration]float64{-1: 0, 0: 0, 5 * time.Minute: .4, 10 * time.Minute: .8, 59 * time.Minute: .8, time.Hour: 0, 125 * time.Minute: .4} {
		if got := i.At(first.Add(after)); got != want {
			t.Errorf("%v after: %v, want %v", after, got, want)
		}
	}
}

// An incident for some people meets nobody else; more people come in a peak, fewer at a weekend.
func TestWhoIsMetAndHowManyCome(t *testing.T) {
	friday := time.Date(2026, 8, 21, 0, 0, 0, 0, time.UTC)
	visits, met := map[int]int{}, map[string]int{}
	s, err := New(Options{
		Seed: 5, Start: friday, End: friday.Add(48 * time.Hour), Rate: 20, Flat: true, Weekend: .5,
		Peaks:     []Peak{{From: friday.Add(6 * time.Hour), Lasts: time.Hour, Factor: 3}},
		Incidents: []Incident{{Journey: "checkout", Step: "payment", Dimension: "os", Value: "iOS"}},
		Truth: func(v Visit) {
			if v.Journey != SiteJourney {
				visits[v.EnteredAt.YearDay()-friday.YearDay()]++
			}
			if v.Incident {
				met[v.User]++
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	peak, before := 0, 0
	for r := range s.Records(time.Time{}) {
		switch hour := r.Time.Sub(friday).Hours(); {
		case hour >= 6.2 && hour < 7:
			peak++
		case hour >= 5.2 && hour < 6:
			before++
		}
		if met[r.Key] > 0 && !bytes.Contains(r.Value, []byte(`"os":"iOS"`)) {
			t.Fatalf("met, and not on iOS: %s", r.Value)
		}
	}
	if ratio := float64(peak) / float64(before); ratio < 2.3 || ratio > 3.7 {
		t.Errorf("%v times as many events in the peak, want about 3", ratio)
	}
	if ratio := float64(visits[1]) / float64(visits[0]); ratio < .4 || ratio > .55 {
		t.Errorf("%v times as many visits on Saturday, want less than half of Friday with its peak", ratio)
	}
	if len(met) < 100 {
		t.Errorf("the incident met %d people", len(met))
	}
}
