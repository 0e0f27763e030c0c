package config

import (
	"testing"
	"time"
)

// A key that is set to its default stands over a preset, however it was set, and all
// else is the preset's.
func TestDefaultsThatAreSetStandOverAPreset(t *testing.T) {
	for name, l := range map[string]Layers{
		"file":     {File: write(t, "signals: {preset: datadog, rage_click: {clicks: 4}}")},
		"flag":     {Set: []string{"signals.preset=datadog", "signals.rage_click.clicks=4"}},
		"section":  {Set: []string{"signals.preset=datadog", "signals.rage_click={clicks: 4}"}},
		"variable": {Environ: []string{"FRICTION_SIGNALS_PRESET=datadog", "FRICTION_SIGNALS_RAGE_CLICK_CLICKS=4"}},
	} {
		c, err := Load(l)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Signals.InForce()
		if err != nil || got.RageClick.Clicks != 4 || got.RageClick.Distance != 100 {
			t.Errorf("%s: %+v, %v", name, got.RageClick, err)
		}
	}
}

// The same holds for presets of sessions. Without the key, datadog's are over after 15 minutes and 4 hours.
func TestDefaultsThatAreSetStandOverAPresetOfSessions(t *testing.T) {
	for name, l := range map[string]Layers{
		"file":     {File: write(t, "sessions: {preset: datadog, gap: 30m}")},
		"flag":     {Set: []string{"sessions.preset=datadog", "sessions.gap=30m"}},
		"variable": {Environ: []string{"FRICTION_SESSIONS_PRESET=datadog", "FRICTION_SESSIONS_GAP=30m"}},
	} {
		c, err := Load(l)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Sessions.InForce()
		if err != nil || got.Gap != 30*time.Minute || got.Max != 4*time.Hour {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		again, err := Load(Layers{File: write(t, c.Effective())})
		if err != nil || again.Effective() != c.Effective() || again.Sessions.Rules().Gap != c.Sessions.Rules().Gap {
			t.Errorf("%s: printed and read again\n%s\nwant\n%s (%v)", name, again.Effective(), c.Effective(), err)
		}
	}
}

// What friction check prints is what is in force, and is read as the same.
func TestEffectiveHasWhatThePresetSays(t *testing.T) {
	c, err := Load(Layers{Set: []string{"signals.preset=datadog", "signals.dead_click.within=3s"}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(Layers{File: write(t, c.Effective())})
	if err != nil {
		t.Fatal(err)
	}
	if again.Effective() != c.Effective() || again.Signals.RageClick.Distance != 100 {
		t.Errorf("have\n%s\nwant\n%s", again.Effective(), c.Effective())
	}
}
