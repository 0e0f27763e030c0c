package signals

import (
	"strings"
	"testing"
	"time"

	"friction/pipeline/detect"
)

func TestRageThresholdsAreChecked(t *testing.T) {
	for _, c := range []struct {
		key    string // "" where it is valid
		change func(*RageThresholds)
	}{
		{"", func(*RageThresholds) {}},
		{"same", func(x *RageThresholds) { x.Same = "near" }},
		{"", func(x *RageThresholds) { x.Same = OnlyDistance }},
		{"compat.shape", func(x *RageThresholds) { x.Compat.Shape = "round" }},
		{"compat.window", func(x *RageThresholds) { x.Compat.Window = "open" }},
		{"compat.edge", func(x *RageThresholds) { x.Compat.Edge = "sharp" }},
		{"compat.distance_edge", func(x *RageThresholds) { x.Compat.DistanceEdge = "sharp" }},
		{"compat.ends", func(x *RageThresholds) { x.Compat.Ends = -time.Millisecond }},
		{"compat.ends", func(x *RageThresholds) { x.Compat.Ends = time.Microsecond }},
		{"compat.ends", func(x *RageThresholds) { x.Compat.Ends = detect.Longest + time.Millisecond }},
		{"", func(x *RageThresholds) { x.Compat.Ends = detect.Longest }},
		{"compat.every", func(x *RageThresholds) { x.Compat.Every = 2 }},
		{"compat.every", func(x *RageThresholds) { x.Compat.Every = detect.Most + 1 }},
		{"", func(x *RageThresholds) { x.Compat.Every = 3 }},
		{"", func(x *RageThresholds) { x.Compat.Every = detect.Most }},
		{"within", func(x *RageThresholds) { x.Compat.Edge, x.Within = Exclusive, time.Millisecond }},
		{"", func(x *RageThresholds) { x.Compat.Edge, x.Within = Exclusive, 2*time.Millisecond }},
		{"", func(x *RageThresholds) { x.Compat.Edge, x.Within = Inclusive, time.Millisecond }},
	} {
		x := RageThresholds{Enabled: true, Clicks: 3, Within: time.Second, Distance: 30}
		c.change(&x)
		err := x.Validate()
		if c.key == "" && err != nil || c.key != "" && (err == nil || !strings.HasPrefix(err.Error(), c.key+": ")) {
			t.Errorf("%+v: want an error about %q, have %v", x, c.key, err)
		}
	}
}

func TestRageThresholdsNameTheirChoices(t *testing.T) {
	x := RageThresholds{Clicks: 3, Within: time.Second, Same: SamePlace}
	if got := x.Describe(); got != "" {
		t.Errorf("of defaults: %q", got)
	}
	x.Same = OnlyTarget
	x.Compat = RageCompat{Shape: Box, Window: Gap, Edge: Exclusive, DistanceEdge: Exclusive, Ends: time.Second, Every: 4, Consecutive: true, Breaks: true}
	if got := x.Describe(); got != " same=target shape=box window=gap edge=exclusive distance_edge=exclusive ends=1s every=4 consecutive breaks" {
		t.Errorf("%q", got)
	}
}

// A movement turns when it has gone the whole distance back, no less.
func TestReversals(t *testing.T) {
	for _, c := range []struct {
		distance float64
		way      []float32
		turns    []int // indexes
	}{
		{5, []float32{0, 5, 0}, []int{2}},
		{5, []float32{0, 4.9, 0}, nil},          // it has not gone anywhere yet
		{5, []float32{0, 10, 5.1, 4}, []int{3}}, // from the farthest point
		{5, []float32{0, 10, 12, 7, 12}, []int{3, 4}},
		{5, []float32{0, -5, 0, -5}, []int{2, 3}},
		{5, []float32{0, -5, -5, -10, -6}, nil},
		{0, []float32{1, 2, 2, 1}, []int{3}},
	} {
		var x reversals
		var turns []int
		for i, at := range c.way {
			if x.turn(at, c.distance) {
				turns = append(turns, i)
			}
		}
		if len(turns) != len(c.turns) {
			t.Errorf("%v turns at %v, want %v", c.way, turns, c.turns)
			continue
		}
		for i := range turns {
			if turns[i] != c.turns[i] {
				t.Errorf("%v turns at %v, want %v", c.way, turns, c.turns)
			}
		}
	}
}
