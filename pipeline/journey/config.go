package journey

import (
	"fmt"
	"slices"
	"time"
)

// Site is the name of the built-in journey of all pages.
const Site = "site"

// Other is the step that stands for pages beyond max_pages.
const Other = "other"

// Config is the section `journeys` of the configuration.
type Config struct {
	// Site is the built-in journey whose steps are the pages themselves.
	Site SiteConfig `yaml:"site"`
	// StallAfter is the silence after which an open visit counts as stalled.
	StallAfter time.Duration `yaml:"stall_after"`
	// MaxUnfinished is how many unfinished attempts one task remembers for journeys with resume; the oldest is forgotten, and counted.
	MaxUnfinished int `yaml:"max_unfinished"`
	// List holds the journeys customers try to get through.
	List []Journey `yaml:"list"`
}

// SiteConfig switches and bounds the journey `site`.
type SiteConfig struct {
	// Enabled computes the journey `site`.
	Enabled bool `yaml:"enabled"`
	// MaxPages is how many pages per app and task become steps; later ones are the step `other`.
	MaxPages int `yaml:"max_pages"`
}

// Journey is a named, ordered list of steps.
type Journey struct {
	// Name is the journey's name in every table.
	Name string `yaml:"name"`
	// App limits the journey to one app; empty means every app.
	App string `yaml:"app"`
	// Mode is ordered or any_order.
	Mode Mode `yaml:"mode" jsonschema:"enum=ordered,enum=any_order"`
	// Steps in order; the first matching one wins.
	Steps []Step `yaml:"steps"`
	// Complete is what completes the journey, where entering the last step does not.
	Complete []Match `yaml:"complete"`
	// Resume is how long after a session ended its unfinished attempt may be continued by the next session of the same user, such as 24h; 0s never.
	Resume time.Duration `yaml:"resume"`
}

// Step is one part of a journey.
type Step struct {
	// Name is the step's name in every table.
	Name string `yaml:"name"`
	// Match lists rules of which one must hold.
	Match []Match `yaml:"match"`
	// Optional steps may be skipped freely.
	Optional bool `yaml:"optional"`
}

// Mode says how the steps of a journey follow each other.
type Mode string

// The modes of a journey.
const (
	Ordered  Mode = "ordered"
	AnyOrder Mode = "any_order"
)

// DefaultConfig has the journey `site` and no other.
func DefaultConfig() Config {
	return Config{Site: SiteConfig{Enabled: true, MaxPages: 500}, StallAfter: 2 * time.Minute, MaxUnfinished: 100_000}
}

// maxSteps is how many steps a journey may have: one bit each says which were entered.
const maxSteps = 64

// longestResume is the highest value of resume.
const longestResume = 30 * 24 * time.Hour

// Validate returns an error that begins with the key of a value that cannot be used.
func (c Config) Validate() error {
	if c.Site.MaxPages < 1 {
		return fmt.Errorf("journeys.site.max_pages: %d is not at least 1", c.Site.MaxPages)
	}
	if c.StallAfter < time.Millisecond {
		return fmt.Errorf("journeys.stall_after: %v is not positive", c.StallAfter)
	}
	if c.MaxUnfinished < 1 && slices.ContainsFunc(c.List, func(j Journey) bool { return j.Resume > 0 }) {
		return fmt.Errorf("journeys.max_unfinished: %d is not at least 1", c.MaxUnfinished)
	}
	names := map[string]bool{Site: true}
	for i, j := range c.List {
		if err := j.validate(names); err != nil {
			return fmt.Errorf("journeys.list[%d]%w", i, err)
		}
	}
	return nil
}

// validate checks a journey. names are those of journeys so far; errors begin with the path
// below the journey.
func (j Journey) validate(names map[string]bool) error {
	switch {
	case j.Name == "":
		return fmt.Errorf(".name: missing")
	case names[j.Name]:
		return fmt.Errorf(".name: %q is taken", j.Name)
	case j.Mode != "" && j.Mode != Ordered && j.Mode != AnyOrder:
		return fmt.Errorf(".mode: %q is neither ordered nor any_order", j.Mode)
	case j.Resume < 0 || j.Resume > longestResume || j.Resume%time.Millisecond != 0:
		return fmt.Errorf(".resume: %v is not a whole number of milliseconds from 0 to 30 days", j.Resume)
	case len(j.Steps) == 0 || len(j.Steps) > maxSteps:
		return fmt.Errorf(".steps: %d steps; want 1 to %d", len(j.Steps), maxSteps)
	}
	names[j.Name] = true
	steps := map[string]bool{}
	for i, s := range j.Steps {
		switch {
		case s.Name == "":
			return fmt.Errorf(".steps[%d].name: missing", i)
		case steps[s.Name]:
			return fmt.Errorf(".steps[%d].name: %q is taken", i, s.Name)
		case len(s.Match) == 0:
			return fmt.Errorf(".steps[%d].match: missing; give at least one rule such as {type: page_view, page: /cart}", i)
		}
		steps[s.Name] = true
		if _, err := CompileAny(s.Match); err != nil {
			return fmt.Errorf(".steps[%d].match%w", i, err)
		}
	}
	if _, err := CompileAny(j.Complete); err != nil {
		return fmt.Errorf(".complete%w", err)
	}
	return nil
}
