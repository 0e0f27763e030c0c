package score

import (
	"fmt"
	"math"
	"sort"
	"strings"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/signals"
)

// Config is the section `score` of the configuration.
type Config struct {
	// Size is the length of a sliding window.
	Size time.Duration `yaml:"size"`
	// Slide is how far the window moves, and the length of a pane.
	Slide time.Duration `yaml:"slide"`
	// EmitEvery is how often, in event time, changed panes and windows are written.
	EmitEvery time.Duration `yaml:"emit_every"`
	// Segments are the dimensions of panes: device, os, browser, app_version, country, variant, language, or the name of an attribute.
	Segments []string `yaml:"segments"`
	// MaxValues is how many values of one dimension, app and task have sums of their own in a pane; later ones are counted as `other`.
	MaxValues int `yaml:"max_values"`
	// Weights says, for each kind of signal, how likely it is that one signal hurts, and how many of them count.
	Weights map[string]Weight `yaml:"weights"`
}

// Weight is the part of one kind of signal in pain.
type Weight struct {
	// Weight is the probability, from 0 to below 1, that one signal was enough to hurt.
	Weight float64 `yaml:"weight"`
	// Cap is how many signals on one visit count.
	Cap int `yaml:"cap"`
}

// DefaultWeights are those that signals declare.
func DefaultWeights() map[string]Weight {
	weights := map[string]Weight{}
	for _, d := range signals.All() {
		weights[d.Name] = Weight{d.Weight, d.Cap}
	}
	return weights
}

// DefaultConfig returns the defaults of the semantics page.
func DefaultConfig() Config {
	return Config{
		Size: 5 * time.Minute, Slide: time.Minute, EmitEvery: 5 * time.Second,
		Segments:  []string{"device", "os", "browser", "app_version", "country"},
		MaxValues: 100,
		Weights:   DefaultWeights(),
	}
}

// maxPanes bounds the panes of one window.
const maxPanes = 120

// Validate returns an error that begins with the key of a value that cannot be used.
func (c Config) Validate() error {
	switch {
	case c.Slide < time.Second || c.Slide%time.Second != 0:
		return fmt.Errorf("score.slide: %v is not a whole number of seconds of at least 1s", c.Slide)
	case c.Size < c.Slide || c.Size%c.Slide != 0 || c.Size/c.Slide > maxPanes:
		return fmt.Errorf("score.size: %v is not 1 to %d times score.slide %v", c.Size, maxPanes, c.Slide)
	case c.EmitEvery < time.Millisecond || c.EmitEvery%time.Millisecond != 0:
		return fmt.Errorf("score.emit_every: %v is not a whole number of milliseconds of at least 1ms", c.EmitEvery)
	case c.MaxValues < 1:
		return fmt.Errorf("score.max_values: %d is not at least 1", c.MaxValues)
	}
	seen := map[string]bool{}
	for i, name := range c.Segments {
		if name == "" || seen[name] {
			return fmt.Errorf("score.segments[%d]: %q is empty or given twice", i, name)
		}
		seen[name] = true
	}
	for name, w := range c.Weights {
		if _, ok := signals.KindOf(name); !ok {
			return fmt.Errorf("score.weights.%s: no signal of this name", name)
		}
		if !(w.Weight >= 0 && w.Weight < 1) || w.Cap < 0 || w.Cap > math.MaxUint16 {
			return fmt.Errorf("score.weights.%s: weight %v is not from 0 to below 1, or cap %d not from 0 to %d", name, w.Weight, w.Cap, math.MaxUint16)
		}
	}
	return nil
}

// WeightsVersion names the weights: two configurations with the same weights
// have the same version.
func (c Config) WeightsVersion() string {
	if text := weightsText(c.Weights); text != weightsText(DefaultWeights()) {
		return "custom-" + event.DigestOf([]byte(text)).String()[:8]
	}
	return "default-2"
}

// weightsText is a text that is equal for equal weights.
func weightsText(w map[string]Weight) string {
	names := make([]string, 0, len(w))
	for name := range w {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s=%g*%d;", name, w[name].Weight, w[name].Cap)
	}
	return b.String()
}
