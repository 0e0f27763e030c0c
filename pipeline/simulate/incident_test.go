package simulate

import (
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
		t.Error("an unknown step was taken")
	}
	if len(met) != 1 || !met["checkout/cart"] {
		t.Errorf("met %v", met)
	}
}
