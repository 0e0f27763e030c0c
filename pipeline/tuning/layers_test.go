package tuning

import (
	"reflect"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/signals"
)

// What somebody has set stands, whatever a preset says, and all else is the preset's:
// every preset with every key, set to another value, and to its default.
func TestEveryKeyStandsOverEveryPreset(t *testing.T) {
	for _, p := range presets {
		plain := DefaultConfig()
		plain.Preset = p.Name
		theirs, err := plain.InForce()
		if err != nil {
			t.Fatal(err)
		}
		for k := range signals.NumKinds {
			for _, key := range keysOf(k) {
				another := plain
				changeKey(t, &another, key)
				holdsOnly(t, another, theirs, key)

				usual := plain
				usual.Set([]string{key})
				holdsOnly(t, usual, theirs, key)
			}
		}
	}
}

// holdsOnly checks that a key is in force as it was set, and every other as in theirs.
func holdsOnly(t *testing.T, set, theirs Config, key string) {
	t.Helper()
	got, err := set.InForce()
	if err != nil {
		t.Fatal(err)
	}
	want, have := valuesOf(&theirs), valuesOf(&got)
	want[key] = valuesOf(&set)[key]
	for other := range want {
		if !reflect.DeepEqual(have[other], want[other]) {
			t.Errorf("preset %s with %s set to %v: %s is %v, want %v", set.Preset, key, want[key], other, have[other], want[other])
		}
	}
}

// valuesOf are the values of all signals by key.
func valuesOf(c *Config) map[string]any {
	all := map[string]any{}
	for k := range signals.NumKinds {
		walkKeys(signals.Name(k), reflect.ValueOf(c.settings(k)).Elem(), func(key string, v reflect.Value) { all[key] = v.Interface() })
	}
	return all
}

// changeKey sets a key to something that is neither its default nor any preset's.
func changeKey(t *testing.T, c *Config, key string) {
	t.Helper()
	switch v := valueOf(t, c, key); v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 7)
	case reflect.Float64:
		v.SetFloat(v.Float() + 0.5)
	case reflect.String:
		v.SetString(v.String() + "?")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), v.Len()+1, v.Len()+1))
	default:
		t.Fatalf("%s is a %s", key, v.Kind())
	}
}

// valueOf is the value of a key such as rage_click.compat.edge.
func valueOf(t *testing.T, c *Config, key string) reflect.Value {
	t.Helper()
	for k := range signals.NumKinds {
		var found reflect.Value
		walkKeys(signals.Name(k), reflect.ValueOf(c.settings(k)).Elem(), func(name string, v reflect.Value) {
			if name == key {
				found = v
			}
		})
		if found.IsValid() {
			return found
		}
	}
	t.Fatalf("no key %s", key)
	return reflect.Value{}
}

// keysOf lists the keys of a signal.
func keysOf(k detect.Kind) (keys []string) {
	var c Config
	walkKeys(signals.Name(k), reflect.ValueOf(c.settings(k)).Elem(), func(name string, _ reflect.Value) { keys = append(keys, name) })
	return keys
}

func walkKeys(section string, v reflect.Value, visit func(string, reflect.Value)) {
	for i := range v.NumField() {
		key := section + "." + v.Type().Field(i).Tag.Get("yaml")
		if v.Field(i).Kind() == reflect.Struct {
			walkKeys(key, v.Field(i), visit)
		} else {
			visit(key, v.Field(i))
		}
	}
}
