package pipetest_test

import (
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/signals"
	"friction/pipeline/simulate"
)

// What friction check --explain says that a signal needs is what it cannot do
// without: once no event has it, none is found. And what is found has had all.
func TestNeedsAreNeeded(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it runs the engine once for each need")
	}
	records, events := shopEvents(t)
	config := engine.DefaultConfig()
	config.Journeys.List = shopJourneys()
	found := kindsFound(t, config, records, events, func(*event.Event) bool { return true })
	for k := range signals.NumKinds {
		needs, err := config.Signals.Needs(k, config.Journeys)
		if err != nil || len(needs) == 0 {
			t.Fatalf("%s needs nothing: %v", signals.Name(k), err)
		}
		if found[signals.Name(k)] == 0 {
			t.Errorf("%s is not found at all", signals.Name(k))
		}
		for _, n := range needs {
			met := 0
			without := kindsFound(t, config, records, events, func(e *event.Event) bool {
				if n.Met(e) {
					met++
					return false
				}
				return true
			})
			if met == 0 || without[signals.Name(k)] > 0 {
				t.Errorf("%s: %d events have %s; without them it is found %d times", signals.Name(k), met, n.What, without[signals.Name(k)])
			}
		}
	}
}

func shopEvents(t *testing.T) (records []event.Record, events []event.Event) {
	t.Helper()
	start := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	shop, err := simulate.New(simulate.Options{
		Seed: 9, Start: start, End: start.Add(40 * time.Minute), Rate: 20, Flat: true, Trouble: 20,
		Incidents: []simulate.Incident{{Journey: "checkout", Step: "payment", Severity: .3}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d, err := decode.New(decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for r := range shop.Records(time.Time{}) {
		rec := event.Record{Offset: int64(len(records)), Time: event.Millis(r.Deliver.UnixMilli()), Key: []byte(r.Key), Value: r.Value}
		if r.Topic == simulate.Telemetry {
			rec.Topic = 1
		}
		var e event.Event
		if why := d.Decode(&rec, &e); why.Reason != event.Accepted {
			t.Fatalf("%s: %s", why.Reason, r.Value)
		}
		records, events = append(records, rec), append(events, e)
	}
	return records, events
}

// kindsFound counts signals by kind when the engine sees some of the events.
func kindsFound(t *testing.T, c engine.Config, records []event.Record, events []event.Event, keep func(*event.Event) bool) map[string]int {
	t.Helper()
	e, err := engine.New(c, []string{simulate.Clickstream, simulate.Telemetry})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	take := func(rows *score.Rows) {
		for i := range rows.Signals {
			found[rows.Signals[i].Kind]++
		}
	}
	for i := range events {
		if keep(&events[i]) {
			*e.Slot() = events[i]
			e.Add(&records[i])
		}
		if i%5000 == 0 {
			drain(e, e.Reachable(nil), take)
		}
	}
	drain(e, e.ClosingWatermark(), take)
	return found
}
