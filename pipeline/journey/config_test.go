package journey

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConfigIsChecked(t *testing.T) {
	step := func(name string) Step { return Step{Name: name, Match: []Match{{Page: Values{"/" + name}}}} }
	steps := func(n int) (all []Step) {
		for i := range n {
			all = append(all, step(strings.Repeat("x", i+1)))
		}
		return all
	}
	for _, c := range []struct {
		key    string // "" where it is valid
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"site.max_pages: ", func(c *Config) { c.Site.MaxPages = 0 }},
		{"", func(c *Config) { c.Site.MaxPages = 1 }},
		{"stall_after: ", func(c *Config) { c.StallAfter = time.Millisecond - 1 }},
		{"", func(c *Config) { c.StallAfter = time.Millisecond }},
		{"list[1].name: missing", func(c *Config) { c.List[1].Name = "" }},
		{"list[1].name: \"one\" is taken", func(c *Config) { c.List[1].Name = "one" }},
		{"list[0].name: \"site\" is taken", func(c *Config) { c.List[0].Name = "site" }},
		{"list[0].mode: ", func(c *Config) { c.List[0].Mode = "any" }},
		{"", func(c *Config) { c.List[0].Mode = Ordered }},
		{"", func(c *Config) { c.List[0].Mode = AnyOrder }},
		{"list[0].steps: 0 steps", func(c *Config) { c.List[0].Steps = nil }},
		{"list[0].steps: 65 steps", func(c *Config) { c.List[0].Steps = steps(65) }},
		{"", func(c *Config) { c.List[0].Steps = steps(64) }},
		{"list[0].steps[1].name: missing", func(c *Config) { c.List[0].Steps[1].Name = "" }},
		{"list[0].steps[1].name: \"x\" is taken", func(c *Config) { c.List[0].Steps[1].Name = "x" }},
		{"list[0].steps[1].match: missing", func(c *Config) { c.List[0].Steps[1].Match = nil }},
		{"list[0].steps[0].match[0]", func(c *Config) { c.List[0].Steps[0].Match[0] = Match{} }},
		{"list[0].complete[0]", func(c *Config) { c.List[0].Complete = []Match{{}} }},
		{"", func(c *Config) { c.List[0].Complete = []Match{{Page: Values{"/done"}}} }},
	} {
		config := DefaultConfig()
		config.List = []Journey{{Name: "one", Steps: steps(2)}, {Name: "two", Steps: steps(1)}}
		c.change(&config)
		err := config.Validate()
		if c.key == "" && err != nil || c.key != "" && (err == nil || !strings.HasPrefix(err.Error(), "journeys."+c.key)) {
			t.Errorf("want an error about %q, have %v", c.key, err)
		}
	}
}

func TestSignalsAreCountedInOrderOfKind(t *testing.T) {
	var c SignalCounts
	if c.List() != nil {
		t.Errorf("of nothing: %v", c.List())
	}
	for _, kind := range []uint8{5, 3, 5, 9, 3, 5} {
		c.Add(kind)
	}
	if want := []SignalCount{{3, 2}, {5, 3}, {9, 1}}; !slices.Equal(c.List(), want) {
		t.Errorf("%v, want %v", c.List(), want)
	}
	for range 1 << 17 {
		c.Add(9)
	}
	if n := c.List()[2].N; n != 1<<16-1 {
		t.Errorf("a count stops at its limit, not at %d", n)
	}
}
