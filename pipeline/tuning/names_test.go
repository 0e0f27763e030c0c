package tuning

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/journey"
)

func TestNamesOfSignalsInListsAreChecked(t *testing.T) {
	for _, c := range []struct {
		key    string
		change func(*Config)
	}{
		{"signals.only[1]", func(c *Config) { c.Only = []string{"retry", "raeg_click"} }},
		{"signals.from_tracker[0]", func(c *Config) { c.FromTracker = []string{"raeg_click"} }},
		{"signals.from_tracker[0]: drop_off is made of visits", func(c *Config) { c.FromTracker = []string{"drop_off"} }},
		{"signals.suppress[0].signals[0]: rage_click is not about errors", func(c *Config) {
			c.Suppress = []Suppress{{Name: "x", Signals: []string{"rage_click"}, Error: journey.Values{"x"}}}
		}},
		{"signals.suppress[0].status[0]", func(c *Config) {
			c.Suppress = []Suppress{{Name: "x", Signals: []string{"retry"}, Status: journey.Values{"many"}}}
		}},
		{"signals.overrides[0].status[0]", func(c *Config) {
			c.Overrides = []Override{{Status: journey.Values{"0"}, Signals: []string{"retry"}, Within: time.Second}}
		}},
	} {
		config := DefaultConfig()
		c.change(&config)
		if err := config.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.key) {
			t.Errorf("want an error about %s, have %v", c.key, err)
		}
	}
}
