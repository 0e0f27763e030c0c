package tuning

import (
	"strings"
	"testing"
)

func TestPresetsAreWellFormed(t *testing.T) {
	for _, p := range presets {
		c := DefaultConfig()
		c.Preset = p.Name
		if _, err := New(c); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if p.Note == "" || p.Public == (p.change == nil) {
			t.Errorf("%s says nothing, or not whether its numbers are public", p.Name)
		}
	}
	c := DefaultConfig()
	c.Preset = "posthorn"
	if _, err := New(c); err == nil || !strings.HasPrefix(err.Error(), "signals.preset: ") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// What somebody has set stands, and what a preset does not say is as usual.
func TestPresetGivesWayToWhatWasSet(t *testing.T) {
	c := DefaultConfig()
	c.Preset = "datadog"
	c.DeadClick.Within = c.DeadClick.Within * 2
	c.Suppress = []Suppress{{Name: "paging", Signals: []string{"rage_click"}, Text: []string{"more"}}}
	got, err := c.InForce()
	if err != nil {
		t.Fatal(err)
	}
	if got.RageClick.Clicks != 3 || got.DeadClick.Within != c.DeadClick.Within || got.Retry != c.Retry {
		t.Errorf("%+v", got)
	}
	paging := 0
	for _, x := range got.Suppress {
		if x.Name == "paging" {
			paging++
			if x.Off {
				t.Error("our own entry is switched off")
			}
		}
	}
	if paging != 1 {
		t.Errorf("%d entries of paging", paging)
	}
}
