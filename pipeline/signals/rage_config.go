package signals

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// RageConfig bounds a burst of clicks or taps.
type RageConfig struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Clicks is how many clicks make a run.
	Clicks int `yaml:"clicks"`
	// Within is the longest time from the first to the last of so many clicks, and the silence that ends a run.
	Within time.Duration `yaml:"within"`
	// Distance is how far, in CSS px, a click may be from the one before.
	Distance float64 `yaml:"distance"`
	// Same says what one place is: target_or_distance (the same target id or, without one, near), target, distance, or target_and_distance.
	Same Same `yaml:"same" jsonschema:"enum=,enum=target_or_distance,enum=target,enum=distance,enum=target_and_distance"`
	// Shape says how distance is measured: euclidean, manhattan, or box (all clicks of a run in a square of that side).
	Shape Shape `yaml:"shape" jsonschema:"enum=,enum=euclidean,enum=manhattan,enum=box"`
	// Window is sliding (from the first to the last of so many clicks), gap (between neighbours), or restart (sliding, but what is too old throws away all before it).
	Window Window `yaml:"window" jsonschema:"enum=,enum=sliding,enum=gap,enum=restart"`
	// Ends is the silence that ends a run; 0 is the same as within.
	Ends time.Duration `yaml:"ends"`
	// Every makes a signal of every so many clicks; 0 makes one signal of a run.
	Every int `yaml:"every"`
	// Consecutive lets a click elsewhere begin anew.
	Consecutive bool `yaml:"consecutive"`
	// Edge says whether exactly within still counts: inclusive or exclusive.
	Edge Edge `yaml:"edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
	// DistanceEdge says whether exactly distance still counts: inclusive or exclusive.
	DistanceEdge Edge `yaml:"distance_edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
}

// Same says what makes two clicks be at one place. Empty is target_or_distance.
type Same string

// What makes two clicks be at one place.
const (
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

// inclusive is the detect.Longest span that is still inside.
func (e Edge) inclusive(span event.Millis) event.Millis {
	if e == Exclusive {
		return span - 1
	}
	return span
}

// Validate names the key below the kind.
func (c RageConfig) Validate() error {
	for _, x := range []struct {
		key, value string
		known      []string
	}{
		{"same", string(c.Same), []string{"target_or_distance", "target", "distance", "target_and_distance"}},
		{"shape", string(c.Shape), []string{"euclidean", "manhattan", "box"}},
		{"window", string(c.Window), []string{"sliding", "gap", "restart"}},
		{"edge", string(c.Edge), []string{"inclusive", "exclusive"}},
		{"distance_edge", string(c.DistanceEdge), []string{"inclusive", "exclusive"}},
	} {
		if x.value != "" && !slices.Contains(x.known, x.value) {
			return fmt.Errorf("%s: %q is none of %s", x.key, x.value, strings.Join(x.known, ", "))
		}
	}
	switch {
	case c.Ends < 0 || c.Ends > detect.Longest || c.Ends%time.Millisecond != 0:
		return fmt.Errorf("ends: %v is not a whole number of milliseconds from 0 to %v", c.Ends, detect.Longest)
	case c.Every != 0 && (c.Every < c.Clicks || c.Every > detect.Most):
		return fmt.Errorf("every: %d is neither 0 nor from clicks %d to %d", c.Every, c.Clicks, detect.Most)
	case c.Edge == Exclusive && c.Within < 2*time.Millisecond:
		return fmt.Errorf("within: %v leaves nothing inside an exclusive edge", c.Within)
	}
	return nil
}

// version names the thresholds, and of the choices those that are not the default.
func (c RageConfig) version(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/2 clicks=%d within=%v distance=%gpx", name, c.Clicks, c.Within, c.Distance)
	for _, x := range []struct{ name, value, usual string }{
		{"same", string(c.Same), "target_or_distance"},
		{"shape", string(c.Shape), "euclidean"},
		{"window", string(c.Window), "sliding"},
		{"edge", string(c.Edge), "inclusive"},
		{"distance_edge", string(c.DistanceEdge), "inclusive"},
	} {
		if x.value != "" && x.value != x.usual {
			fmt.Fprintf(&b, " %s=%s", x.name, x.value)
		}
	}
	if c.Ends != 0 {
		fmt.Fprintf(&b, " ends=%v", c.Ends)
	}
	if c.Every != 0 {
		fmt.Fprintf(&b, " every=%d", c.Every)
	}
	if c.Consecutive {
		b.WriteString(" consecutive")
	}
	return b.String()
}
