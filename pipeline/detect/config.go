package detect

import (
	"fmt"
	"time"
)

// Config is the section `signals` of the configuration.
type Config struct {
	// RageClick: several clicks at one place in quick succession.
	RageClick RageClickConfig `yaml:"rage_click"`
	// DeadClick: a click on something interactive to which nothing reacts.
	DeadClick DeadClickConfig `yaml:"dead_click"`
	// ErrorClick: a click followed by an error or a failed request.
	ErrorClick ErrorClickConfig `yaml:"error_click"`
	// Retry: the same operation again after it failed or had no answer.
	Retry RetryConfig `yaml:"retry"`
	// QuickBack: to another page and straight back.
	QuickBack QuickBackConfig `yaml:"quick_back"`
	// PageLoop: the same page entered again and again.
	PageLoop PageLoopConfig `yaml:"page_loop"`
	// DropOff: a visit that ends because the session does.
	DropOff DropOffConfig `yaml:"drop_off"`
}

// RageClickConfig bounds a burst of clicks.
type RageClickConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Clicks is how many clicks make a run.
	Clicks int `yaml:"clicks"`
	// Within is the longest time from the first to the last of so many clicks, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
	// Distance is how far, in CSS px, a click on a target without an id may be from the one before.
	Distance float64 `yaml:"distance"`
}

// DeadClickConfig bounds the wait for a reaction.
type DeadClickConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long a reaction may take.
	Within time.Duration `yaml:"within"`
	// Forgive is how near, before or after, a change of focus or visibility excuses the click.
	Forgive time.Duration `yaml:"forgive"`
}

// ErrorClickConfig bounds the wait for an error.
type ErrorClickConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after the click the error comes.
	Within time.Duration `yaml:"within"`
}

// RetryConfig bounds the time between tries.
type RetryConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon after a failed try the next one comes.
	Within time.Duration `yaml:"within"`
}

// QuickBackConfig bounds the stay on the second page.
type QuickBackConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is the longest stay on the page that is left again.
	Within time.Duration `yaml:"within"`
}

// PageLoopConfig bounds a loop.
type PageLoopConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Entries is how many entries of one page make a run.
	Entries int `yaml:"entries"`
	// Within is the longest time from the first to the last of so many entries, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
}

// DropOffConfig switches the signal of a visit that ended with the session.
type DropOffConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
}

// DefaultConfig returns the defaults of the semantics page.
func DefaultConfig() Config {
	return Config{
		RageClick:  RageClickConfig{Enabled: true, Clicks: 4, Within: time.Second, Distance: 30},
		DeadClick:  DeadClickConfig{Enabled: true, Within: 2500 * time.Millisecond, Forgive: time.Second},
		ErrorClick: ErrorClickConfig{Enabled: true, Within: 2 * time.Second},
		Retry:      RetryConfig{Enabled: true, Within: 30 * time.Second},
		QuickBack:  QuickBackConfig{Enabled: true, Within: 5 * time.Second},
		PageLoop:   PageLoopConfig{Enabled: true, Entries: 3, Within: 15 * time.Second},
		DropOff:    DropOffConfig{Enabled: true},
	}
}

// longest bounds every threshold, so that a session's memory of what came before stays bounded.
const longest = 10 * time.Minute

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"rage_click.within", c.RageClick.Within},
		{"dead_click.within", c.DeadClick.Within},
		{"dead_click.forgive", c.DeadClick.Forgive},
		{"error_click.within", c.ErrorClick.Within},
		{"retry.within", c.Retry.Within},
		{"quick_back.within", c.QuickBack.Within},
		{"page_loop.within", c.PageLoop.Within},
	} {
		if d.value < time.Millisecond || d.value > longest || d.value%time.Millisecond != 0 {
			return fmt.Errorf("signals.%s: %v is not a whole number of milliseconds from 1ms to %v", d.key, d.value, longest)
		}
	}
	switch {
	case c.RageClick.Clicks < 2 || c.RageClick.Clicks > 64:
		return fmt.Errorf("signals.rage_click.clicks: %d is not from 2 to 64", c.RageClick.Clicks)
	case !(c.RageClick.Distance >= 0):
		return fmt.Errorf("signals.rage_click.distance: %v is not 0 or more", c.RageClick.Distance)
	case c.PageLoop.Entries < 2 || c.PageLoop.Entries > 64:
		return fmt.Errorf("signals.page_loop.entries: %d is not from 2 to 64", c.PageLoop.Entries)
	}
	return nil
}
