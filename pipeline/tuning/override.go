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
	// Op is a glob over the operation of a request or the form of a submit.
	Op journey.Values `yaml:"op"`
	// Status is a status such as 404, or some: 5xx, 400-499.
	Status journey.Values `yaml:"status"`
	// Error is a glob over the message of an error, its kind, or both as `kind: message`.
	Error journey.Values `yaml:"error"`
	// Attrs are globs over attributes, by name.
	Attrs map[string]journey.Values `yaml:"attrs"`
	// Signals are the names of the signals that this is about.
	Signals []string `yaml:"signals"`
	// Off switches them off there.
	Off bool `yaml:"off"`
	// Count is how many make a signal: clicks, entries, turns, fields.
	Count int `yaml:"count"`
	// Within is the time that they have: within, after, at_least.
	Within time.Duration `yaml:"within"`
	// Distance is how near, in CSS px.
	Distance float64 `yaml:"distance"`
	// Same says what one place is, for signals that have such a key.
	Same signals.Same `yaml:"same" jsonschema:"enum=,enum=place,enum=target_or_distance,enum=target,enum=distance,enum=target_and_distance"`
	// Compat holds what only imitates the rules of other products, for signals that have such a key.
	Compat signals.RageCompat `yaml:"compat"`
}

// maxOverrides bounds the rules of one kind.
const maxOverrides = 200

// override compiles one override into the plan. Errors begin with the key below it.
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
		case slices.Contains(only, k), len(c.Only) > 0 && !slices.Contains(c.Only, name):
			continue
		}
		if err := c.adjust(k, o); err != nil {
			return err
		}
		only = append(only, k)
	}
	if err := c.validate(); err != nil {
		return fmt.Errorf(": %w", err)
	}
	for _, k := range only {
		v, err := c.variant(k, hidden)
		if err != nil {
			return fmt.Errorf(": %w", err)
		}
		v.Number, v.Where = uint8(i+1), where
		plan.Kinds[k].Variants = append(plan.Kinds[k].Variants, v)
	}
	return nil
}

// scope is where an override holds.
func (o Override) scope() (detect.Where, error) {
	w := detect.Where{Steps: o.Step}
	if len(o.App)+len(o.Page)+len(o.Target)+len(o.Op)+len(o.Status)+len(o.Error)+len(o.Attrs) > 0 {
		rule, err := journey.CompileOne(journey.Match{
			App: o.App, Page: o.Page, Target: o.Target, Op: o.Op, Status: o.Status, Error: o.Error, Attrs: o.Attrs,
		})
		if err != nil {
			return w, err
		}
		w.Match = rule
	} else if len(o.Step) == 0 {
		return w, errors.New(": says nowhere; give at least one of app, page, step, target, op, status, error, attrs")
	}
	return w, nil
}

// imitating is settings with a section compat.
type imitating interface {
	Imitate(same signals.Same, compat signals.RageCompat)
}

// adjust sets the thresholds of a kind to those of an override: of each sort the
// first, which matters most.
func (c *Config) adjust(k detect.Kind, o Override) error {
	counted, timed, measured := o.Count == 0, o.Within == 0, o.Distance == 0
	for _, t := range detect.ThresholdsOf(c.settings(k)) {
		switch {
		case t.Count != nil && !counted:
			*t.Count, counted = o.Count, true
		case t.Time != nil && !timed:
			*t.Time, timed = o.Within, true
		case t.Distance != nil && !measured:
			*t.Distance, measured = o.Distance, true
		}
	}
	name := signals.Name(k)
	switch {
	case !counted:
		return fmt.Errorf(".count: %s counts nothing", name)
	case !timed:
		return fmt.Errorf(".within: %s has no time", name)
	case !measured:
		return fmt.Errorf(".distance: %s has no distance", name)
	}
	*c.enabled(k) = !o.Off
	if o.Same == "" && o.Compat == (signals.RageCompat{}) {
		return nil
	}
	settings, ok := c.settings(k).(imitating)
	if !ok {
		return fmt.Errorf(": same and compat are for %s, not for %s", strings.Join(imitators(), " and "), name)
	}
	settings.Imitate(o.Same, o.Compat)
	return nil
}

// imitators are the signals with a section compat.
func imitators() (names []string) {
	var c Config
	for k := range signals.NumKinds {
		if _, ok := c.settings(k).(imitating); ok {
			names = append(names, signals.Name(k))
		}
	}
	return names
}
