package decode

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

func eventSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../../schemas/event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("event.json", doc); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("event.json")
}

func TestEventsFitTheSchema(t *testing.T) {
	schema := eventSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		e := anyEvent(t)
		line := AppendNative(nil, &e)
		if doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(line)); err != nil {
			t.Fatal(err)
		} else if err := schema.Validate(doc); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	})
}

// The examples of the schema are events.
func TestExamplesOfTheSchema(t *testing.T) {
	text, err := os.ReadFile("../../schemas/event.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Examples   []json.RawMessage
		Properties map[string]struct{ Examples []json.RawMessage }
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	d := decoder(t, nil)
	check := func(value []byte) {
		t.Helper()
		var e event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: value}, &e); r.Reason != event.Accepted {
			t.Errorf("%s: %v", value, r)
		}
	}
	for _, example := range schema.Examples {
		check(example)
	}
	n := 0
	for name, property := range schema.Properties {
		for _, example := range property.Examples {
			check(withMember(t, name, example))
			n++
		}
	}
	if len(schema.Examples) < 2 || n < 20 {
		t.Errorf("found %d and %d examples, the test may look in the wrong place", len(schema.Examples), n)
	}
	// Every field of the decoder is in the schema and the other way round.
	names := []string{}
	for f := fields.Time; f < fields.Count; f++ {
		for name := range schema.Properties {
			if fields.Of([]byte(name)) == f {
				names = append(names, name)
			}
		}
	}
	if len(names) != len(schema.Properties) || len(names) != int(fields.Count)-1 {
		t.Errorf("the decoder knows %d fields, the schema %d, both %d: %q", fields.Count-1, len(schema.Properties), len(names), names)
	}
	for i := range event.NumTypes {
		if !slices.ContainsFunc(schema.Properties["type"].Examples, func(e json.RawMessage) bool { return string(e) == `"`+i.String()+`"` }) {
			t.Errorf("the schema does not name the type %s", i)
		}
	}
}

// withMember is a good event with one member replaced.
func withMember(t testing.TB, name string, value json.RawMessage) []byte {
	t.Helper()
	members := map[string]json.RawMessage{"time": []byte("1772366400000"), "user": []byte(`"u"`), "type": []byte(`"click"`)}
	members[name] = value
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// anyValue draws JSON for a member, right or wrong.
func anyValue(t *rapid.T) string {
	leaf := rapid.SampledFrom([]string{
		`null`, `true`, `false`, `""`, `"a"`, `"click"`, `"/a/1?x=1"`, `"2026-03-01T10:00:00Z"`, `"2026-03-01T10:00:00.5+01:00"`, `"2026-03-01"`, `"2026-02-30T10:00:00Z"`,
		`"2026-03-01T10:00:00"`, `"2016-12-31T23:59:60Z"`, `"2016-12-31T22:59:60Z"`, `0`, `-1`, `1`, `200`, `200.0`, `2e2`, `200.5`, `999`, `1000`, `2147483647`, `2147483648`, `1772366400000`,
		`1.7723664e12`, `1e9`, `-1e9`, `1.1e9`, `1e12`, `1.0000001e12`, `1e400`, `12345678901234567890`, `"` + strings.Repeat("x", 512) + `"`, `"` + strings.Repeat("x", 513) + `"`,
	})
	object := rapid.Custom(func(t *rapid.T) string {
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"id", "tag", "text", "role", "href", "input_type", "selector", "classes", "kind", "message", "device", "os", "browser", "app_version", "country", "variant", "language", "x"}), 0, 3, rapid.ID).Draw(t, "names")
		for i, name := range names {
			names[i] = `"` + name + `":` + rapid.OneOf(leaf, rapid.SampledFrom([]string{`["a","b"]`, `["a",1]`, `[]`, `{}`})).Draw(t, "value")
		}
		return "{" + strings.Join(names, ",") + "}"
	})
	return rapid.OneOf(leaf, leaf, object, rapid.SampledFrom([]string{`[]`, `["a"]`})).Draw(t, "member")
}

// What the schema takes the decoder takes, but for what only the decoder speaks about:
// rules about the clock, and bounds of nesting, numbers of members and bytes of ids. Of
// what the schema refuses the decoder rejects only what has no good time, user or type.
func TestSchemaAndDecoderAgree(t *testing.T) {
	schema := eventSchema(t)
	d := decoder(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		members := map[string]string{"time": "1772366400000", "user": `"u"`, "type": `"click"`}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{
			"time", "user", "type", "id", "app", "name", "account", "session", "page", "op", "x", "y", "status", "duration_ms", "attempt", "ok", "keyboard", "target", "context", "error", "attrs", "other",
		}), 1, 4, rapid.ID).Draw(t, "names") {
			members[name] = anyValue(t)
		}
		var list []string
		for name, value := range members {
			list = append(list, `"`+name+`":`+value)
		}
		text := []byte("{" + strings.Join(list, ",") + "}")
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		refused := schema.Validate(doc)
		var e event.Event
		r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: text}, &e)
		needed := members["time"] == "1772366400000" && members["user"] == `"u"` && members["type"] == `"click"`
		clock := r.Reason == event.TimeFuture || r.Reason == event.TimePast
		switch {
		case needed && r.Reason != event.Accepted:
			t.Fatalf("%s: an optional member costs the event: %v", text, r)
		case refused == nil && r.Reason != event.Accepted && !clock && !tooBig(members["time"], r):
			t.Fatalf("%s: the schema takes what the decoder rejects: %v", text, r)
		}
	})
}

// tooBig tells an integer that is a good time for the schema, and too big for any.
func tooBig(text string, r event.Rejection) bool {
	return r.Reason == event.BadTime && (text == "1e400" || text == "12345678901234567890")
}
