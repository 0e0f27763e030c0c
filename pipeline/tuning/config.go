package tuning

import (
	"fmt"
	"reflect"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// DefaultConfig is what signals declare; where their defaults come from is in
// docs/signals.md.
func DefaultConfig() Config {
	var c Config
	for k, d := range signals.All() {
		settings := reflect.ValueOf(c.settings(detect.Kind(k))).Elem()
		settings.Set(reflect.ValueOf(d.Thresholds))
		own(settings)
	}
	return c
}

// own copies the lists of settings, which would otherwise be shared with the declaration.
func own(settings reflect.Value) {
	for _, f := range settings.Fields() {
		switch {
		case f.Kind() == reflect.Struct:
			own(f)
		case f.Kind() == reflect.Slice && !f.IsNil():
			list := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
			reflect.Copy(list, f)
			f.Set(list)
		}
	}
}

// fieldOf is the place of the settings of each kind in a Config.
var fieldOf = func() (at [signals.NumKinds]int) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		if k, ok := signals.KindOf(t.Field(i).Tag.Get("yaml")); ok {
			at[k] = i
		}
	}
	return at
}()

// settings points to the settings of a kind.
func (c *Config) settings(k detect.Kind) any {
	return reflect.ValueOf(c).Elem().Field(fieldOf[k]).Addr().Interface()
}

// Settings are the settings of a kind: a struct of the type that it declares.
func (c Config) Settings(k detect.Kind) any { return reflect.ValueOf(c).Field(fieldOf[k]).Interface() }

// enabled points to the switch of a kind.
func (c *Config) enabled(k detect.Kind) *bool {
	return reflect.ValueOf(c.settings(k)).Elem().FieldByName("Enabled").Addr().Interface().(*bool) //nolint:forcetypeassert // a test holds every declaration to it
}

// KeepOnly switches every signal off but some.
func (c *Config) KeepOnly(kinds ...detect.Kind) {
	for k := range signals.NumKinds {
		*c.enabled(k) = slices.Contains(kinds, k)
	}
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	_, err := New(c)
	return err
}

// validate checks the settings of every kind.
func (c *Config) validate() error {
	for k := range signals.NumKinds {
		if err := detect.Validate(c.settings(k)); err != nil {
			return fmt.Errorf("%s.%w", signals.Name(k), err)
		}
	}
	return nil
}

// validateTracked checks the names of the signals that are taken from the tracker.
func (c *Config) validateTracked() error {
	for i, name := range c.FromTracker {
		k, ok := signals.KindOf(name)
		switch {
		case !ok:
			return fmt.Errorf("signals.from_tracker[%d]: no signal of the name %q", i, name)
		case signals.Of(k).Rule == nil:
			return fmt.Errorf("signals.from_tracker[%d]: %s is made of visits, which no tracker knows", i, name)
		}
	}
	return nil
}

// Needs are all that a kind needs before it can be found, under a configuration.
// A kind that needs nothing of a list is silent for another reason: it is switched
// off.
func (c Config) Needs(k detect.Kind, journeys journey.Config) ([]detect.Need, error) {
	d := signals.Of(k)
	if slices.Contains(c.FromTracker, d.Name) {
		return []detect.Need{signals.NeedFromTracker(k)}, nil
	}
	needs := slices.Clone(d.Needs)
	if d.NeedsOf == nil {
		return needs, nil
	}
	more, err := d.NeedsOf(c.Settings(k), journeys)
	return append(needs, more...), err
}
