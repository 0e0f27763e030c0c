package score

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		key    string // "" where it is valid
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"slide", func(c *Config) { c.Slide = 999 * time.Millisecond }},
		{"slide", func(c *Config) { c.Slide = 1500 * time.Millisecond }},
		{"", func(c *Config) { c.Slide, c.Size = time.Second, time.Second }},
		{"size", func(c *Config) { c.Size = 30 * time.Second }},
		{"size", func(c *Config) { c.Size = 90 * time.Second }},
		{"size", func(c *Config) { c.Size = 121 * time.Minute }},
		{"", func(c *Config) { c.Size = 120 * time.Minute }},
		{"emit_every", func(c *Config) { c.EmitEvery = 0 }},
		{"emit_every", func(c *Config) { c.EmitEvery = 1500 * time.Microsecond }},
		{"", func(c *Config) { c.EmitEvery = time.Millisecond }},
		{"max_values", func(c *Config) { c.MaxValues = 0 }},
		{"", func(c *Config) { c.MaxValues = 1 }},
		{"segments[1]", func(c *Config) { c.Segments = []string{"os", ""} }},
		{"segments[1]", func(c *Config) { c.Segments = []string{"os", "os"} }},
		{"", func(c *Config) { c.Segments = nil }},
		{"weights.rage", func(c *Config) { c.Weights = map[string]Weight{"rage": {.1, 1}} }},
		{"weights.rage_click", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {1, 1}} }},
		{"weights.rage_click", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {-.1, 1}} }},
		{"weights.rage_click", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {math.NaN(), 1}} }},
		{"weights.rage_click", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {.1, -1}} }},
		{"weights.rage_click", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {.1, 1 << 16}} }},
		{"", func(c *Config) { c.Weights = map[string]Weight{"rage_click": {0, 0}, "retry": {.999, 1<<16 - 1}} }},
	} {
		config := DefaultConfig()
		c.change(&config)
		err := config.Validate()
		if c.key == "" && err != nil || c.key != "" && (err == nil || !strings.HasPrefix(err.Error(), "score."+c.key+": ")) {
			t.Errorf("want an error about %q, have %v", c.key, err)
		}
	}
}

func TestWeightsHaveAVersion(t *testing.T) {
	c := DefaultConfig()
	usual := c.WeightsVersion()
	c.Weights["rage_click"] = Weight{.5, 3}
	one := c.WeightsVersion()
	c.Weights["rage_click"] = Weight{.5, 4}
	if two := c.WeightsVersion(); !strings.HasPrefix(usual, "default-") || !strings.HasPrefix(one, "custom-") || one == two {
		t.Errorf("%s, %s and %s", usual, one, two)
	}
}
