package simulate

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"testing"
	"time"
)

var opening = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// output is what a shop gave out until its end.
type output struct {
	records []Record
	visits  []Visit
}

func shopFor(t testing.TB, o Options) *Shop {
	t.Helper()
	if o.Start.IsZero() {
		o.Start = opening
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// playFor lets people in for a while and plays until all have left.
func playFor(t testing.TB, open time.Duration, o Options) output {
	t.Helper()
	if testing.Short() && open > 20*time.Minute {
		t.Skip("short: it simulates ", open)
	}
	var r output
	o.End = opening.Add(open)
	o.Truth = func(v Visit) { r.visits = append(r.visits, v) }
	for rec := range shopFor(t, o).Records(time.Time{}) {
		r.records = append(r.records, rec)
	}
	return r
}

// fingerprint is a hash of all of it.
func (r output) fingerprint() [32]byte {
	h := sha256.New()
	for _, rec := range r.records {
		h.Write([]byte(rec.Topic + rec.Key + rec.Time.String() + rec.Deliver.String()))
		h.Write(rec.Value)
	}
	for _, v := range r.visits {
		h.Write(v.AppendJSON(nil))
	}
	return [32]byte(h.Sum(nil))
}

func TestOneSeedOneStream(t *testing.T) {
	o := Options{Seed: 7, Rate: 20, Incidents: []Incident{{Journey: "checkout", Step: "payment"}}}
	first, again := playFor(t, time.Hour, o), playFor(t, time.Hour, o)
	if first.fingerprint() != again.fingerprint() {
		t.Error("the same seed gave other bytes")
	}
	o.Seed = 8
	if other := playFor(t, time.Hour, o); other.fingerprint() == first.fingerprint() {
		t.Error("another seed gave the same bytes")
	}
}

func TestReadingInPiecesChangesNothing(t *testing.T) {
	o := Options{Seed: 3, Rate: 30}
	until := opening.Add(40 * time.Minute)
	var whole, pieces []byte
	for r := range shopFor(t, o).Records(until) {
		whole = append(whole, r.Value...)
	}
	s := shopFor(t, o)
	for now := opening; !now.After(until); now = now.Add(733 * time.Millisecond) {
		for r := range s.Records(now) {
			if r.Deliver.After(now) {
				t.Fatalf("at %v came what arrives at %v", now, r.Deliver)
			}
			pieces = append(pieces, r.Value...)
		}
	}
	for r := range s.Records(until) {
		pieces = append(pieces, r.Value...)
	}
	if !bytes.Equal(whole, pieces) {
		t.Errorf("%d bytes at once, %d in pieces, or not the same", len(whole), len(pieces))
	}
}

func TestALaterStartHasTheSameUsersAndNewTraffic(t *testing.T) {
	device := func(start time.Time) (map[string]string, map[string]bool) {
		by, ids := map[string]string{}, map[string]bool{}
		for r := range shopFor(t, Options{Seed: 3, Start: start, Rate: 20, Users: 150}).Records(start.Add(time.Hour)) {
			e := decoded(t, r)
			by[r.Key] = e.Context.Device + e.Context.OS + e.Context.Variant + e.Context.Country
			ids[e.ID] = true
		}
		return by, ids
	}
	before, idsBefore := device(opening)
	after, idsAfter := device(opening.Add(24 * time.Hour))
	both := 0
	for user, d := range before {
		if after[user] == "" {
			continue
		}
		both++
		if after[user] != d {
			t.Errorf("user %s changed from %s to %s", user, d, after[user])
		}
	}
	if both < 50 {
		t.Errorf("only %d users came again", both)
	}
	for id := range idsAfter {
		if idsBefore[id] {
			t.Fatalf("id %s was given twice", id)
		}
	}
}

func TestRecordsArriveInOrderAndNotBeforeTheyHappen(t *testing.T) {
	r := playFor(t, time.Hour, Options{Seed: 5})
	last := opening
	for _, rec := range r.records {
		if rec.Deliver.Before(last) {
			t.Fatalf("%v arrives after %v", rec.Deliver, last)
		}
		last = rec.Deliver
		if ahead := rec.Time.Sub(rec.Deliver); ahead > time.Second {
			t.Errorf("a device is %v ahead of the collector", ahead)
		}
		if late := rec.Deliver.Sub(rec.Time); late > 40*time.Second {
			t.Errorf("an event came %v late", late)
		}
	}
}

// sessionsOfADay is when each session of a day begins.
func sessionsOfADay(t *testing.T, o Options) map[string]time.Time {
	t.Helper()
	o.Start = opening.Truncate(24 * time.Hour)
	sessions := map[string]time.Time{}
	before := []byte(`"session":"`)
	for r := range shopFor(t, o).Records(o.Start.Add(24 * time.Hour)) {
		at := bytes.Index(r.Value, before) + len(before)
		if id := string(r.Value[at : at+16]); sessions[id].IsZero() {
			sessions[id] = r.Time
		}
	}
	return sessions
}

func TestRateAndRhythm(t *testing.T) {
	sessions := sessionsOfADay(t, Options{Seed: 11, Rate: 6})
	var evening, night int
	for _, at := range sessions {
		switch at.Hour() {
		case 18, 19, 20:
			evening++
		case 6, 7, 8:
			night++
		}
	}
	if n := len(sessions); n < 7_800 || n > 9_500 {
		t.Errorf("%d sessions in a day at 6 a minute", n)
	}
	if evening < 3*night {
		t.Errorf("%d sessions in the evening, %d in the morning: no rhythm", evening, night)
	}
}

func TestFlatHasNoRhythm(t *testing.T) {
	var halves [2]int
	for _, at := range sessionsOfADay(t, Options{Seed: 2, Rate: 8, Flat: true}) {
		halves[at.Hour()/4%2]++
	}
	if ratio := float64(halves[0]) / float64(halves[1]); ratio < .88 || ratio > 1.06 {
		t.Errorf("sessions in alternate stretches of four hours: %v", halves)
	}
}

func TestNobodyIsInTheShopTwice(t *testing.T) {
	r := playFor(t, 40*time.Minute, Options{Seed: 6, Rate: 30, Users: 150})
	session := map[string]string{}
	over := map[string]bool{}
	for _, e := range inTimeOrder(t, r.records) {
		if e.Session == session[e.User] {
			continue
		}
		over[session[e.User]] = true
		if session[e.User] = e.Session; over[e.Session] {
			t.Fatalf("session %s of %s goes on after another has begun", e.Session, e.User)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	bad := func(o Options) {
		t.Helper()
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
	bad(Options{})
	bad(Options{Start: opening, Rate: -1})
	bad(Options{Start: opening, Users: -1})
	bad(Options{Start: opening, Disorder: 1})
	bad(Options{Start: opening, Incidents: []Incident{{Journey: "checkout", Step: "paymnt"}}})
	bad(Options{Start: opening, Incidents: []Incident{{Journey: "checkout", Step: "payment", Severity: 2}}})
}

func TestMemoryHoldsThoseInsideOnly(t *testing.T) {
	s := shopFor(t, Options{Seed: 4, Rate: 60, Flat: true})
	sizes := map[int]int{}
	for _, hours := range []int{1, 4} {
		for range s.Records(opening.Add(time.Duration(hours) * time.Hour)) {
		}
		sizes[hours] = s.delivery.outbox.Len() + len(s.delivery.spare)
		if inside := countTrue(s.arrivals.inside); inside > 600 {
			t.Errorf("after %d h %d people are inside", hours, inside)
		}
	}
	if sizes[4] > 2*sizes[1]+100 {
		t.Errorf("what is on its way grew: %v", sizes)
	}
}

func countTrue(all []bool) (n int) {
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

func TestStepsNameTheJourneys(t *testing.T) {
	got, err := json.Marshal(Steps())
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"Journey":"sign-up","Step":"start","Pages":["/sign-up","SignUpStart"]},` +
		`{"Journey":"sign-up","Step":"details","Pages":["/sign-up/details","SignUpDetails"]},` +
		`{"Journey":"sign-up","Step":"verify","Pages":["/sign-up/verify","SignUpVerify"]},` +
		`{"Journey":"sign-up","Step":"welcome","Pages":["/sign-up/welcome","SignUpWelcome"]},` +
		`{"Journey":"checkout","Step":"cart","Pages":["/cart","Cart"]},` +
		`{"Journey":"checkout","Step":"address","Pages":["/checkout/address","CheckoutAddress"]},` +
		`{"Journey":"checkout","Step":"payment","Pages":["/checkout/payment","CheckoutPayment"]},` +
		`{"Journey":"checkout","Step":"confirmation","Pages":["/checkout/confirmation","CheckoutConfirmation"]}]`
	if string(got) != want {
		t.Errorf("steps are\n%s, want\n%s", got, want)
	}
}
