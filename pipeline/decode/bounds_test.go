package decode

import (
	"fmt"
	"strings"
	"testing"

	"friction/pipeline/event"
)

// At the bounds of size, depth and time a record is taken, and beyond them it is not.
func TestBoundsOfARecord(t *testing.T) {
	const value = `{"time":1767268800000,"user":"ada","type":"click","attrs":{"a":"b"}}`
	record := func(change func(*event.Record)) *event.Record {
		r := &event.Record{Time: 1767268800000, Key: []byte("ada"), Value: []byte(value)}
		change(r)
		return r
	}
	c := DefaultConfig()
	c.MaxBytes = len(value)
	for name, x := range map[string]struct {
		change func(*event.Record)
		want   event.Reason
	}{
		"as it is":           {func(*event.Record) {}, event.Accepted},
		"a byte too long":    {func(r *event.Record) { r.Value = append(r.Value, ' ') }, event.TooLarge},
		"of a size alone":    {func(r *event.Record) { r.Value, r.Size = nil, 5000 }, event.TooLarge},
		"empty":              {func(r *event.Record) { r.Value = nil }, event.Empty},
		"of spaces":          {func(r *event.Record) { r.Value = []byte("  ") }, event.Malformed},
		"without a key":      {func(r *event.Record) { r.Key = nil }, event.NullKey},
		"of a file":          {func(r *event.Record) { r.Key, r.NoKey = nil, true }, event.Accepted},
		"at the last moment": {func(r *event.Record) { r.Time -= event.Millis(c.RejectFuture.Milliseconds()) }, event.Accepted},
		"a moment later":     {func(r *event.Record) { r.Time -= event.Millis(c.RejectFuture.Milliseconds()) + 1 }, event.TimeFuture},
		"without a time":     {func(r *event.Record) { r.Time = event.Never }, event.Accepted},
	} {
		d, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		var e event.Event
		if got := d.Decode(record(x.change), &e); got.Reason != x.want {
			t.Errorf("%s: %v, want %v", name, got, x.want)
		}
	}
}

// An event a little ahead of its record gets the record's time.
func TestAClockThatIsAhead(t *testing.T) {
	c := DefaultConfig()
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	most := event.Millis(c.MaxFuture.Milliseconds())
	for ahead, corrected := range map[event.Millis]bool{0: false, most: false, most + 1: true} {
		const at = event.Millis(1767268800000)
		var e event.Event
		value := fmt.Sprintf(`{"time":%d,"user":"ada","type":"click"}`, at+ahead)
		if r := d.Decode(&event.Record{Time: at, Key: []byte("ada"), Value: []byte(value)}, &e); r.Reason != event.Accepted {
			t.Fatal(r)
		}
		want := at + ahead
		if corrected {
			want = at
		}
		if e.Time != want || e.Has(event.ClockAhead) != corrected {
			t.Errorf("%d ms ahead: time %d, want %d; flag %v", ahead, e.Time, want, e.Has(event.ClockAhead))
		}
	}
}

func TestUserOfLongValues(t *testing.T) {
	const value = `{"time":1,"user":"ada","type":"click"}`
	c := DefaultConfig()
	c.MaxBytes = len(value)
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if user, ok := d.UserOf([]byte(value)); !ok || user != "ada" {
		t.Errorf("%q, %v", user, ok)
	}
	for _, bad := range []string{"", " ", strings.Replace(value, "click", "clicks", 1), `{"type":"click"}`, `{"user":""}`} {
		if user, ok := d.UserOf([]byte(bad)); ok {
			t.Errorf("%s is of %q", bad, user)
		}
	}
}
