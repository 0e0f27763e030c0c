package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	schemaFile  = "../../schemas/config.schema.json"
	exampleFile = "../../deploy/friction.example.yaml"
)

// comments are the doc comments of the packages' fields by import path, type and field: the single source of
// descriptions.
func comments(t *testing.T) map[string]string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	defer t.Chdir(dir)
	var r jsonschema.Reflector
	if err := r.AddGoComments("friction", "./pipeline"); err != nil {
		t.Fatal(err)
	}
	for key, text := range r.CommentMap {
		r.CommentMap[key] = strings.Join(strings.Fields(text), " ")
	}
	return r.CommentMap
}

var (
	// subject is how comments of fields begin that name the field; people who know keys need only what follows.
	subject = regexp.MustCompile(`^(?: is| are|:| says,?| say| holds| hold| lists) |^ (names|limits|keeps|drops|means|switches|makes|replaces|computes|turns|hides|sets|sizes|describes|encrypts|accepts|authenticates) `)
	value   = regexp.MustCompile(`^[a-z0-9_-]+(,| or) `)
	docLink = regexp.MustCompile(`\[([A-Za-z.]+)\]`)
)

// commentOf is the comment of a field without its name: "Gap is the longest silence" loses "Gap is".
func commentOf(all map[string]string, typ reflect.Type, field string) string {
	text := docLink.ReplaceAllString(all[typ.PkgPath()+"."+typ.Name()+"."+field], "$1")
	rest, ok := strings.CutPrefix(text, field)
	if m := subject.FindStringSubmatchIndex(rest); ok && m != nil {
		rest = rest[m[1]:]
		if m[2] >= 0 { // the verb stays
			rest = text[len(field)+m[2]:]
		}
		if value.MatchString(rest) {
			return rest // a list of values to write as they stand
		}
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	return text
}

// schema describes the configuration as this package reads it: defaults beside every key, one word for a list of one,
// on and off for what can be switched.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	texts := comments(t)
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true,
		LookupComment: func(typ reflect.Type, field string) string { return commentOf(texts, typ, field) },
		Mapper: func(typ reflect.Type) *jsonschema.Schema {
			if typ == durationType {
				return &jsonschema.Schema{Type: "string", Pattern: `^-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$`}
			}
			return nil
		},
	}
	s := r.Reflect(Config{})
	s.Title = "friction"
	s.Description = "Configuration of friction. Every key has a default; unknown keys are errors."
	annotate(s, reflect.ValueOf(Default()), true)
	return s
}

// annotate adds to the schema of v what the types alone do not say. Defaults stand only where v has some.
func annotate(s *jsonschema.Schema, v reflect.Value, defaults bool) {
	switch t := v.Type(); {
	case isSection(t):
		for _, f := range fields(t) {
			property, _ := s.Properties.Get(f.key)
			annotate(property, v.Field(f.index), defaults)
			bound(property, t.Field(f.index))
			if child := v.Field(f.index); isSection(child.Type()) && hasSwitch(child) {
				s.Properties.Set(f.key, orSwitch(property))
			}
		}
	case t.Kind() == reflect.Slice && isScalar(t.Elem()):
		word := *s.Items
		if t.Elem().Kind() == reflect.String && len(word.Enum) == 0 {
			word = jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}, {Type: "boolean"}}} // taken as they are written
		}
		list := *s
		list.Description, list.Items = "", &word
		*s = jsonschema.Schema{AnyOf: []*jsonschema.Schema{&list, &word}, Description: s.Description}
	case t.Kind() == reflect.Slice:
		annotate(s.Items, reflect.New(t.Elem()).Elem(), false)
	case t.Kind() == reflect.Map:
		annotate(s.AdditionalProperties, reflect.New(t.Elem()).Elem(), false)
		s.AdditionalProperties = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s.AdditionalProperties, {Type: "null"}}}
	}
	if defaults && !isSection(v.Type()) {
		s.Default = asJSON(v)
	}
}

// bound states the bounds that a number has in its tags.
func bound(s *jsonschema.Schema, f reflect.StructField) {
	if s.Type == "integer" || s.Type == "number" {
		s.Minimum, s.Maximum = json.Number(f.Tag.Get("min")), json.Number(f.Tag.Get("max"))
	}
}

// asJSON is a default as JSON has it.
func asJSON(v reflect.Value) (value any) {
	w := &writer{}
	w.value(v, "", false, true)
	if err := yaml.Unmarshal(w.Bytes(), &value); err != nil {
		panic(err) // what render writes is YAML, other tests say
	}
	return value
}

func hasSwitch(v reflect.Value) bool {
	enabled, ok := find(v, "enabled")
	return ok && enabled.Kind() == reflect.Bool
}

func orSwitch(s *jsonschema.Schema) *jsonschema.Schema {
	object := *s
	object.Description = ""
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{&object, {Enum: []any{"on", "off", true, false}}}, Description: s.Description}
}

func TestSchemaIsCurrent(t *testing.T) {
	text, err := json.MarshalIndent(schema(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, schemaFile, string(text)+"\n")
}

// A person who reads the schema in an editor finds every key explained.
func TestEveryKeyIsDescribed(t *testing.T) {
	var walk func(key string, s *jsonschema.Schema)
	walk = func(key string, s *jsonschema.Schema) {
		for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
			if path := join(key, pair.Key); !strings.HasSuffix(pair.Value.Description, ".") {
				t.Errorf("%s: description %q is no sentence; give its field a comment", path, pair.Value.Description)
			}
			walk(join(key, pair.Key), pair.Value)
		}
		for _, below := range append([]*jsonschema.Schema{s.Items, s.AdditionalProperties}, s.AnyOf...) {
			if below != nil {
				walk(key, below)
			}
		}
	}
	walk("", schema(t))
}

// The schema and the reader are two accounts of one rule; they must agree.
func TestSchemaAgreesWithReader(t *testing.T) {
	s := compile(t)
	for name, c := range map[string]struct {
		yaml string
		want bool
	}{
		"defaults":         {Default().Effective(), true},
		"unknown key":      {"sessions: {gapp: 1m}", false},
		"unknown section":  {"session: {}", false},
		"no unit":          {"sessions: {gap: 30}", false},
		"duration":         {"sessions: {gap: 1h30m}", true},
		"text for number":  {"sessions: {max_open: many}", false},
		"text for boolean": {"signals: {rage_click: {enabled: maybe}}", false},
		"switch":           {"signals: {rage_click: off}", true},
		"no such switch":   {"signals: {rage_click: dim}", false},
		"list of one":      {"score: {segments: device}", true},
		"list":             {"score: {segments: [device]}", true},
		"map for list":     {"score: {segments: {device: 1}}", false},
		"one of":           {"log: {level: warn}", true},
		"none of":          {"log: {level: loud}", false},
		"match":            {"journeys: {list: [{name: a, steps: [{name: b, match: [{type: [click, tap], attrs: {member: true, plan: [1, x]}}]}]}]}", true},
		"wrong match":      {"journeys: {list: [{name: a, steps: [{name: b, match: [{typ: click}]}]}]}", false},
		"weight":           {"score: {weights: {retry: {weight: 0.5}, rage_click: ~}}", true},
		"wrong weight":     {"score: {weights: {retry: {wait: 0.5}}}", false},
	} {
		t.Run(name, func(t *testing.T) {
			var doc any
			if err := yaml.Unmarshal([]byte(c.yaml), &doc); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			value, err := validator.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(value); (err == nil) != c.want {
				t.Errorf("schema: %v, want ok %v", err, c.want)
			}
			if _, err := Load(Layers{File: write(t, c.yaml)}); (err == nil) != c.want {
				t.Errorf("reader: %v, want ok %v", err, c.want)
			}
		})
	}
}

// What an editor offers is what the packages accept, no more and no less.
func TestOfferedValuesAreTheAcceptedOnes(t *testing.T) {
	s, offered := schema(t), 0
	for _, l := range leaves("", reflect.ValueOf(Default())) {
		at := s
		for name := range strings.SplitSeq(l.key, ".") {
			for _, either := range at.AnyOf {
				if either.Properties != nil {
					at = either
				}
			}
			at, _ = at.Properties.Get(name)
		}
		refused := func(value string) bool {
			_, err := Load(Layers{Set: []string{l.key + "=" + value}})
			e, ok := errors.AsType[*Error](err)
			return ok && e.Problems[0].Key == l.key
		}
		for _, value := range at.Enum {
			offered++
			if refused(value.(string)) {
				t.Errorf("%s: %q is offered and refused", l.key, value)
			}
		}
		if len(at.Enum) > 0 && !refused("zzz") {
			t.Errorf("%s: a value that is not offered is accepted", l.key)
		}
	}
	if offered == 0 {
		t.Error("no key offers values")
	}
}

func compile(t *testing.T) *validator.Schema {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := validator.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("config.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
