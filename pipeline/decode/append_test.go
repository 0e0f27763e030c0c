package decode

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// anyText draws text as it may stand in any string of an event.
func anyText(t *rapid.T, name string) string {
	return rapid.OneOf(
		rapid.Just(""), rapid.StringMatching(`[a-z_.-]{1,20}`), rapid.StringN(0, 40, 400), rapid.SampledFrom([]string{`"`, `\`, "\n\t\x00\x1f", "é世😀", "</script>", "null", "a b"}),
	).Draw(t, name)
}

// anyPath draws a path, alone or in a URL.
func anyPath(t *rapid.T) string {
	return rapid.StringMatching(`(https://shop\.example|shop://x)?/[a-z0-9/.~=@ -]{0,40}`).Draw(t, "path")
}

// anyEvent draws an event that the native format can hold, by the limits of the
// default configuration.
func anyEvent(t *rapid.T) event.Event {
	text := func(name string) string { return anyText(t, name) }
	everybodys := newNobody(DefaultNobody())
	id := func(name string) string {
		return rapid.Custom(func(t *rapid.T) string { return anyText(t, name) }).Filter(func(s string) bool { return !everybodys.has(s) }).Draw(t, name)
	}
	e := event.Event{
		Time:    event.Millis(rapid.Int64Range(946_684_800_000, int64(fields.Latest)).Draw(t, "time")),
		Type:    event.Type(rapid.IntRange(0, int(event.NumTypes)-1).Draw(t, "type")),
		App:     rapid.SampledFrom([]string{defaultApp, "shop", "Ä"}).Draw(t, "app"),
		User:    "u-" + text("user"),
		Account: id("account"), Client: id("session"), ID: id("id"), Name: text("name"),
		Status: rapid.Int32Range(0, fields.MaxStatus).Draw(t, "status"), Attempt: rapid.Int32Range(0, fields.MaxAttempt).Draw(t, "attempt"),
	}
	e.Page = string(fields.NewNamer(DefaultConfig().Pages).AppendPage(nil, []byte(rapid.OneOf(rapid.Custom(anyPath), rapid.StringMatching(`[A-Z][a-z ]{0,9}`)).Draw(t, "page"))))
	e.Op = string(fields.NewNamer(DefaultConfig().Ops).AppendOp(nil, []byte(rapid.OneOf(rapid.Custom(func(t *rapid.T) string { return "POST " + anyPath(t) }), rapid.StringMatching(`[a-z#]{0,9}`)).Draw(t, "op"))))
	for bit, name := range map[event.Flag]string{event.HasPosition: "position", event.Keyboard: "keyboard", event.HasOK: "ok", event.HasDuration: "duration"} {
		if rapid.Bool().Draw(t, "has "+name) {
			e.Flags |= bit
		}
	}
	if e.Has(event.HasPosition) {
		e.X, e.Y = rapid.Float32Range(-1e9, 1e9).Draw(t, "x"), rapid.Float32Range(-1e9, 1e9).Draw(t, "y")
	}
	if rapid.Bool().Draw(t, "whole second") {
		e.Time -= e.Time % 1000
	}
	if e.Time%1000 != 0 || rapid.Bool().Draw(t, "milliseconds") {
		e.Flags |= event.MillisecondTime
	}
	if e.Has(event.HasOK) && rapid.Bool().Draw(t, "ok") {
		e.Flags |= event.OK
	}
	if e.Has(event.HasDuration) {
		e.Duration = event.Millis(rapid.Int64Range(0, fields.MaxDuration).Draw(t, "duration"))
	}
	if rapid.Bool().Draw(t, "has target") {
		e.Target = &event.Target{ID: text("t.id"), Tag: text("tag"), Text: text("text"), Role: text("role"), Href: fields.CleanHref(text("href")), InputType: text("input_type"), Selector: text("selector")}
		if rapid.Bool().Draw(t, "has classes") {
			e.Target.Classes = rapid.SliceOfN(rapid.StringN(0, 9, 36), 1, 32).Draw(t, "classes")
		} else if reflect.ValueOf(*e.Target).IsZero() {
			e.Target = nil
		}
	}
	if c := (event.Context{Device: text("device"), OS: text("os"), Browser: text("browser"), AppVersion: text("version"), Country: text("country"), Variant: text("variant"), Language: text("language")}); c != (event.Context{}) {
		e.Context = &c
	}
	if f := (event.Error{Kind: text("kind"), Message: text("message")}); f != (event.Error{}) {
		e.Error = &f
	}
	for name, value := range rapid.MapOfN(rapid.StringN(0, 20, 80), rapid.StringN(0, 40, 160), 0, 8).Draw(t, "attrs") {
		e.Attrs = append(e.Attrs, event.Attr{Name: name, Value: string(fields.WithoutQuery([]byte(value)))})
	}
	slices.SortFunc(e.Attrs, func(a, b event.Attr) int { return compareStrings(a.Name, b.Name) })
	return e
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestNativeRoundTrip(t *testing.T) {
	d := decoder(t, func(c *Config) { c.Nobody = nil }) // ids are drawn, "null" among them
	var keyer event.Keyer
	rapid.Check(t, func(t *rapid.T) {
		want := anyEvent(t)
		line := AppendNative([]byte("before"), &want)[len("before"):]
		if !json.Valid(line) {
			t.Fatalf("no JSON: %s", line)
		}
		var got event.Event
		if r := d.Decode(&event.Record{Key: []byte(want.User), Time: event.Never, Value: line}, &got); r.Reason != event.Accepted {
			t.Fatalf("%v: %s", r, line)
		}
		want.Key = keyer.Key(want.App, want.User, "")
		if want.ID == "" {
			want.Hash = event.DigestOf(line)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %+v\nwant %+v", line, got, want)
		}
	})
}

// What the other formats decode to survives the way through native JSON.
func TestOtherFormatsAsNative(t *testing.T) {
	native := decoder(t, nil)
	for _, c := range formats {
		for _, value := range []string{c.value, c.other} {
			var first, second event.Event
			if r := decoder(t, c.change).Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &first); r.Reason != event.Accepted {
				t.Fatal(r)
			}
			line := AppendNative(nil, &first)
			if r := native.Decode(&event.Record{NoKey: true, Time: event.Never, Value: line}, &second); r.Reason != event.Accepted {
				t.Fatalf("%s: %v", line, r)
			}
			second.Hash, second.RawPage = first.Hash, first.RawPage
			first.Flags &^= event.AccessLog
			if !reflect.DeepEqual(first, second) {
				t.Errorf("%s\nwas %s\nis  %s", value, describe(&first), describe(&second))
			}
		}
	}
}

func TestNativeText(t *testing.T) {
	e := event.Event{
		Time: noon + 7, User: "u", Type: event.Request, App: "shop", ID: "1", Op: "POST /pay", Status: 502, Attempt: 2, Duration: 8,
		Flags: event.HasDuration | event.HasOK | event.HasPosition, X: 1.5, Y: -0.25,
		Target: &event.Target{Classes: []string{"a", "\x01"}}, Error: &event.Error{Message: "a\"b\\c\xff"},
		Attrs: []event.Attr{{Name: "k", Value: "v"}},
	}
	const want = `{"time":"2026-03-01T12:00:00.007Z","user":"u","type":"request","id":"1","app":"shop","target":{"classes":["a","\u0001"]},"x":1.5,"y":-0.25,` +
		`"op":"POST /pay","status":502,"ok":false,"duration_ms":8,"attempt":2,"error":{"message":"a\"b\\c` + "\ufffd" + `"},"attrs":{"k":"v"}}`
	if got := string(AppendNative(nil, &e)); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// The order of members and the white space around them change nothing, whatever
// the decoder has seen before.
func TestOrderAndSpaceChangeNothing(t *testing.T) {
	d := decoder(t, nil)
	space := rapid.SampledFrom([]string{"", "", "", " ", "\n\t", "\r\n      "})
	rapid.Check(t, func(t *rapid.T) {
		want := anyEvent(t)
		var members map[string]json.RawMessage
		if err := json.Unmarshal(AppendNative(nil, &want), &members); err != nil {
			t.Fatal(err)
		}
		names := rapid.Permutation(slices.Sorted(maps.Keys(members))).Draw(t, "order")
		text := space.Draw(t, "space") + "{"
		for i, name := range names {
			if i > 0 {
				text += space.Draw(t, "space") + ","
			}
			text += space.Draw(t, "space") + `"` + name + `"` + space.Draw(t, "space") + ":" + space.Draw(t, "space") + string(members[name])
		}
		text += space.Draw(t, "space") + "}" + space.Draw(t, "space")
		var got event.Event
		if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(text)}, &got); r.Reason != event.Accepted {
			t.Fatalf("%s: %v", text, r)
		}
		got.Hash, got.Key = want.Hash, want.Key
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %+v\nwant %+v", text, got, want)
		}
	})
}
