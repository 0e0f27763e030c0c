package session

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
)

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		key    string // "" where it is valid
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"preset", func(c *Config) { c.Preset = "posthorn" }},
		{"edge", func(c *Config) { c.Edge = "sharp" }},
		{"", func(c *Config) { c.Edge = Inclusive }},
		{"", func(c *Config) { c.Edge = Exclusive }},
		{"midnight", func(c *Config) { c.Midnight = "noon" }},
		{"", func(c *Config) { c.Midnight = "-05:30" }},
		{"", func(c *Config) { c.Midnight = "off" }},
		{"gap", func(c *Config) { c.Gap = 0 }},
		{"gap", func(c *Config) { c.Gap = 1500 * time.Microsecond }},
		{"", func(c *Config) { c.Gap = time.Millisecond }},
		{"max", func(c *Config) { c.Max = time.Hour + time.Microsecond }},
		{"max", func(c *Config) { c.Gap, c.Max = time.Hour, time.Hour-time.Millisecond }},
		{"", func(c *Config) { c.Gap, c.Max = time.Hour, time.Hour }},
		{"max", func(c *Config) { c.Max = longestMax + time.Millisecond }},
		{"", func(c *Config) { c.Max = longestMax }},
		{"grace", func(c *Config) { c.Grace = -time.Millisecond }},
		{"", func(c *Config) { c.Grace = 0 }},
		{"disorder", func(c *Config) { c.Disorder = time.Microsecond }},
		{"", func(c *Config) { c.Disorder = 0 }},
		{"max_events", func(c *Config) { c.MaxEvents = 0 }},
		{"", func(c *Config) { c.MaxEvents = 1 }},
		{"max_ids", func(c *Config) { c.MaxIDs = 0 }},
		{"max_open", func(c *Config) { c.MaxOpen = 0 }},
		{"max_awake", func(c *Config) { c.MaxAwake = -1 }},
		{"", func(c *Config) { c.MaxAwake = 0 }},
	} {
		config := DefaultConfig()
		c.change(&config)
		err := config.Validate()
		if c.key == "" && err != nil || c.key != "" && (err == nil || !strings.HasPrefix(err.Error(), "sessions."+c.key+": ")) {
			t.Errorf("%+v: want an error about %q, have %v", config, c.key, err)
		}
	}
}

func TestRulesAreTheConfigurationInEventTime(t *testing.T) {
	c := DefaultConfig()
	c.Gap, c.Max, c.Grace, c.Disorder, c.MaxEvents, c.MaxIDs = 2*time.Second, 3*time.Second, 4*time.Second, 5*time.Second, 6, 7
	r := c.Rules()
	if r.Gap != 2000 || r.Max != 3000 || r.Grace != 4000 || r.Disorder != 5000 || r.MaxEvents != 6 || r.MaxIDs != 7 || r.days || r.offset != 0 {
		t.Errorf("%+v", r)
	}
	c.Edge, c.Midnight, c.Campaigns = Exclusive, "-01:30", []string{"utm_source"}
	if r = c.Rules(); r.Gap != 1999 || r.Max != 2999 || !r.days || r.offset != event.Millis(-90*60_000) || len(r.campaigns) != 1 {
		t.Errorf("%+v", r)
	}
	c.Midnight = "off"
	if r = c.Rules(); r.days {
		t.Error("midnight is off, and ends sessions")
	}
}

func TestEndsSaysWhenSessionsEnd(t *testing.T) {
	c := DefaultConfig()
	if got := c.Ends(); got != "after 30m of silence, 24h after their start" {
		t.Errorf("%q", got)
	}
	c.Gap, c.Max, c.Edge, c.Midnight, c.Campaigns = 90*time.Second, longestMax, Exclusive, "+01:00", []string{"a", "b"}
	if got := c.Ends(); got != "after 1m30s of silence (exactly that is over), at midnight of +01:00, and with another a, b" {
		t.Errorf("%q", got)
	}
	c.Midnight, c.Campaigns, c.Edge, c.Gap = "off", nil, Inclusive, 2*time.Hour
	if got := c.Ends(); got != "after 2h of silence" {
		t.Errorf("%q", got)
	}
}
