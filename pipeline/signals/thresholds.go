package signals

import (
	"time"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// SwitchThresholds switches a signal that has no thresholds.
type SwitchThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
}

// WithinThresholds bounds a time.
type WithinThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is the longest time between the two things that make the signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// BurstThresholds says how many, and how close together.
type BurstThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many make a signal.
	Count int `yaml:"count" min:"2" max:"64"`
	// Within is how close together they are, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
}

// ReversalThresholds bounds movement to and fro.
type ReversalThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Count is how many turns make a signal.
	Count int `yaml:"count" min:"2" max:"64"`
	// Within is the longest time from the first to the last of so many turns, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Distance is how far, in CSS px, a movement must go to count as a turn.
	Distance float64 `yaml:"distance" min:"0"`
}

func (c WithinThresholds) millis() event.Millis { return session.Millis(c.Within) }

func (c BurstThresholds) bursts() *burstRule {
	return &burstRule{count: c.Count, within: session.Millis(c.Within)}
}
