package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

const exampleHead = `# yaml-language-server: $schema=../schemas/config.schema.json
#
# Configuration of friction, every key with its default. Lines that begin with "#key:" are defaults; remove the "#" to
# change one. Nothing here is required: this file works as it is, and so does an empty one.
#
# Later ones win: defaults, this file, environment, flags (--set sessions.gap=20m). The variable of sessions.gap is
# FRICTION_SESSIONS_GAP; lists are comma separated; with _FILE behind it, the value is the name of a file that holds the
# text (FRICTION_KAFKA_SASL_PASSWORD_FILE). "friction check" says what is wrong and prints what is in force.
#
# Durations have a unit: 500ms, 30s, 10m, 24h. One value may stand for a list of one. Maps keep the defaults that are not
# mentioned; "key: ~" removes one.
`

// samples are settings that are no defaults, because they show how something is written.
var samples = map[string]string{
	"journeys.list": `
- name: checkout
  steps:
    - name: cart
      match: [{type: [page_view, screen_view], page: [/cart, Cart]}]
    - name: address
      match: [{type: page_view, page: /checkout/address}]
      optional: true
    - name: payment
      match:
        - {type: page_view, page: "/checkout/payment**"}
        - {type: click, target: pay*, app: shop}
    - name: confirmation
      match: [{type: page_view, page: /order/:id/thanks}]
- name: sign-up
  mode: any_order
  steps:
    - name: form
      match: [{page: /sign-up}]
    - name: verify
      match: [{type: custom, name: code_sent, attrs: {channel: [sms, email]}}]
  complete: [{type: request, op: POST /accounts}]
`,
	"signals.suppress": `
- name: toggles
  off: true
- name: our_dial
  answers: our dial is turned by clicks
  signals: [rage_click, dead_click]
  class: [dial]
`,
	"signals.overrides": `
- page: /calendar
  signals: [rage_click, rage_tap]
  count: 8
- step: checkout/payment
  target: pay*
  signals: [rage_click]
  count: 3
  within: 2s
- page: /gallery
  signals: [quick_back]
  off: true
`,
}

// exampler writes the annotated example from the types, their comments and their defaults.
type exampler struct {
	texts map[string]string
	seen  map[reflect.Type]string // types of list items that are explained, and where
	out   strings.Builder
}

func example(t *testing.T) string {
	t.Helper()
	e := &exampler{texts: comments(t), seen: map[reflect.Type]string{}}
	e.out.WriteString(exampleHead)
	e.section(reflect.ValueOf(Default()), "", "")
	return e.out.String()
}

func (e *exampler) section(v reflect.Value, path, indent string) {
	for _, f := range fields(v.Type()) {
		key, value := join(path, f.key), v.Field(f.index)
		if path == "" {
			e.out.WriteString("\n")
		}
		e.comment(commentOf(e.texts, v.Type(), v.Type().Field(f.index).Name), indent, "")
		if isSection(value.Type()) {
			e.out.WriteString(indent + f.key + ":\n")
			e.section(value, key, indent+"  ")
			continue
		}
		e.items(value.Type(), key, indent, "")
		e.leaf(f.key, key, value, indent)
	}
}

func (e *exampler) leaf(name, key string, v reflect.Value, indent string) {
	if sample := samples[key]; sample != "" {
		e.out.WriteString(indent + name + ":")
		for line := range strings.Lines(sample) {
			e.out.WriteString(strings.TrimRight(indent+"  "+line, " \n") + "\n")
		}
		return
	}
	w := &writer{}
	w.value(v, indent, false, false)
	text := w.String()
	if v.Kind() == reflect.Slice && v.Len() > 0 && isScalar(v.Type().Elem()) {
		text = strings.ReplaceAll(strings.TrimSpace(text), "\n"+indent+"  - ", ", ")
		text = " [" + strings.TrimPrefix(text, "- ") + "]\n"
	}
	for line := range strings.Lines(name + ":" + text) {
		line = strings.TrimPrefix(line, indent)
		for len(line) > maxLine { // only flow lists are so long
			cut := strings.LastIndex(line[:maxLine], ", ") + 1
			if cut == 0 {
				break // one word, such as an address
			}
			e.out.WriteString(indent + "#" + line[:cut] + "\n")
			line = "  " + strings.TrimSpace(line[cut:]) + "\n"
		}
		e.out.WriteString(indent + "#" + line)
	}
}

const maxLine = 110

// items explains the keys of a list's or map's items. The number of blanks after "#" is odd before words, and even before
// what "#" can be removed from.
func (e *exampler) items(t reflect.Type, key, indent, deeper string) {
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Map || !isSection(t.Elem()) {
		return
	}
	item := t.Elem()
	if where := e.seen[item]; where != "" {
		e.comment("Keys of an item: as in "+where+".", indent, deeper)
		return
	}
	e.seen[item] = key
	e.comment("Keys of an item:", indent, deeper)
	for _, f := range fields(item) {
		field := item.Field(f.index)
		e.comment("- "+f.key+": "+commentOf(e.texts, item, field.Name), indent, deeper)
		e.items(field.Type, key+"[]."+f.key, indent, deeper+"  ")
	}
}

// comment writes text in lines of at most 120 characters.
func (e *exampler) comment(text, indent, deeper string) {
	mark := indent + "# " + deeper
	line := mark
	for i, word := range strings.Fields(text) {
		if i > 0 && len(line)+len(word) > 119 {
			e.out.WriteString(strings.TrimRight(line, " ") + "\n")
			line = mark
			if strings.HasPrefix(text, "- ") {
				line += "  "
			}
		}
		line += word + " "
	}
	e.out.WriteString(strings.TrimRight(line, " ") + "\n")
}

func TestExampleIsCurrent(t *testing.T) {
	golden(t, exampleFile, example(t))
}

// withoutSamples takes back what the samples set.
func withoutSamples(c *Config) {
	c.Journeys.List = Default().Journeys.List
	c.Signals.Suppress, c.Signals.Overrides = nil, nil
}

func TestExampleLoadsAndSetsOnlyItsSamples(t *testing.T) {
	got, err := Load(Layers{File: exampleFile})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Journeys.List) != 2 {
		t.Errorf("%d journeys", len(got.Journeys.List))
	}
	if len(got.Signals.Suppress) != 2 || len(got.Signals.Overrides) != 3 {
		t.Errorf("%d entries of suppression, %d overrides", len(got.Signals.Suppress), len(got.Signals.Overrides))
	}
	withoutSamples(&got)
	if !reflect.DeepEqual(got, Default()) {
		t.Errorf("got\n%s\nwant\n%s", got.Effective(), Default().Effective())
	}
}

// Uncommenting every default must change nothing.
func TestExampleStatesRealDefaults(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	commented := regexp.MustCompile(`(?m)^( *)#((?:  )*\S)`)
	all := commented.ReplaceAllString(string(text), "$1$2")
	got, err := Load(Layers{File: write(t, all)})
	if err != nil {
		t.Fatalf("%v\n%s", err, all)
	}
	withoutSamples(&got)
	if got.Effective() != Default().Effective() {
		t.Errorf("got\n%s\nwant\n%s", got.Effective(), Default().Effective())
	}
	root := reflect.ValueOf(Default())
	at := places{}
	if problems := readYAML("", []byte(all), reflect.New(root.Type()).Elem(), at); len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, l := range leaves("", root) {
		if _, ok := at[l.key]; !ok {
			t.Errorf("%s is not in the example", l.key)
		}
	}
}

// Keys that only items of lists have are shown or explained as well.
func TestExampleMentionsTheKeysOfItems(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		switch {
		case typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map:
			walk(typ.Elem())
		case isSection(typ):
			for _, f := range fields(typ) {
				if !regexp.MustCompile(`(?m)(^|[ #{-])` + f.key + `:`).Match(text) {
					t.Errorf("%v.%s is not in the example", typ, f.key)
				}
				walk(typ.Field(f.index).Type)
			}
		}
	}
	walk(reflect.TypeFor[Config]())
}
