package tuning

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// Override gives some signals other thresholds in some places. It is a rule of
// its own for what it matches; the first override that matches wins. What is
// empty is as it is without the override.
type Override struct {
	// App is the product or tenant.
	App journey.Values `yaml:"app"`
	// Page is a glob over the normalised page or screen name.
	Page journey.Values `yaml:"page"`
	// Step is where the session is: the name of a step, or journey/step.
	Step journey.Values `yaml:"step"`
	// Target is a glob over the target's id, or its selector where it has no id.
	Target journey.Values `yaml:"target"`
	// Signals are the names of the signals that this is about.
	Signals []string `yaml:"signals"`
	// Off switches them off there.
	Off bool `yaml:"off"`
	// Count is how many make a run: clicks, entries, turns, fields.
	Count int `yaml:"count"`
	// Within is the time that they have: within, after, at_least.
	Within time.Duration `yaml:"within"`
	// Distance is how near, in CSS px.
	Distance float64 `yaml:"distance"`
	// Same says what one place is, for rage_click and rage_tap.
	Same signals.Same `yaml:"same" jsonschema:"enum=,enum=target_or_distance,enum=target,enum=distance,enum=target_and_distance"`
	// Shape says how distance is measured, for rage_click and rage_tap.
	Shape signals.Shape `yaml:"shape" jsonschema:"enum=,enum=euclidean,enum=manhattan,enum=box"`
	// Window is sliding, gap or restart, for rage_click and rage_tap.
	Window signals.Window `yaml:"window" jsonschema:"enum=,enum=sliding,enum=gap,enum=restart"`
	// Ends is the silence that ends a run, for rage_click and rage_tap.
	Ends time.Duration `yaml:"ends"`
	// Every makes a signal of every so many clicks, for rage_click and rage_tap.
	Every int `yaml:"every"`
	// Edge says whether exactly within still counts, for rage_click and rage_tap.
	Edge signals.Edge `yaml:"edge" jsonschema:"enum=,enum=inclusive,enum=exclusive"`
}

// maxOverrides bounds the rules of one kind.
const maxOverrides = 200

// override compiles one override of the configuration into the plan. Errors begin
// with the key below it.
func (c Config) override(plan *detect.Plan, hidden *suppression, i int) error {
	o := c.Overrides[i]
	where, err := o.scope()
	if err != nil {
		return err
	}
	if len(o.Signals) == 0 {
		return errors.New(".signals: missing; name the signals that it is about, such as [rage_click]")
	}
	if i >= maxOverrides {
		return fmt.Errorf(": more than %d overrides", maxOverrides)
	}
	var only []detect.Kind
	for j, name := range o.Signals {
		k, ok := signals.KindOf(name)
		switch {
		case !ok:
			return fmt.Errorf(".signals[%d]: no signal of the name %q", j, name)
		case plan.Kinds[k].Outcome != journey.Open:
			return fmt.Errorf(".signals[%d]: %s has no thresholds; leave the step out of the journey", j, name)
		case slices.Contains(only, k):
			continue
		}
		if err := c.adjust(k, o); err != nil {
			return err
		}
		only = append(only, k)
	}
	if err := c.validateNumbers(); err != nil {
		return fmt.Errorf(": %s", strings.TrimPrefix(err.Error(), "signals."))
	}
	rules, err := c.rules(hidden)
	if err != nil {
		return err
	}
	for _, k := range only {
		plan.Kinds[k].Variants = append(plan.Kinds[k].Variants, detect.Variant{
			Number: uint8(i + 1), Off: !*c.switchOf(k), Where: where, Rule: rules[k],
		})
	}
	return nil
}

func (o Override) scope() (detect.Where, error) {
	w := detect.Where{Steps: o.Step}
	if len(o.App)+len(o.Page)+len(o.Target) > 0 {
		rule, err := journey.CompileAny([]journey.Match{{App: o.App, Page: o.Page, Target: o.Target}})
		if err != nil {
			return w, err
		}
		w.Match = rule
	} else if len(o.Step) == 0 {
		return w, errors.New(": says nowhere; give at least one of app, page, step, target")
	}
	return w, nil
}

// adjust sets the thresholds of a kind to those of an override.
func (c *Config) adjust(k detect.Kind, o Override) error {
	var counted, timed, measured bool
	for _, x := range c.knobs() {
		if x.kind != k {
			continue
		}
		switch { // the first of each sort is the one that matters detect.Most
		case x.count != nil && o.Count != 0 && !counted:
			*x.count, counted = o.Count, true
		case x.time != nil && o.Within != 0 && !timed:
			*x.time, timed = o.Within, true
		case x.px != nil && o.Distance != 0 && !measured:
			*x.px, measured = o.Distance, true
		}
	}
	rage := c.rageOf(k)
	switch {
	case o.Count != 0 && !counted:
		return fmt.Errorf(".count: %s counts nothing", signals.Name(k))
	case o.Within != 0 && !timed:
		return fmt.Errorf(".within: %s has no time", signals.Name(k))
	case o.Distance != 0 && !measured:
		return fmt.Errorf(".distance: %s has no distance", signals.Name(k))
	case rage == nil && (o.Same != "" || o.Shape != "" || o.Window != "" || o.Ends != 0 || o.Every != 0 || o.Edge != ""):
		return fmt.Errorf(": same, shape, window, ends, every and edge are for rage_click and rage_tap, not for %s", signals.Name(k))
	}
	if on := c.switchOf(k); on != nil {
		*on = !o.Off
	}
	if rage != nil {
		choices(rage, o)
	}
	return nil
}

// choices sets the choices of an override.
func choices(c *signals.RageConfig, o Override) {
	choose(&c.Same, o.Same)
	choose(&c.Shape, o.Shape)
	choose(&c.Window, o.Window)
	choose(&c.Ends, o.Ends)
	choose(&c.Every, o.Every)
	choose(&c.Edge, o.Edge)
}

// choose replaces a value unless nothing else is wanted.
func choose[T comparable](v *T, other T) {
	var nothing T
	if other != nothing {
		*v = other
	}
}
