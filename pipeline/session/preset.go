package session

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Preset is how another product divides time into sessions. The facts, and where they
// were read, are in testdata/presets; a test checks each preset against them.
type Preset struct {
	Name   string
	Note   string // what it follows, and what it cannot reproduce; empty when there is nothing to say
	change func(*Config)
}

// Presets lists all presets.
func Presets() []Preset { return slices.Clone(presets) }

// lasting sets gap and max.
func lasting(gap, most time.Duration) func(*Config) {
	return func(c *Config) { c.Gap, c.Max = gap, most }
}

// below sets gap and max, both exclusive.
func below(gap, most time.Duration) func(*Config) {
	return func(c *Config) { c.Gap, c.Max, c.Edge = gap, most, Exclusive }
}

// daily sets sessions that end at midnight and with each new campaign.
func daily(gap time.Duration) func(*Config) {
	return func(c *Config) {
		c.Gap, c.Max, c.Midnight = gap, longestMax, "+00:00"
		c.Campaigns = []string{"utm_source", "utm_medium", "utm_campaign", "gclid"}
	}
}

var presets = []Preset{
	{"posthog", "Events that its library sends as read-only do not extend a session there; here every act does.", lasting(30*time.Minute, 24*time.Hour)},
	{"datadog", "Follows the code: exactly 15 minutes, and exactly 4 hours, are over. Its clicks, touches, keys and scrolls extend a session; here every act does.", below(15*time.Minute, 4*time.Hour)},
	{"splunk", "Clicks, touches, keys and scrolls extend a session there; here every act does.", lasting(15*time.Minute, 4*time.Hour)},
	{"faro", "", below(15*time.Minute, 4*time.Hour)},
	{"newrelic", "Clicks, keys and scrolls extend a session there; here every act does. A page that stays open ends it by timer, at exactly the time.", lasting(30*time.Minute, 4*time.Hour)},
	{"amplitude", "Of its library for the web. It knows no longest session.", lasting(30*time.Minute, longestMax)},
	{"amplitude_rn", "Of its library for React Native. It knows no longest session.", lasting(5*time.Minute, longestMax)},
	{"sentry", "Of session replays; that they pause after 5 minutes of silence makes no new session.", below(15*time.Minute, time.Hour)},
	{"clarity", "The day that its cookie lives begins anew with each use: it knows no longest session. Exactly 30 minutes are over.", below(30*time.Minute, longestMax)},
	{"snowplow", "Its tracker decides, and what exactly 30 minutes are follows from a cookie's end. Its models cut a session at three days.", lasting(30*time.Minute, 72*time.Hour)},
	{"segment", "Of its package for dbt, which counts whole seconds. It knows no longest session.", lasting(30*time.Minute, longestMax)},
	{"mixpanel", "Sessions by timeout, the default. Midnight is that of the project there, and that of UTC here unless midnight is set.", func(c *Config) {
		c.Gap, c.Max, c.Midnight = 30*time.Minute, 24*time.Hour, "+00:00"
	}},
	{"matomo", "Follows the code: exactly 30 minutes are over. Midnight is that of the site there, and that of UTC here unless midnight is set. A visit ends after 10,000 actions, too, which is not reproduced.", func(c *Config) {
		daily(30 * time.Minute)(c)
		c.Edge = Exclusive
	}},
	{"universal_analytics", "From its documentation; its code is not public. Midnight is that of the view there, and that of UTC here unless midnight is set.", daily(30 * time.Minute)},
	{"ga4", "From its documentation; its code is not public. It knows no longest session.", lasting(30*time.Minute, longestMax)},
	{"conviva", "From our reading of its documentation alone; its code is not public, and no cases of its own are. It knows no longest session.", lasting(90*time.Second, longestMax)},
	{"openreplay", "Of its server, which goes by the wall clock and looks every 10 seconds; its code has no cases. It knows no longest session.", lasting(30*time.Minute, longestMax)},
}

// InForce is what was set, and under it what the preset says, and under that the
// defaults. A key was set if its value is not the default, or if [Config.Explicit] names
// it.
func (c Config) InForce() (Config, error) {
	if c.Preset == "" {
		return c, nil
	}
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == c.Preset })
	if i < 0 {
		var names []string
		for _, p := range presets {
			names = append(names, p.Name)
		}
		return c, fmt.Errorf("sessions.preset: %q is none of %s", c.Preset, strings.Join(names, ", "))
	}
	standard, preset := DefaultConfig(), DefaultConfig()
	presets[i].change(&preset)
	if !slices.Contains(c.Explicit, "gap") {
		prefer(&c.Gap, standard.Gap, preset.Gap)
	}
	if !slices.Contains(c.Explicit, "max") {
		prefer(&c.Max, standard.Max, preset.Max)
	}
	prefer(&c.Edge, standard.Edge, preset.Edge)
	prefer(&c.Midnight, standard.Midnight, preset.Midnight)
	if len(c.Campaigns) == 0 {
		c.Campaigns = preset.Campaigns
	}
	return c, nil
}

// Set notes which keys of the section were set. Those whose value is the default could
// not be distinguished from keys that were not set; edge and midnight have another way
// to say so.
func (c *Config) Set(keys []string) {
	standard := DefaultConfig()
	if c.Preset == "" {
		return // nothing would change them
	}
	if slices.Contains(keys, "gap") && c.Gap == standard.Gap {
		c.Explicit = append(c.Explicit, "gap")
	}
	if slices.Contains(keys, "max") && c.Max == standard.Max {
		c.Explicit = append(c.Explicit, "max")
	}
}

// prefer takes the preset's value where ours is the default.
func prefer[T comparable](ours *T, standard, preset T) {
	if *ours == standard {
		*ours = preset
	}
}

// NoteOf is the note of the preset that c names, "" for none.
func (c Config) NoteOf() string {
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == c.Preset })
	if i < 0 {
		return ""
	}
	return presets[i].Note
}

// Ends says in words when sessions end under a configuration in force.
func (c Config) Ends() string {
	edge := ""
	if c.Edge == Exclusive {
		edge = " (exactly that is over)"
	}
	ends := fmt.Sprintf("after %s of silence%s", short(c.Gap), edge)
	if c.Max < longestMax {
		ends += fmt.Sprintf(", %s after their start", short(c.Max))
	}
	if c.Midnight != "" && c.Midnight != noMidnight {
		ends += ", at midnight of " + c.Midnight
	}
	if len(c.Campaigns) > 0 {
		ends += ", and with another " + strings.Join(c.Campaigns, ", ")
	}
	return ends
}

// short is a duration without trailing zeros.
func short(d time.Duration) string {
	text := d.String()
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}
