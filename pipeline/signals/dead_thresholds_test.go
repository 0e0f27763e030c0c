package signals

import (
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/detect"
)

// usualDeadClick is the default, with lists of its own.
func usualDeadClick() DeadClickThresholds {
	c, _ := deadClickSignal.Thresholds.(DeadClickThresholds)
	c.Targets.Links, c.Reactions = slices.Clone(c.Targets.Links), slices.Clone(c.Reactions)
	return c
}

func TestDeadClickThresholdsAreChecked(t *testing.T) {
	for key, change := range map[string]func(*DeadClickThresholds){
		"":                      func(*DeadClickThresholds) {},
		"targets.links[1]":      func(c *DeadClickThresholds) { c.Targets.Links = append(c.Targets.Links, "blue") },
		"reactions[0].types":    func(c *DeadClickThresholds) { c.Reactions[0].Types = nil },
		"reactions[0].types[0]": func(c *DeadClickThresholds) { c.Reactions[0].Types = []string{"mutations"} },
		"reactions[1].types[0]": func(c *DeadClickThresholds) { c.Reactions[1].Types = []string{"mutation"} },
		"reactions[2].types[0]": func(c *DeadClickThresholds) {
			c.Reactions = append(c.Reactions, detect.Reaction{Types: []string{"click"}})
		},
		"reactions[0].before": func(c *DeadClickThresholds) { c.Reactions[0].Before = -time.Millisecond },
		"reactions[1].within": func(c *DeadClickThresholds) { c.Reactions[1].Within = detect.Longest + time.Millisecond },
		"compat.spacing":      func(c *DeadClickThresholds) { c.Compat.Spacing = time.Microsecond },
		"compat.focus":        func(c *DeadClickThresholds) { c.Compat.Focus = "mine" },
	} {
		c := usualDeadClick()
		change(&c)
		err := c.Validate()
		if key == "" && err != nil || key != "" && (err == nil || !strings.HasPrefix(err.Error(), key+": ")) {
			t.Errorf("want an error about %q, have %v", key, err)
		}
	}
}

// The version of a rule names all that is not as usual, so that two rules never have one version.
func TestDeadClickThresholdsNameTheirChanges(t *testing.T) {
	for want, change := range map[string]func(*DeadClickThresholds){
		"":                     func(*DeadClickThresholds) {},
		" targets.any":         func(c *DeadClickThresholds) { c.Targets.Any = true },
		" targets.inside=none": func(c *DeadClickThresholds) { c.Targets.Inside = false },
		" targets.links=bare":  func(c *DeadClickThresholds) { c.Targets.Links = []string{"bare"} },
		" reactions=mutation:-0s+100ms": func(c *DeadClickThresholds) {
			c.Reactions = []detect.Reaction{{Types: []string{"mutation"}, Within: 100 * time.Millisecond}}
		},
		" consecutive told spacing=3s focus=window": func(c *DeadClickThresholds) {
			c.Compat = DeadClickCompat{Consecutive: true, Told: true, Spacing: 3 * time.Second, Focus: OnlyWindow}
		},
	} {
		c := usualDeadClick()
		change(&c)
		if got := c.Describe(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestErrorClickThresholdsAreCheckedAndNamed(t *testing.T) {
	c, _ := errorClickSignal.Thresholds.(ErrorClickThresholds)
	if err := c.Validate(); err != nil || c.Describe() != "" {
		t.Errorf("of defaults: %v, %q", err, c.Describe())
	}
	c.Errors, c.Compat.Latest = []string{"error"}, true
	if got := c.Describe(); got != " errors=error latest" {
		t.Errorf("%q", got)
	}
	c.Errors = []string{"error", "click"}
	if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), "errors[1]: ") {
		t.Errorf("%v", err)
	}
}
