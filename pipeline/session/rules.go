package session

import (
	"fmt"
	"time"

	"friction/pipeline/event"
)

// Rules are a configuration in force, ready for use. They never change.
type Rules struct {
	Gap, Max, Grace, Disorder event.Millis // exactly Gap, or Max, is still inside
	AcceptLate                event.Millis // how old an overdue event may be; 0 accepts none
	MaxEvents, MaxIDs         uint32

	acts      uint32       // types of events that are acts, one bit each
	days      bool         // sessions end at midnight
	offset    event.Millis // of the midnight's time zone from UTC
	campaigns []string     // attributes that name a campaign
}

// Rules converts a valid configuration.
func (c Config) Rules() Rules {
	if inForce, err := c.InForce(); err == nil {
		c = inForce
	}
	r := Rules{
		Gap: Millis(c.Gap), Max: Millis(c.Max), Grace: Millis(c.Grace), Disorder: Millis(c.Disorder),
		AcceptLate: Millis(c.AcceptLate), MaxEvents: uint32(min(c.MaxEvents, 1<<31)), MaxIDs: uint32(min(c.MaxIDs, 1<<31)),
		acts: c.Acts.typesOfActs(), days: c.Midnight != "" && c.Midnight != noMidnight, campaigns: c.Campaigns,
	}
	if c.Edge == Exclusive {
		r.Gap, r.Max = r.Gap-1, r.Max-1
	}
	r.offset, _ = offsetOf(c.Midnight)
	return r
}

// Validate returns an error that begins with the key of a value that cannot be used.
func (c Config) Validate() error {
	c, err := c.InForce()
	if err != nil {
		return err
	}
	if c.Edge != "" && c.Edge != Inclusive && c.Edge != Exclusive {
		return fmt.Errorf("sessions.edge: %q is neither inclusive nor exclusive", c.Edge)
	}
	if c.Key != "" && c.Key != ByUser && c.Key != ByClient {
		return fmt.Errorf("sessions.key: %q is neither user nor client_session", c.Key)
	}
	if c.Acts != "" && c.Acts != OnlyActs && c.Acts != AllActs {
		return fmt.Errorf("sessions.acts: %q is neither acts nor all", c.Acts)
	}
	if _, err := offsetOf(c.Midnight); err != nil {
		return fmt.Errorf("sessions.midnight: %w", err)
	}
	for _, d := range []struct {
		key   string
		value time.Duration
		least time.Duration
	}{{"gap", c.Gap, time.Millisecond}, {"max", c.Max, time.Millisecond}, {"grace", c.Grace, 0}, {"disorder", c.Disorder, 0}, {"accept_late", c.AcceptLate, 0}} {
		if d.value < d.least || d.value%time.Millisecond != 0 {
			return fmt.Errorf("sessions.%s: %v is not a whole number of milliseconds of at least %v", d.key, d.value, d.least)
		}
	}
	if c.Max < c.Gap {
		return fmt.Errorf("sessions.max: %v is shorter than sessions.gap %v", c.Max, c.Gap)
	}
	if c.Max > longestMax {
		return fmt.Errorf("sessions.max: %v is longer than 14 days", c.Max)
	}
	if c.AcceptLate > longestAccept {
		return fmt.Errorf("sessions.accept_late: %v is longer than 30 days", c.AcceptLate)
	}
	for _, limit := range []struct {
		key string
		n   int
	}{{"max_events", c.MaxEvents}, {"max_ids", c.MaxIDs}, {"max_open", c.MaxOpen}, {"max_apps", c.MaxApps}, {"max_closed", c.MaxClosed}} {
		if limit.n < 1 {
			return fmt.Errorf("sessions.%s: %d is not at least 1", limit.key, limit.n)
		}
	}
	if c.MaxAwake < 0 {
		return fmt.Errorf("sessions.max_awake: %d is negative", c.MaxAwake)
	}
	return nil
}

// offsetOf reads +hh:mm or -hh:mm; nothing is no offset.
func offsetOf(text string) (event.Millis, error) {
	if text == "" || text == noMidnight {
		return 0, nil
	}
	at, err := time.ParseInLocation("-07:00", text, time.UTC)
	if err != nil {
		return 0, fmt.Errorf("%q is no offset from UTC; write it as +00:00 or -05:00", text)
	}
	_, seconds := at.Zone()
	return event.Millis(seconds) * 1000, nil
}

// Millis is d in whole milliseconds.
func Millis(d time.Duration) event.Millis { return event.Millis(d / time.Millisecond) }
