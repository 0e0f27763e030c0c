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
	// Gap is the longest silence inside a session; a gap of exactly this stays, a longer one splits.
	Gap time.Duration `yaml:"gap"`
	// Max is the longest a session may last; an event later than this after its start opens a new one.
	Max time.Duration `yaml:"max"`
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

// DefaultConfig returns the defaults of the semantics page.
func DefaultConfig() Config {
	return Config{
		Gap: 30 * time.Minute, Max: 24 * time.Hour, Grace: time.Minute, Disorder: 10 * time.Second,
		MaxEvents: 50_000, MaxIDs: 50_000, MaxOpen: 2_000_000, MaxAwake: 8192,
	}
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
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
	if c.Max > 14*24*time.Hour {
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
	Gap, Max, Grace, Disorder event.Millis
	MaxEvents, MaxIDs         uint32
}

// Rules converts a valid configuration.
func (c Config) Rules() Rules {
	return Rules{
		Gap: Millis(c.Gap), Max: Millis(c.Max), Grace: Millis(c.Grace), Disorder: Millis(c.Disorder),
		MaxEvents: uint32(min(c.MaxEvents, 1<<31)), MaxIDs: uint32(min(c.MaxIDs, 1<<31)),
	}
}

// Millis is d in whole milliseconds.
func Millis(d time.Duration) event.Millis { return event.Millis(d / time.Millisecond) }
