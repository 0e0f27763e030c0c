package tuning

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"friction/pipeline/signals"
)

// InForce is the effective configuration: what was set, then the preset, then the defaults. A key was set if its
// value is not the default, or if [Config.Explicit] names it.
func (c Config) InForce() (Config, error) {
	c, err := c.underPreset()
	if err != nil || len(c.Only) == 0 {
		return c, err
	}
	for i, name := range c.Only {
		if _, ok := signals.KindOf(name); !ok {
			return c, fmt.Errorf("signals.only[%d]: no signal of the name %q", i, name)
		}
	}
	for k := range signals.NumKinds {
		if !slices.Contains(c.Only, signals.Name(k)) {
			*c.enabled(k) = false
		}
	}
	return c, nil
}

// underPreset is what was set over what the preset says.
func (c Config) underPreset() (Config, error) {
	p, err := presetOf(c.Preset)
	if err != nil || p == nil || p.change == nil {
		return c, err
	}
	usual, theirs := DefaultConfig(), DefaultConfig()
	theirs.RageClick.Same, theirs.RageTap.Same = signals.TargetOrDistance, signals.TargetAndDistance // products know no places
	p.change(&theirs)
	for k := range signals.NumKinds {
		under := func(c *Config) reflect.Value { return reflect.ValueOf(c.settings(k)).Elem() }
		c.fill(signals.Name(k), under(&c), under(&usual), under(&theirs))
	}
	return c, nil
}

// fill sets the keys of a section that were not set to the preset's values.
func (c *Config) fill(section string, ours, usual, theirs reflect.Value) {
	for i := range ours.NumField() {
		key := section + "." + ours.Type().Field(i).Tag.Get("yaml")
		switch v := ours.Field(i); {
		case v.Kind() == reflect.Struct:
			c.fill(key, v, usual.Field(i), theirs.Field(i))
		case reflect.DeepEqual(v.Interface(), usual.Field(i).Interface()) && !slices.Contains(c.Explicit, key):
			v.Set(theirs.Field(i))
		}
	}
}

// imitates reports a preset of a product whose numbers are public. It counts as that product does: every event for
// itself, however close to another.
func (c *Config) imitates() bool {
	p, err := presetOf(c.Preset)
	return err == nil && p != nil && p.change != nil
}

// presetOf is the preset of a name, nil for none.
func presetOf(name string) (*Preset, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no preset is no error
	}
	i := slices.IndexFunc(presets, func(p Preset) bool { return p.Name == name })
	if i >= 0 {
		return &presets[i], nil
	}
	var names []string
	for _, p := range presets {
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("signals.preset: %q is none of %s", name, strings.Join(names, ", "))
}

// alarms are the entries of suppression beside the built-in ones. The preset's known false alarms replace built-in
// ones that its product does not have; entries of the configuration stay.
func (c *Config) alarms() ([]Suppress, error) {
	p, err := presetOf(c.Preset)
	if err != nil || p == nil || p.change == nil {
		return c.Suppress, err
	}
	var preset Config
	p.change(&preset)
	var all []Suppress
	named := func(list []Suppress, name string) bool {
		return slices.ContainsFunc(list, func(x Suppress) bool { return x.Name == name })
	}
	for _, x := range falseAlarms {
		if !named(preset.Suppress, x.Name) && !named(c.Suppress, x.Name) {
			all = append(all, Suppress{Name: x.Name, Off: true})
		}
	}
	for _, x := range preset.Suppress {
		if !named(c.Suppress, x.Name) {
			all = append(all, x)
		}
	}
	return append(all, c.Suppress...), nil
}

// Set notes which keys below the section were set. Otherwise a key that was set to its default could not be
// distinguished from one that was not set.
func (c *Config) Set(keys []string) {
	if c.Preset == "" {
		return // nothing would change them
	}
	usual := DefaultConfig()
	for k := range signals.NumKinds {
		ours, defaults := reflect.ValueOf(c.settings(k)).Elem(), reflect.ValueOf(usual.settings(k)).Elem()
		c.note(keys, signals.Name(k), ours, defaults)
	}
}

func (c *Config) note(keys []string, section string, ours, usual reflect.Value) {
	for i := range ours.NumField() {
		key := section + "." + ours.Type().Field(i).Tag.Get("yaml")
		switch v := ours.Field(i); {
		case v.Kind() == reflect.Struct:
			c.note(keys, key, v, usual.Field(i))
		case slices.Contains(keys, key) && reflect.DeepEqual(v.Interface(), usual.Field(i).Interface()):
			c.Explicit = append(c.Explicit, key)
		}
	}
}
