package session

import (
	"fmt"
	"time"

	"friction/pipeline/event"
)

// MaxTopics is how many input topics one task may read.
const MaxTopics = 4

// Config is the section `sessions` of the configuration.
type Config struct {
	// Preset names the product whose rules of sessions take the place of our defaults; docs/signals.md lists them.
	Preset string `yaml:"preset"`
	// Gap is the longest silence inside a session; a gap of exactly this stays, a longer one splits.
	Gap time.Duration `yaml:"gap"`
	// Max is the longest a session may last; an event later than this after its start opens a new one.
	Max time.Duration `yaml:"max"`
	// Edge says whether exactly gap, and exactly max, are still inside: inclusive or exclusive.
	Edge Edge `yaml:"edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
	// Midnight ends sessions at midnight of an offset from UTC such as +00:00 or -05:00; empty or off does not.
	Midnight string `yaml:"midnight"`
	// Campaigns names the attributes that say which campaign brought somebody, such as utm_source; an event that comes from another one opens a new session.
	Campaigns []string `yaml:"campaigns"`
	// Grace keeps a session open beyond its gap for batches that come late.
	Grace time.Duration `yaml:"grace"`
	// Disorder is how far records of one topic may be out of order and still be taken in order.
	Disorder time.Duration `yaml:"disorder"`
	// MaxEvents is how many events one session takes; more are counted as capped.
	MaxEvents int `yaml:"max_events"`
	// MaxIDs is how many explicit ids one session remembers; events beyond it are counted as capped.
	MaxIDs int `yaml:"max_ids"`
	// MaxOpen is how many sessions one task keeps open; events that would open one more are counted as capped.
	MaxOpen int `yaml:"max_open"`
	// MaxAwake is how many open sessions one task keeps at hand; of more, the silent ones are packed, which takes less memory and more time.
	MaxAwake int `yaml:"max_awake"`
}

// Edge is whether a bound itself is still inside. Empty is inclusive.
type Edge string

// Whether a bound itself is still inside.
const (
	Inclusive Edge = "inclusive"
	Exclusive Edge = "exclusive"
)

// DefaultConfig returns the defaults of the semantics page.
func DefaultConfig() Config {
	return Config{
		Gap: 30 * time.Minute, Max: 24 * time.Hour, Grace: time.Minute, Disorder: 10 * time.Second,
		MaxEvents: 50_000, MaxIDs: 50_000, MaxOpen: 2_000_000, MaxAwake: 8192,
	}
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	c, err := c.InForce()
	if err != nil {
		return err
	}
	if c.Edge != "" && c.Edge != Inclusive && c.Edge != Exclusive {
		return fmt.Errorf("sessions.edge: %q is neither inclusive nor exclusive", c.Edge)
	}
	if _, err := offsetOf(c.Midnight); err != nil {
		return fmt.Errorf("sessions.midnight: %w", err)
	}
	for _, d := range []struct {
		key   string
		value time.Duration
		least time.Duration
	}{{"gap", c.Gap, time.Millisecond}, {"max", c.Max, time.Millisecond}, {"grace", c.Grace, 0}, {"disorder", c.Disorder, 0}} {
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
	for key, n := range map[string]int{"max_events": c.MaxEvents, "max_ids": c.MaxIDs, "max_open": c.MaxOpen} {
		if n < 1 {
			return fmt.Errorf("sessions.%s: %d is not at least 1", key, n)
		}
	}
	if c.MaxAwake < 0 {
		return fmt.Errorf("sessions.max_awake: %d is negative", c.MaxAwake)
	}
	return nil
}

// Rules are the durations of Config in event time.
type Rules struct {
	Gap, Max, Grace, Disorder event.Millis // Gap and Max themselves are still inside
	MaxEvents, MaxIDs         uint32

	days      bool         // sessions end at midnight
	offset    event.Millis // of that midnight's clock from UTC
	campaigns []string
}

// Rules converts a valid configuration.
func (c Config) Rules() Rules {
	if inForce, err := c.InForce(); err == nil {
		c = inForce
	}
	r := Rules{
		Gap: Millis(c.Gap), Max: Millis(c.Max), Grace: Millis(c.Grace), Disorder: Millis(c.Disorder),
		MaxEvents: uint32(min(c.MaxEvents, 1<<31)), MaxIDs: uint32(min(c.MaxIDs, 1<<31)),
		days: c.Midnight != "" && c.Midnight != noMidnight, campaigns: c.Campaigns,
	}
	if c.Edge == Exclusive {
		r.Gap, r.Max = r.Gap-1, r.Max-1
	}
	r.offset, _ = offsetOf(c.Midnight)
	return r
}

// noMidnight is the setting that takes the midnight of a preset away.
const noMidnight = "off"

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
