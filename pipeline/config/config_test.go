package config

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDefaultsAreValid(t *testing.T) {
	c, err := Load(Layers{})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v", c)
	}
}

func TestEffectiveReadsBackEqual(t *testing.T) {
	c := Default()
	file := write(t, c.Effective())
	got, err := Load(Layers{File: file})
	if err != nil {
		t.Fatalf("%v\n%s", err, c.Effective())
	}
	if got.Effective() != c.Effective() {
		t.Errorf("got\n%s\nwant\n%s", got.Effective(), c.Effective())
	}
}

// Every exported field is a key, is lower_snake_case, and its variable stands for it alone.
func TestEveryFieldIsAKey(t *testing.T) {
	variables := map[string]string{}
	var walk func(key string, typ reflect.Type)
	walk = func(key string, typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Slice, reflect.Map, reflect.Pointer:
			walk(key+"[]", typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		for f := range typ.Fields() {
			name := f.Tag.Get("yaml")
			switch {
			case name == "-": // filled in by the program
			case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || !f.IsExported():
				t.Errorf("%s.%s: yaml tag %q is no lower_snake_case key", key, f.Name, name)
			default:
				walk(join(key, name), f.Type)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	c := Default()
	for _, l := range leaves("", reflect.ValueOf(&c).Elem()) {
		for _, name := range []string{variable(l.key), variable(l.key) + fromFile} {
			if other := variables[name]; other != "" {
				t.Errorf("%s stands for both %s and %s", name, other, l.key)
			}
			variables[name] = l.key
		}
	}
}

// Every scalar and every list of words can be set by its variable, and says its own key when it cannot.
func TestEveryScalarIsReachableFromTheEnvironment(t *testing.T) {
	c := Default()
	for _, l := range leaves("", reflect.ValueOf(&c).Elem()) {
		words := l.value.Kind() == reflect.Slice && isScalar(l.value.Type().Elem())
		if !isScalar(l.value.Type()) && !words {
			continue
		}
		text := "zzz"
		switch {
		case l.value.Type() == durationType:
			text = "-1h"
		case words && l.value.Type().Elem() == durationType:
			text = "7h"
		case l.value.CanInt(), l.value.CanUint(), l.value.CanFloat():
			text = "7"
		case l.value.Kind() == reflect.Bool:
			text = "true"
		}
		d := Default()
		root := reflect.ValueOf(&d).Elem()
		at, problems := Layers{Environ: []string{variable(l.key) + "=" + text}}.fill(root)
		if len(problems) > 0 {
			t.Errorf("%s: %v", l.key, problems)
			continue
		}
		if v, _ := find(root, l.key); !strings.Contains(scalarsOf(v), text) || at[l.key].From != variable(l.key) {
			t.Errorf("%s=%s did not set %s: %v from %v", variable(l.key), text, l.key, v, at[l.key])
		}
	}
}

func scalarsOf(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		if v.Type() == durationType {
			return v.Interface().(interface{ String() string }).String() + " " + scalarText(v)
		}
		return scalarText(v)
	}
	var all []string
	for i := range v.Len() {
		all = append(all, scalarText(v.Index(i)))
	}
	return strings.Join(all, ",")
}

func TestSectionsNameTheirKeys(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"kafka", "kafka:\n  brokers: [localhost]\n", "c.yaml:2:13: kafka.brokers[0]: "},
		{"session", "sessions:\n  gap: 0s\n", "c.yaml:2:3: sessions.gap: "},
		{"journey", "journeys:\n  list:\n    - name: buy\n      steps:\n        - name: cart\n          match: {type: page_wiev, page: /cart}\n", "c.yaml:6:11: journeys.list[0].steps[0].match"},
		{"site off", "journeys:\n  site: off\n", ""},
		{"signal off", "signals:\n  rage_click: off\n", ""},
		{"signals", "signals:\n  rage_click:\n    clicks: 1\n", "c.yaml:3:5: signals.rage_click.clicks: "},
		{"score", "score:\n  slide: 1m\n  size: 90s\n", "c.yaml:3:3: score.size: "},
		{"weights keep the others", "score:\n  weights:\n    rage_click: {weight: 0.5}\n", ""},
		{"weights of nothing", "score:\n  weights:\n    rage_clik: {weight: 0.5}\n", "c.yaml:3:5: score.weights.rage_clik: "},
		{"decode", "input:\n  pages:\n    key: uri\n", "c.yaml:3:5: input.pages.key: "},
		{"decode columns", "input:\n  format: csv\n", "c.yaml:1:1: input.map: "},
		{"filter", "filter:\n  - {type: [click, tapp]}\n", "c.yaml:2:6: filter[0].type: "},
		{"filter of one rule", "filter: {user: bot}\n", "c.yaml:1:1: filter: want a list, got keys and values"},
		{"dsn", "clickhouse:\n  dsn: ftp://bob:hunter2@x\n", "c.yaml:2:3: clickhouse.dsn: "},
		{"between sections", "sessions:\n  disorder: 1s\n", "c.yaml:2:3: input.max_future: "},
		{"worker", "worker:\n  when_idle: stop\n", "c.yaml:2:3: worker.when_idle: "},
		{"log", "log:\n  level: loud\n", "c.yaml:2:3: log.level: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(Layers{File: write(t, c.yaml)})
			got := ""
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if strings.Contains(got, "hunter2") {
				t.Error("the error shows a password")
			}
		})
	}
}

func TestWeightsGivenInPartKeepTheOthers(t *testing.T) {
	c, err := Load(Layers{File: write(t, "score:\n  weights:\n    rage_click: {weight: 0.5}\n    retry: ~\n")})
	if err != nil {
		t.Fatal(err)
	}
	want := Default().Score.Weights
	changed := want["rage_click"]
	changed.Weight = 0.5
	want["rage_click"] = changed
	delete(want, "retry")
	if !reflect.DeepEqual(c.Score.Weights, want) {
		t.Errorf("got %v, want %v", c.Score.Weights, want)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	c := Default()
	c.Kafka.SASL.Password, c.Kafka.TLS.Key, c.ClickHouse.DSN = "hunter2", "hunter2", "http://bob:hunter2@h:8123/?password=hunter2"
	if shown := c.Effective(); strings.Contains(shown, "hunter2") {
		t.Errorf("a secret is shown in\n%s", shown)
	}
}

func TestPseudonymKeyIsReadFromItsFile(t *testing.T) {
	file := write(t, "input:\n  pseudonymise:\n    key_id: k1\n    key_file: key\n")
	_, err := Load(Layers{File: file})
	if want := "c.yaml:4:5: input.pseudonymise.key_file: key cannot be read: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for text, ok := range map[string]bool{"0123456789abcdef\n": true, "short\n": false} {
		if err := os.WriteFile("key", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(Layers{File: file})
		if (err == nil) != ok {
			t.Errorf("key %q: %v", text, err)
		}
		if got := string(c.Input.Pseudonymise.Key); ok && got != strings.TrimSpace(text) {
			t.Errorf("key %q", got)
		}
		if shown := c.Effective(); ok && strings.Contains(shown, "0123456789abcdef") {
			t.Errorf("the key is shown in\n%s", shown)
		}
	}
}

var rewrite = flag.Bool("rewrite", false, "write the schema and the example anew")

// golden compares text with a file of the repository, or writes it.
func golden(t *testing.T, file, text string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; make golden writes it", err)
	}
	if got := strings.Split(text, "\n"); !slices.Equal(got, strings.Split(string(want), "\n")) {
		t.Errorf("%s is not what the types say; make golden writes it anew", file)
	}
}
