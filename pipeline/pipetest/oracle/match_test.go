package oracle

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// saysNothing reports a rule that would fit every event.
func saysNothing(m journey.Match) bool {
	values := len(m.Type) + len(m.Name) + len(m.App) + len(m.User) + len(m.Page) + len(m.Target) + len(m.Op)
	failures := len(m.Status) + len(m.Error) + len(m.ErrorKind) + len(m.ErrorMessage)
	return values+failures+len(m.Attrs) == 0
}

// Compiled rules agree with the plain reading of them.
func TestRulesAgreeWithTheirPlainReading(t *testing.T) {
	values := func(t *rapid.T, name string, of ...string) journey.Values {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID[string]).Draw(t, name)
	}
	one := func(t *rapid.T, name string, of ...string) string { return rapid.SampledFrom(of).Draw(t, name) }
	rapid.Check(t, func(t *rapid.T) {
		var list []journey.Match
		for range rapid.IntRange(1, 3).Draw(t, "rules") {
			m := journey.Match{
				Type: values(t, "type", "click", "page_view", "custom"), Name: values(t, "name", "a", "b"), App: values(t, "app", "shop", "bank"),
				User: values(t, "user", "ada", "bob"), Page: values(t, "page", "/a", "/a/*", "/**", "/*/b"), Target: values(t, "target", "#x", "#*"),
				Op: values(t, "op", "POST *", "GET /a"), Status: values(t, "status", "404", "5xx", "400-499"),
				Error: values(t, "error", "TypeError", "x is *", "TypeError: **"), ErrorKind: values(t, "kind", "T*"), ErrorMessage: values(t, "message", "x**", ""),
			}
			if v := values(t, "attr", "1", "1*"); len(v) > 0 {
				m.Attrs = map[string]journey.Values{"n": v}
			}
			list = append(list, m)
		}
		rule, err := journey.CompileAny(list)
		if refused, empty := err != nil, slices.ContainsFunc(list, saysNothing); refused != empty {
			t.Fatalf("%+v: error %v; rules that say nothing are refused, and no others", list, err)
		}
		if err != nil {
			return
		}
		e := &event.Event{
			Name: one(t, "name", "", "a", "b"), App: one(t, "app", "shop", "bank"), User: one(t, "user", "ada", "bob"),
			Page: one(t, "page", "", "/a", "/a/b", "/a/b/c"), Op: one(t, "op", "", "POST /a", "POST x", "GET /a"),
			Attrs: []event.Attr{{Name: "m", Value: "1"}, {Name: "n", Value: one(t, "n", "1", "12", "2")}},
		}
		e.Type, _ = event.TypeOf(one(t, "type", "click", "page_view", "custom"))
		e.Target = rapid.SampledFrom([]*event.Target{nil, {ID: "#x", Selector: "#y"}, {Selector: "#x"}, {Text: "#x"}}).Draw(t, "target")
		e.Status = rapid.SampledFrom([]int32{0, 200, 399, 400, 404, 499, 500, 599, 600}).Draw(t, "status")
		e.Error = rapid.SampledFrom([]*event.Error{nil, {Kind: "TypeError", Message: "x is undefined"}, {Message: "TypeError"}, {Kind: "T/x"}, {}}).Draw(t, "error")
		if got, want := rule(e), anyMatches(list, e); got != want {
			t.Fatalf("%+v on %+v: %v, want %v", list, e, got, want)
		}
	})
}

func TestRulesThatSayNothingAreRefused(t *testing.T) {
	for _, m := range []journey.Match{{}, {Type: journey.Values{"pinch"}}, {Page: journey.Values{}}, {Status: journey.Values{"x"}}, {Status: journey.Values{"500-400"}}, {Status: journey.Values{"0"}}, {Status: journey.Values{"4xxx"}}} {
		if _, err := journey.CompileAny([]journey.Match{m}); err == nil {
			t.Errorf("%+v was accepted", m)
		}
	}
	if rule, err := journey.CompileAny(nil); rule != nil || err != nil {
		t.Errorf("no rules: %v", err)
	}
}
