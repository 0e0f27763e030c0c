package signals

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// RageThresholds bound a burst of clicks or taps.
type RageThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Clicks is how many clicks make a signal.
	Clicks int `yaml:"clicks" min:"2" max:"64"`
	// Within is the longest time from the first to the last of so many clicks, and the silence that ends a signal.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Distance is how far, in CSS px, a click may be from the one before.
	Distance float64 `yaml:"distance" min:"0"`
	// Same says what one place is: place (the same id; other ids at most 5 px from the first click; near without an id), target_or_distance (ids alone, and near only where neither has one), target, distance, or target_and_distance.
	Same Same `yaml:"same" jsonschema:"enum=,enum=place,enum=target_or_distance,enum=target,enum=distance,enum=target_and_distance"`
	// Compat holds what only imitates the rules of other products; presets set it.
	Compat RageCompat `yaml:"compat"`
}

// RageCompat is what other products' rules of rage clicks are made of besides. What is
// empty is as usual.
type RageCompat struct {
	// Shape says how distance is measured: euclidean, manhattan, or box (all clicks of a burst in a square of that side).
	Shape Shape `yaml:"shape" jsonschema:"enum=,enum=euclidean,enum=manhattan,enum=box"`
	// Window is sliding (from the first to the last of so many clicks), gap (between neighbours), or restart (sliding, but what is too old throws away all before it).
	Window Window `yaml:"window" jsonschema:"enum=,enum=sliding,enum=gap,enum=restart"`
	// Ends is the silence that ends a signal; 0 is the same as within.
	Ends time.Duration `yaml:"ends"`
	// Every makes a signal of every so many clicks; 0 makes one signal of a burst.
	Every int `yaml:"every"`
	// Consecutive lets a click elsewhere begin anew.
	Consecutive bool `yaml:"consecutive"`
	// Breaks lets an event that makes clicks forgotten (`after` of signals.suppress) end a burst that has begun, too.
	Breaks bool `yaml:"breaks"`
	// Edge says whether exactly within still counts: inclusive or exclusive.
	Edge Edge `yaml:"edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
	// DistanceEdge says whether exactly distance still counts: inclusive or exclusive.
	DistanceEdge Edge `yaml:"distance_edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
}

// Same says what makes two clicks be at one place. Empty is place.
type Same string

// What makes two clicks be at one place.
const (
	SamePlace         Same = "place"
	TargetOrDistance  Same = "target_or_distance"
	OnlyTarget        Same = "target"
	OnlyDistance      Same = "distance"
	TargetAndDistance Same = "target_and_distance"
)

// Shape is how a distance is measured. Empty is euclidean.
type Shape string

// How a distance is measured.
const (
	Euclidean Shape = "euclidean"
	Manhattan Shape = "manhattan"
	Box       Shape = "box"
)

// Window is what a time is between. Empty is sliding.
type Window string

// What a time is between.
const (
	Sliding Window = "sliding"
	Gap     Window = "gap"
	Restart Window = "restart"
)

// Edge is whether a bound itself is still inside. Empty is inclusive.
type Edge string

// Whether a bound itself is still inside.
const (
	Inclusive Edge = "inclusive"
	Exclusive Edge = "exclusive"
)

// inclusive is the longest span that is still inside.
func (e Edge) inclusive(span event.Millis) event.Millis {
	if e == Exclusive {
		return span - 1
	}
	return span
}

// Validate names the key and the value it cannot work with.
func (t *RageThresholds) Validate() error {
	c := &t.Compat
	for _, x := range t.choices() {
		if x.value != "" && !slices.Contains(x.known, x.value) {
			return fmt.Errorf("%s: %q is none of %s", x.key, x.value, strings.Join(x.known, ", "))
		}
	}
	switch {
	case c.Ends < 0 || c.Ends > detect.Longest || c.Ends%time.Millisecond != 0:
		return fmt.Errorf("compat.ends: %v is not a whole number of milliseconds from 0 to %v", c.Ends, detect.Longest)
	case c.Every != 0 && (c.Every < t.Clicks || c.Every > detect.Most):
		return fmt.Errorf("compat.every: %d is neither 0 nor from clicks %d to %d", c.Every, t.Clicks, detect.Most)
	case c.Edge == Exclusive && t.Within < 2*time.Millisecond:
		return fmt.Errorf("within: %v leaves nothing inside an exclusive edge", t.Within)
	}
	return nil
}

// choice is a setting that is one of some words; the first is the default.
type choice struct {
	key, value string
	known      []string
}

func (t *RageThresholds) choices() []choice {
	c := &t.Compat
	return []choice{
		{"same", string(t.Same), []string{"place", "target_or_distance", "target", "distance", "target_and_distance"}},
		{"compat.shape", string(c.Shape), []string{"euclidean", "manhattan", "box"}},
		{"compat.window", string(c.Window), []string{"sliding", "gap", "restart"}},
		{"compat.edge", string(c.Edge), []string{"inclusive", "exclusive"}},
		{"compat.distance_edge", string(c.DistanceEdge), []string{"inclusive", "exclusive"}},
	}
}

// Describe names the choices that are not the default.
func (t *RageThresholds) Describe() string {
	var b strings.Builder
	for _, x := range t.choices() {
		if x.value != "" && x.value != x.known[0] {
			fmt.Fprintf(&b, " %s=%s", strings.TrimPrefix(x.key, "compat."), x.value)
		}
	}
	if c := &t.Compat; c.Ends != 0 {
		fmt.Fprintf(&b, " ends=%v", c.Ends)
	}
	if t.Compat.Every != 0 {
		fmt.Fprintf(&b, " every=%d", t.Compat.Every)
	}
	if t.Compat.Consecutive {
		b.WriteString(" consecutive")
	}
	if t.Compat.Breaks {
		b.WriteString(" breaks")
	}
	return b.String()
}

// Imitate takes over the choices of an override; what is empty is as it is without.
func (t *RageThresholds) Imitate(same Same, compat RageCompat) {
	c := &t.Compat
	t.Same = cmp.Or(same, t.Same)
	c.Shape, c.Window = cmp.Or(compat.Shape, c.Shape), cmp.Or(compat.Window, c.Window)
	c.Ends, c.Every = cmp.Or(compat.Ends, c.Ends), cmp.Or(compat.Every, c.Every)
	c.Edge, c.DistanceEdge = cmp.Or(compat.Edge, c.Edge), cmp.Or(compat.DistanceEdge, c.DistanceEdge)
	c.Consecutive, c.Breaks = compat.Consecutive || c.Consecutive, compat.Breaks || c.Breaks
}
