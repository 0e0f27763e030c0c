package oracle

import (
	"maps"
	"slices"
	"time"

	"friction/pipeline/session"
)

// preset is the rules of another product, as docs/signals.md has them.
type preset struct {
	settings settings
	suppress []suppressed
	own      bool // its numbers are public, so they take the place of ours
}

// neighbours are the settings of products that compare a click with the one
// before it, and for which exactly the bound is outside.
func neighbours(name, clicks, within, distance, same string) settings {
	return settings{
		name + ".clicks": clicks, name + ".within": within, name + ".distance": distance, name + ".same": same,
		name + ".compat.window": "gap", name + ".compat.consecutive": "true", name + ".compat.edge": "exclusive", name + ".compat.distance_edge": "exclusive",
	}
}

// join puts settings together.
func join(all ...settings) settings {
	out := settings{}
	for _, s := range all {
		maps.Copy(out, s)
	}
	return out
}

// deadOf is the wait of products that know no double clicks and forgive nothing.
func deadOf(within string) settings {
	return settings{"dead_click.within": within, "dead_click.repeat": "1ms", "dead_click.forgive": "1ms"}
}

var presets = map[string]preset{
	"posthog": {own: true, settings: join(
		neighbours("rage_click", "3", "1s", "30", "distance"),
		settings{"rage_click.compat.shape": "manhattan", "dead_click.within": "2499ms", "dead_click.repeat": "999ms", "dead_click.forgive": "1s"},
	), suppress: []suppressed{
		{Name: "posthog_content", Signals: rageSignals, Text: []string{"next", "previous", "prev", ">", "<", "+", "-", "−", "–"}},
		{Name: "posthog_class", Signals: rageSignals, Class: []string{"ph-no-rageclick", "ph-no-capture"}},
	}},
	"posthog_ios": {own: true, settings: join(
		neighbours("rage_tap", "3", "1s", "30", "distance"), settings{"rage_tap.compat.shape": "manhattan"},
	), suppress: []suppressed{knownFor("steppers", rageSignals), knownFor("text_selection", rageSignals)}},
	"datadog": {own: true, settings: join(settings{
		"rage_click.clicks": "3", "rage_click.within": "1s", "rage_click.distance": "100", "rage_click.same": "target_and_distance",
		"rage_click.compat.consecutive": "true", "error_click.within": "10s",
	}, deadOf("100ms")), suppress: []suppressed{{Name: "datadog_activity", Signals: rageSignals, After: []string{"selection", "scroll"}}}},
	"sentry": {own: true, settings: join(settings{
		"rage_click.clicks": "5", "rage_click.within": "7s", "rage_click.distance": "0", "rage_click.same": "target", "rage_click.compat.consecutive": "true",
	}, deadOf("7s"))},
	"sentry_rn": {own: true, settings: settings{
		"rage_tap.clicks": "3", "rage_tap.within": "1s", "rage_tap.distance": "0", "rage_tap.same": "target", "rage_tap.compat.consecutive": "true",
		"rage_tap.compat.every": "3",
	}},
	"openreplay": {own: true, settings: join(neighbours("rage_click", "3", "300ms", "0", "target"), deadOf("1233ms"))},
	"mixpanel": {own: true, settings: join(
		neighbours("rage_click", "4", "1s", "30", "distance"), settings{"rage_click.compat.every": "4"}, deadOf("500ms"),
	)},
	"amplitude": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "50", "rage_click.same": "target_and_distance",
		"rage_click.compat.shape": "box", "rage_click.compat.window": "restart", "rage_click.compat.edge": "exclusive", "rage_click.compat.consecutive": "true",
		"error_click.within": "2s", "thrashed_cursor.count": "20", "thrashed_cursor.within": "1999ms", "thrashed_cursor.distance": "0",
	}, deadOf("3s")), suppress: []suppressed{knownFor("text_selection", rageSignals)}},
	"newrelic": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_click.compat.edge": "exclusive", "rage_click.compat.consecutive": "true", "rage_click.compat.ends": "10m", "error_click.within": "2s",
	}, deadOf("2s"))},
	"splunk": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_click.compat.edge": "exclusive", "rage_click.compat.every": "4", "error_click.within": "1s",
	}, deadOf("1s"))},
	"highlight": {own: true, settings: settings{
		"rage_click.clicks": "6", "rage_click.within": "5s", "rage_click.distance": "8", "rage_click.same": "distance",
	}},
	"conviva": {own: true, settings: settings{
		"rage_click.clicks": "3", "rage_click.within": "2s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_tap.clicks": "3", "rage_tap.within": "2s", "rage_tap.distance": "0", "rage_tap.same": "target",
		"page_loop.entries": "3", "page_loop.within": "15s", "error_leave.within": "10s", "crash_restart.within": "30s",
	}},
}

// unending is the longest session that can be set, for products that know none.
const unending = 14 * 24 * time.Hour

// sessionPreset is how another product divides time into sessions.
type sessionPreset struct {
	gap, max  time.Duration
	exclusive bool // exactly the bound is over
	midnight  bool // in UTC
	campaigns bool
}

var sessionPresets = map[string]sessionPreset{
	"posthog":             {gap: 30 * time.Minute, max: 24 * time.Hour},
	"datadog":             {gap: 15 * time.Minute, max: 4 * time.Hour, exclusive: true},
	"splunk":              {gap: 15 * time.Minute, max: 4 * time.Hour},
	"faro":                {gap: 15 * time.Minute, max: 4 * time.Hour, exclusive: true},
	"newrelic":            {gap: 30 * time.Minute, max: 4 * time.Hour},
	"amplitude":           {gap: 30 * time.Minute, max: unending},
	"amplitude_rn":        {gap: 5 * time.Minute, max: unending},
	"sentry":              {gap: 15 * time.Minute, max: time.Hour, exclusive: true},
	"clarity":             {gap: 30 * time.Minute, max: unending, exclusive: true},
	"snowplow":            {gap: 30 * time.Minute, max: 72 * time.Hour},
	"segment":             {gap: 30 * time.Minute, max: unending},
	"mixpanel":            {gap: 30 * time.Minute, max: 24 * time.Hour, midnight: true},
	"matomo":              {gap: 30 * time.Minute, max: unending, exclusive: true, midnight: true, campaigns: true},
	"universal_analytics": {gap: 30 * time.Minute, max: unending, midnight: true, campaigns: true},
	"ga4":                 {gap: 30 * time.Minute, max: unending},
	"conviva":             {gap: 90 * time.Second, max: unending},
	"openreplay":          {gap: 30 * time.Minute, max: unending},
}

// sessionsInForce is what was set to something else than the default, and else
// what the preset says.
func sessionsInForce(c session.Config) session.Config {
	p, ok := sessionPresets[c.Preset]
	if ok && c.Gap == 30*time.Minute && !slices.Contains(c.Explicit, "gap") {
		c.Gap = p.gap
	}
	if ok && c.Max == 24*time.Hour && !slices.Contains(c.Explicit, "max") {
		c.Max = p.max
	}
	if p.exclusive && c.Edge == "" {
		c.Edge = session.Exclusive
	}
	if p.midnight && c.Midnight == "" {
		c.Midnight = "+00:00"
	}
	if p.campaigns && len(c.Campaigns) == 0 {
		c.Campaigns = []string{"utm_source", "utm_medium", "utm_campaign", "gclid"}
	}
	if c.Midnight == "off" {
		c.Midnight = ""
	}
	return c
}

// suppressedInForce are the known false alarms of a configuration: its own, and
// of the preset's, or else the built-in ones, those whose names it does not use.
func suppressedInForce(name string, own []suppressed) (all []suppressed) {
	known := falseAlarms
	if presets[name].own {
		known = presets[name].suppress
	}
	for _, x := range known {
		if !slices.ContainsFunc(own, func(y suppressed) bool { return y.Name == x.Name }) {
			all = append(all, x)
		}
	}
	for _, x := range own {
		if !x.Off {
			all = append(all, x)
		}
	}
	return all
}
