package tuning

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/signals"
)

func TestThresholdsAreChecked(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"rage_click.within":   func(c *Config) { c.RageClick.Within = 0 },
		"rage_click.clicks":   func(c *Config) { c.RageClick.Clicks = 1 },
		"rage_click.distance": func(c *Config) { c.RageClick.Distance = -1 },
		"dead_click.within":   func(c *Config) { c.DeadClick.Within = 11 * time.Minute },
		"dead_click.forgive":  func(c *Config) { c.DeadClick.Forgive = -time.Second },
		"error_click.within":  func(c *Config) { c.ErrorClick.Within = time.Microsecond },
		"retry.within":        func(c *Config) { c.Retry.Within = 1500 * time.Microsecond },
		"quick_back.within":   func(c *Config) { c.QuickBack.Within = 0 },
		"page_loop.entries":   func(c *Config) { c.PageLoop.Entries = 65 },
	} {
		c := DefaultConfig()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), "signals."+want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestVersionsBeginWithTheNameOfTheSignal(t *testing.T) {
	set, err := New(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	for k := range signals.NumKinds {
		if v := set.Version(&detect.Signal{Kind: k}); !strings.HasPrefix(v, signals.Name(k)+"/") {
			t.Errorf("%s has the rule version %q", signals.Name(k), v)
		}
	}
}
