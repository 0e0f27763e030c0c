package zones

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// What a clock showed at an instant is that instant again, but for the hours that clocks
// show twice; there it is the first of two that the time package knows.
func TestZonesAgainstTime(t *testing.T) {
	names := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns", "Pacific/Apia", "UTC"}
	zones, err := Of(names)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "zone")
		place, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		at := time.UnixMilli(rapid.Int64Range(-2_000_000_000_000, 7_000_000_000_000).Draw(t, "time"))
		if rapid.Bool().Draw(t, "near a change") {
			if _, change := at.In(place).ZoneBounds(); !change.IsZero() {
				at = change.Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(t, "seconds")) * time.Second)
			}
		}
		shown := at.In(place)
		_, offset := shown.Zone()
		zone := zones[name]
		got, twice := zone.At(event.Millis(at.UnixMilli() + int64(offset)*1000))
		if got == event.Millis(at.UnixMilli()) {
			return
		}
		back := time.UnixMilli(int64(got)).In(place)
		if !twice || !back.Before(at) || back.Format(time.DateTime) != shown.Format(time.DateTime) {
			t.Fatalf("%s: %v is %v, twice %v", name, shown, back, twice)
		}
	})
}

func TestHoursOfChange(t *testing.T) {
	zones, err := Of([]string{"Europe/Berlin"})
	if err != nil {
		t.Fatal(err)
	}
	berlin := zones["Europe/Berlin"]
	for shown, want := range map[string]struct {
		utc   string
		twice bool
	}{
		"2025-03-30 01:59:59": {"2025-03-30 00:59:59", false},
		"2025-03-30 02:00:00": {"2025-03-30 01:00:00", false}, // left out: shown as 03:00
		"2025-03-30 02:30:00": {"2025-03-30 01:30:00", false},
		"2025-03-30 03:00:00": {"2025-03-30 01:00:00", false},
		"2025-10-26 01:59:59": {"2025-10-25 23:59:59", false},
		"2025-10-26 02:00:00": {"2025-10-26 00:00:00", true}, // the first of the two
		"2025-10-26 02:59:59": {"2025-10-26 00:59:59", true},
		"2025-10-26 03:00:00": {"2025-10-26 02:00:00", false},
	} {
		local, err := time.Parse(time.DateTime, shown)
		if err != nil {
			t.Fatal(err)
		}
		got, twice := berlin.At(event.Millis(local.UnixMilli()))
		if utc := time.UnixMilli(int64(got)).UTC().Format(time.DateTime); utc != want.utc || twice != want.twice {
			t.Errorf("%s is %s, twice %v; want %s, %v", shown, utc, twice, want.utc, want.twice)
		}
	}
	for _, name := range []string{"Europe/Atlantis", "../etc/passwd"} {
		if _, err := Of([]string{name}); err == nil {
			t.Errorf("there is a zone %q", name)
		}
	}
}
