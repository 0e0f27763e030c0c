package signals

import (
	"fmt"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/target"
)

// DeadClickThresholds says what can be a dead click, and what is a reaction.
type DeadClickThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how long a reaction may take.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Repeat is how soon after a click that was judged another on the same target is part of it, as of a double click; 0 judges every click.
	Repeat time.Duration `yaml:"repeat" min:"0s" max:"10m"`
	// Forgive is how near, before or after, a change of focus or visibility excuses the click; 0 forgives nothing.
	Forgive time.Duration `yaml:"forgive" min:"0s" max:"10m"`
	// Answer is how long after the click a request is waited for that began in time: it is told when it is over.
	Answer time.Duration `yaml:"answer" min:"0s" max:"10m"`
	// Targets says what can be a dead click.
	Targets target.Targets `yaml:"targets"`
	// Reactions are the events that are a reaction, and when.
	Reactions []detect.Reaction `yaml:"reactions"`
	// Compat holds what only imitates the rules of other products; presets set it.
	Compat DeadClickCompat `yaml:"compat"`
}

// DeadClickCompat is what other products' rules of dead clicks are made of besides. What is empty is as usual.
type DeadClickCompat struct {
	// Consecutive lets a click elsewhere end the wait for the one before, which is no signal then.
	Consecutive bool `yaml:"consecutive"`
	// Spacing is how long after a dead click no other is a signal, whatever its target.
	Spacing time.Duration `yaml:"spacing"`
	// Told finds a dead click only when something is told after it: a reaction, or another click, that comes too late.
	Told bool `yaml:"told"`
	// Focus says whose focus excuses a click: any (of the window or of another target) or window.
	Focus FocusOf `yaml:"focus" jsonschema:"enum=,enum=any,enum=window"`
}

// FocusOf is whose change of focus excuses a click. Empty is any.
type FocusOf string

// Whose change of focus excuses a click.
const (
	AnyFocus   FocusOf = "any"
	OnlyWindow FocusOf = "window"
)

// Validate names the key and the value it cannot work with.
func (c *DeadClickThresholds) Validate() error {
	if _, err := c.Targets.Compile(); err != nil {
		return fmt.Errorf("targets.%w", err)
	}
	if _, err := detect.WindowsOf(c.Reactions, c.Within); err != nil {
		return fmt.Errorf("reactions%w", err)
	}
	switch x := &c.Compat; {
	case x.Spacing < 0 || x.Spacing > detect.Longest || x.Spacing%time.Millisecond != 0:
		return fmt.Errorf("compat.spacing: %v is not a whole number of milliseconds from 0 to %v", x.Spacing, detect.Longest)
	case x.Focus != "" && x.Focus != AnyFocus && x.Focus != OnlyWindow:
		return fmt.Errorf("compat.focus: %q is none of any, window", x.Focus)
	}
	return nil
}

// Describe names what is not the default.
func (c *DeadClickThresholds) Describe() string {
	usual, _ := deadClickSignal.Thresholds.(DeadClickThresholds)
	said := append(c.Targets.Changes(usual.Targets, "targets."), detect.DescribeReactions(c.Reactions, usual.Reactions)...)
	if c.Compat.Consecutive {
		said = append(said, "consecutive")
	}
	if c.Compat.Told {
		said = append(said, "told")
	}
	if c.Compat.Spacing != 0 {
		said = append(said, fmt.Sprintf("spacing=%v", c.Compat.Spacing))
	}
	if c.Compat.Focus == OnlyWindow {
		said = append(said, "focus=window")
	}
	if len(said) == 0 {
		return ""
	}
	return " " + strings.Join(said, " ")
}
