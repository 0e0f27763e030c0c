package tuning

import (
	"fmt"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/signals"
)

// New compiles a configuration.
func New(c Config) (*detect.Set, error) {
	c, err := c.InForce()
	if err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("signals.%w", err)
	}
	if err := c.validateTracked(); err != nil {
		return nil, err
	}
	alarms, err := c.alarms()
	if err != nil {
		return nil, err
	}
	hidden, err := compileSuppression(alarms)
	if err != nil {
		return nil, fmt.Errorf("signals.suppress%w", err)
	}
	plan := detect.Plan{Absorption: signals.Absorption(), Hidden: hidden.plan(), OneAct: !c.imitates()}
	for k, d := range signals.All() {
		base, err := c.variant(detect.Kind(k), hidden)
		if err != nil {
			return nil, fmt.Errorf("signals.%w", err)
		}
		plan.Kinds = append(plan.Kinds, detect.KindPlan{Name: d.Name, Outcome: d.Outcome, Base: base})
	}
	for i := range c.Overrides {
		if err := c.override(&plan, hidden, i); err != nil {
			return nil, fmt.Errorf("signals.overrides[%d]%w", i, err)
		}
	}
	return detect.New(plan)
}

// variant compiles the settings of a kind. The error begins with its name.
func (c *Config) variant(k detect.Kind, hidden *suppression) (detect.Variant, error) {
	d := signals.Of(k)
	v := detect.Variant{Off: !*c.enabled(k), Version: d.Version(c.settings(k))}
	if d.Rule == nil {
		return v, nil
	}
	var err error
	if v.Rule, err = d.Rule(c.Settings(k)); err != nil {
		return v, fmt.Errorf("%s%w", d.Name, err)
	}
	if slices.Contains(c.FromTracker, d.Name) {
		v.Rule, v.Version = signals.FromTracker(k, v.Rule), d.Name+" from_tracker"
	}
	if v.Rule.Forgets {
		v.Rule.Observes |= hidden.forget[k]
	}
	return v, nil
}
