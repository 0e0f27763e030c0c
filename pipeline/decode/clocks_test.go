package decode

import (
	"fmt"
	"testing"

	"friction/pipeline/event"
)

// An event was made at 12:00:00 by its device's clock; the record is of 12:01:00.
func TestSentAtCorrectsTheClock(t *testing.T) {
	const record = noon + 60_000
	for _, c := range []struct {
		name, fields     string
		time, skew, lead event.Millis
	}{
		{"not said", ``, noon, 0, 0},
		{"right", `,"sent_at":"2026-03-01T12:01:00Z"`, noon, 0, 0},
		{"as good as right", `,"sent_at":"2026-03-01T12:01:02Z"`, noon, 0, 0},
		{"fast", `,"sent_at":"2026-03-01T12:03:00Z"`, noon - 120_000, 120_000, 0},
		{"slow", `,"sent_at":"2026-03-01T12:00:30Z"`, noon + 30_000, -30_000, 0},
		{"a Unix time", `,"sent_at":1772366580`, noon - 120_000, 120_000, 0},
		{"received before", `,"sent_at":"2026-03-01T12:03:00Z","received_at":"2026-03-01T12:00:50Z"`, noon - 130_000, 130_000, 0},
		{"loaded afterwards", `,"sent_at":"2026-02-28T12:00:59Z"`, noon, 0, 0},
		{"a day", `,"sent_at":"2026-02-28T12:01:00Z"`, noon + 86_400_000, -86_400_000, 0},
		{"corrected already", `,"sent_at":"2026-03-01T12:03:00Z","clock_corrected":true`, noon, 0, 0},
		{"no time", `,"sent_at":"soon"`, noon, 0, 0},
	} {
		text := fmt.Sprintf(`{"time":"2026-03-01T12:00:00Z","user":"u","type":"click"%s}`, c.fields)
		var e event.Event
		r := decoder(t, nil).Decode(&event.Record{NoKey: true, Time: record, Value: []byte(text)}, &e)
		if c.name == "a day" {
			c.time, c.lead = record, noon+86_400_000-record // what is left is judged as any time is
		}
		if r.Reason != event.Accepted || e.Time != c.time || e.Skew != c.skew || e.Lead != c.lead || len(e.Attrs) > 0 {
			t.Errorf("%s: %v at %d, skew %d, lead %d, %v", c.name, r, e.Time-noon, e.Skew, e.Lead, e.Attrs)
		}
	}
}

// A file has no record times, so it must say when an event arrived.
func TestSentAtOfAFileNeedsWhenItArrived(t *testing.T) {
	for text, want := range map[string]event.Millis{
		`"sent_at":"2026-03-01T12:03:00Z"`:                                      noon,
		`"sent_at":"2026-03-01T12:03:00Z","received_at":"2026-03-01T12:01:00Z"`: noon - 120_000,
	} {
		var e event.Event
		value := `{"time":"2026-03-01T12:00:00Z","user":"u","type":"click",` + text + `}`
		if r := decoder(t, nil).Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e); r.Reason != event.Accepted || e.Time != want {
			t.Errorf("%s: %v at %d", text, r, e.Time-noon)
		}
	}
}

func TestARecordTimeThatIsNoneIsTheClocks(t *testing.T) {
	d := decoder(t, nil)
	for said, want := range map[event.Millis]event.Millis{
		noon: noon, noon + 9: noon + 5, 0: noon + 5, -1: noon + 5, 1: noon + 5, d.notBefore: d.notBefore, d.notBefore - 1: noon + 5,
	} {
		if got := d.RecordTime(said, noon+5); got != want {
			t.Errorf("%d became %d, want %d", said, got, want)
		}
	}
	if got := d.RecordTime(0, event.Never); got != event.Never {
		t.Errorf("without a clock it became %d", got)
	}
}

// With sessions.key: client_session a login changes the user, and not the session.
func TestAClientSessionCanBeTheKey(t *testing.T) {
	d := decoder(t, func(c *Config) { c.ByClient = true })
	read := func(user, client string) (e event.Event) {
		t.Helper()
		value := `{"time":"2026-03-01T12:00:00Z","user":"` + user + `","session":"` + client + `","type":"click"}`
		if r := d.Decode(&event.Record{Key: []byte("s-1"), Time: noon, Value: []byte(value)}, &e); r.Reason != event.Accepted {
			t.Errorf("%s: %v", value, r)
		}
		return e
	}
	before, after, other, nobody := read("anon-71", "s-1"), read("u-9", "s-1"), read("u-9", "s-2"), read("unknown", "s-1")
	if before.Key != after.Key || before.Key != nobody.Key || before.Key == other.Key || after.User != "u-9" || after.Has(event.Foreign) || !other.Has(event.Foreign) {
		t.Errorf("%+v\n%+v\n%+v\n%+v", before, after, other, nobody)
	}
	if a, b := read("u-1", ""), read("u-2", ""); a.Key == b.Key {
		t.Error("events without a client session share a key")
	}
}
