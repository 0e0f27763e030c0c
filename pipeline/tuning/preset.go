package tuning

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
	"friction/pipeline/target"
)

// Preset is the rules of another product, as far as they are public. Facts and their sources are in docs/signals.md;
// each preset is tested with the cases in testdata/presets.
type Preset struct {
	Name   string
	Public bool     // its numbers are public
	Claims []string // the signals whose rules are its own; each has cases
	Note   string   // what it cannot reproduce, or why there are no numbers
	change func(*Config)
}

// Presets are those there are, by name.
func Presets() []Preset { return slices.Clone(presets) }

// rageOf makes thresholds of the numbers that most products have.
func rageOf(clicks int, within time.Duration, distance float64, same signals.Same) signals.RageThresholds {
	return signals.RageThresholds{Enabled: true, Clicks: clicks, Within: within, Distance: distance, Same: same}
}

// gap makes a rule compare neighbours: each click must follow the one before soon, and any other click in between
// resets it.
func gap(c signals.RageThresholds) signals.RageThresholds {
	c.Compat.Window, c.Compat.Consecutive = signals.Gap, true
	return c
}

func exclusive(c signals.RageThresholds) signals.RageThresholds {
	c.Compat.Edge, c.Compat.DistanceEdge = signals.Exclusive, signals.Exclusive
	return c
}

// deadOf is a rule of dead clicks that judges every click, and forgives nothing.
func deadOf(within time.Duration, on target.Targets, reactions ...detect.Reaction) signals.DeadClickThresholds {
	on.Untagged = true
	return signals.DeadClickThresholds{Enabled: true, Within: within, Targets: on, Reactions: reactions}
}

// answers is a reaction that may take as long as the rule says.
func answers(types ...string) detect.Reaction { return detect.Reaction{Types: types} }

// lookingBack is one that may also have come shortly before.
func lookingBack(before time.Duration, types ...string) detect.Reaction {
	return detect.Reaction{Types: types, Before: before}
}

// limited is one that has a time of its own.
func limited(within time.Duration, types ...string) detect.Reaction {
	return detect.Reaction{Types: types, Within: within}
}

// errorsOf is a rule of error clicks of a product that knows errors of scripts, and not failed requests.
func errorsOf(within time.Duration, latest bool) signals.ErrorClickThresholds {
	return signals.ErrorClickThresholds{
		Enabled: true, Within: within, Errors: []string{"error", "crash"}, Compat: signals.ErrorClickCompat{Latest: latest},
	}
}

// marked is what a product's own classes keep out, on the target or around it.
func marked(name string, kinds []string, classes ...string) Suppress {
	x := Suppress{Name: name, Answers: "its own classes", Signals: kinds, Class: classes}
	for _, class := range classes {
		x.Selector = append(x.Selector, "**."+class+"**")
	}
	return x
}

// keep is a built-in entry of suppression, for some signals only.
func keep(name string, signals []string) Suppress {
	i := slices.IndexFunc(falseAlarms, func(x Suppress) bool { return x.Name == name })
	x := falseAlarms[i]
	x.Signals = signals
	return x
}

// What elements several products speak of.
var (
	everyLink = journey.Values{"bare", "hash", "script", "real"}
	elsewhere = journey.Values{"**[target=_blank]**", `**[target="_blank"]**`}
	editable  = journey.Values{"**[contenteditable**"}
	// pressed are the inputs that Datadog, OpenObserve and Faro expect to show something.
	pressed = journey.Values{"button", "checkbox", "radio", "range", "reset", "submit"}
)
