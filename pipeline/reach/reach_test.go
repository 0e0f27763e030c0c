package reach

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/glob"
	"friction/pipeline/journey"
)

// warningsOf are the warnings about one journey.
func warningsOf(in decode.Config, app string, steps ...journey.Step) []Warning {
	return Warnings(journey.Config{List: []journey.Journey{{Name: "j", App: app, Steps: steps}}}, &in)
}

func step(name string, list ...journey.Match) journey.Step {
	return journey.Step{Name: name, Match: list}
}

func page(values ...string) journey.Match { return journey.Match{Page: values} }

func TestPatternsOfPages(t *testing.T) {
	in := decode.DefaultConfig()
	in.Pages.Rules = []decode.PageRule{{Match: "/media/genre/*", Name: "/media/genre/:genre"}, {Match: "/home", Name: "home"}}
	for pattern, want := range map[string]string{
		"/cart":                     "",
		"/":                         "",
		"/**":                       "",
		"**":                        "",
		"*":                         "",
		"/order/:id/thanks":         "",
		"/order/*":                  "",
		"/*/404":                    "",
		"/**/step-2":                "",
		"/404":                      "",
		"/item-*":                   "",
		"*.html":                    "",
		"/help-100-customers":       "",
		"/media/genre/:genre":       "",
		"/media/genre/*":            "",
		"/home":                     `gives the name "home"`,
		"home":                      "",
		"/app#/task/:id":            "",
		"Checkout":                  "",
		"Checkout / Payment":        "",
		"shop://cart/:id":           "",
		"/café":                     "",
		"/item (new)":               "",
		"^/checkout/.*$":            `write "/checkout/**"`,
		"/checkout/.*":              `write "/checkout/**"`,
		"/checkout/.+/pay":          `write "/checkout/**/pay"`,
		`/order/\d+`:                `write "/order/:id"`,
		`^\/order\/[0-9]{1,9}`:      `write "/order/:id"`,
		"/order/[^/]+":              `write "/order/**"`,
		"/(cart|basket)":            "regular expression",
		"/order/{id}":               `write "/order/*"`,
		"/order/[id]/pay":           `write "/order/*/pay"`,
		"/order/<int:id>":           `write "/order/*"`,
		"/product/:slug":            `no name has the placeholder ":slug"`,
		"/order/8841/thanks":        `write "/order/:id/thanks"`,
		"/order/8841/*":             `write "/order/:id/*"`,
		"/order/404":                `write "/order/:id"`,
		"/u/usr_8f3Kd92LmQ":         `write "/u/:id"`,
		"/search?q=*":               `no query but for what keep_query lists; write "/search"`,
		"/cart?step=2":              `write "/cart"`,
		"/cart#top":                 `no fragment but for routes (#/…); write "/cart"`,
		"https://shop.example/cart": `no host; write "/cart"`,
		"//shop.example/cart/*":     `no host; write "/cart/*"`,
		"https://shop.example/**":   `no host; write "/**"`,
		"/done/":                    `no slash at the end; write "/done"`,
		"/order/*/":                 `no slash at the end; write "/order/*"`,
		"/a//b":                     `no double slashes; write "/a/b"`,
		"/caf%C3%A9":                `no percent-encoding that is not needed; write "/café"`,
		"/a;v=1/b":                  `no parameters in their path; write "/a/b"`,
		"cart":                      `names begin with a slash; write "/cart"`,
		"checkout/payment":          `write "/checkout/payment"`,
		"order/8841":                `write "order/:id"`,
	} {
		list := warningsOf(in, "", step("a", page(pattern)))
		switch {
		case want == "" && len(list) > 0:
			t.Errorf("%s: %s", pattern, list[0].Text)
		case want != "" && (len(list) != 1 || !strings.Contains(list[0].Text, want) || list[0].Key != "journeys.list[0].steps[0].match[0].page"):
			t.Errorf("%s: %+v, want %s", pattern, list, want)
		}
	}
	if list := warningsOf(in, "", step("a", journey.Match{Type: journey.Values{"screen_view"}, Page: journey.Values{"cart"}})); len(list) > 0 {
		t.Errorf("the name of a screen: %+v", list)
	}
	in.Pages.KeepQuery = []string{"q"}
	if list := warningsOf(in, "", step("a", page("/search?q=*"))); len(list) > 0 {
		t.Errorf("a query that is kept: %+v", list)
	}
	in.Pages.Key = decode.HostPathKey
	if list := warningsOf(in, "", step("a", page("shop.example/cart"))); len(list) > 0 {
		t.Errorf("a host that is kept: %+v", list)
	}
	in.Pages.Key = decode.WholeURL
	if list := warningsOf(in, "", step("a", page("https://shop.example/order/8841/?x=1"))); len(list) > 0 {
		t.Errorf("the whole URL: %+v", list)
	}
}

func TestPatternsOfOperations(t *testing.T) {
	for pattern, want := range map[string]string{
		"POST /pay":                       "",
		"POST /order/*":                   "",
		"mutation PlaceOrder":             "",
		"#signup":                         "",
		"*":                               "",
		"POST /order/:id/pay":             "",
		"POST /order/8841/pay":            `write "POST /order/:id/pay"`,
		"POST https://api.example/pay":    `no host; write "POST /pay"`,
		"GET /search?q=*":                 `write "GET /search"`,
		"POST ^/pay/.*$":                  "regular expression",
		"^POST.*":                         "regular expression",
		"query { user }":                  "",
		"GET /orders/{orderId}/items/{n}": `write "GET /orders/*/items/*"`,
	} {
		list := warningsOf(decode.DefaultConfig(), "", step("a", journey.Match{Op: journey.Values{pattern}}))
		switch {
		case want == "" && len(list) > 0:
			t.Errorf("%s: %s", pattern, list[0].Text)
		case want != "" && (len(list) != 1 || !strings.Contains(list[0].Text, want)):
			t.Errorf("%s: %+v, want %s", pattern, list, want)
		}
	}
}

func TestFieldsOfAnyText(t *testing.T) {
	for _, x := range []struct {
		m         journey.Match
		key, want string
	}{
		{journey.Match{Name: journey.Values{"coupon_used", "coupon_*"}}, "name", `"coupon_*": name is compared as it is written`},
		{journey.Match{App: journey.Values{"*"}}, "app", "list the values"},
		{journey.Match{User: journey.Values{"test-*"}}, "user", "list the values"},
		{journey.Match{Target: journey.Values{"^buy.*"}}, "target", "regular expression"},
		{journey.Match{Attrs: map[string]journey.Values{"plan": {`gold\d`}}}, "attrs.plan", "regular expression"},
		{journey.Match{Error: journey.Values{"Cannot read .*"}}, "error", "regular expression"},
		{journey.Match{Target: journey.Values{"buy*", "a[href$=x]", "#id > .c"}, Error: journey.Values{"Costs 5$", "*of null (reading 'x')"}}, "", ""},
	} {
		list := WarningsOf("filter", []journey.Match{x.m}, &decode.Config{})
		switch {
		case x.want == "" && len(list) > 0:
			t.Errorf("%+v: %s", x.m, list[0].Text)
		case x.want != "" && (len(list) != 1 || list[0].Key != "filter[0]."+x.key || !strings.Contains(list[0].Text, x.want)):
			t.Errorf("%+v: %+v, want %s", x.m, list, x.want)
		}
	}
}

// A pattern that is said to match no page matches none that is sent.
func TestWarningsAreTrue(t *testing.T) {
	in := decode.DefaultConfig()
	names := decode.NewNames(&in)
	part := rapid.SampledFrom([]string{"a", "order", "8841", "404", "en", "*", "**", "x*", ":id", "", "10023-red", "usr_12345", "%C3%A9", "a;b", "q?x=1", "#/r"})
	rapid.Check(t, func(t *rapid.T) {
		pattern := "/" + strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "pattern"), "/")
		text := unnamed("page", pattern, names.Page, nil)
		path := "/" + strings.Join(rapid.SliceOfN(part, 0, 4).Draw(t, "path"), "/")
		if text != "" && glob.Match(pattern, names.Page(path)) {
			t.Fatalf("%s; %s is named %s", text, path, names.Page(path))
		}
	})
}

func TestStepsThatOthersTake(t *testing.T) {
	m := func(typ, page string) journey.Match {
		return journey.Match{Type: journey.Values{typ}, Page: journey.Values{page}}
	}
	for name, x := range map[string]struct {
		steps []journey.Step
		want  string
	}{
		"the same":           {[]journey.Step{step("a", page("/x")), step("b", page("/x"))}, "a"},
		"a wider glob":       {[]journey.Step{step("a", page("/x/**")), step("b", page("/x/y"))}, "a"},
		"of two globs":       {[]journey.Step{step("a", page("/x/**")), step("b", page("/x/*/y"))}, "a"},
		"a narrower type":    {[]journey.Step{step("a", page("/x")), step("b", m("click", "/x"))}, "a"},
		"two takers":         {[]journey.Step{step("a", page("/x")), step("b", page("/y")), step("c", page("/x"), page("/y"))}, "a"},
		"one of two":         {[]journey.Step{step("a", page("/x")), step("b", page("/x"), page("/y"))}, ""},
		"a list":             {[]journey.Step{step("a", page("/x", "/y")), step("b", page("/y", "/x"))}, "a"},
		"a list and more":    {[]journey.Step{step("a", page("/x", "/y")), step("b", page("/y", "/z"))}, ""},
		"another type":       {[]journey.Step{step("a", m("click", "/x")), step("b", m("tap", "/x"))}, ""},
		"a wider rule later": {[]journey.Step{step("a", page("/x/y")), step("b", page("/x/**"))}, ""},
		"one level":          {[]journey.Step{step("a", page("/x/*")), step("b", page("/x/**"))}, ""},
		"another field":      {[]journey.Step{step("a", journey.Match{Page: journey.Values{"/x"}, Op: journey.Values{"y"}}), step("b", page("/x"))}, ""},
		"attributes":         {[]journey.Step{step("a", journey.Match{Attrs: map[string]journey.Values{"k": {"v*"}}}), step("b", journey.Match{Attrs: map[string]journey.Values{"k": {"v1"}, "l": {"w"}}})}, "a"},
	} {
		list := warningsOf(decode.DefaultConfig(), "", x.steps...)
		switch {
		case x.want == "" && len(list) > 0:
			t.Errorf("%s: %+v", name, list)
		case x.want != "" && (len(list) != 1 || !strings.Contains(list[0].Text, `enter step "`+x.want+`"`)):
			t.Errorf("%s: %+v, want step %s", name, list, x.want)
		}
	}
	other := warningsOf(decode.DefaultConfig(), "shop", step("a", journey.Match{App: journey.Values{"blog"}, Page: journey.Values{"/x"}}))
	if len(other) != 1 || other[0].Key != "journeys.list[0].steps[0].match[0].app" {
		t.Errorf("of another app: %+v", other)
	}
}

func TestWithin(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("ab/")), 0, 8, -1)
	pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab/*")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		narrow, wide, s := pattern.Draw(t, "narrow"), pattern.Draw(t, "wide"), text.Draw(t, "text")
		if within(narrow, wide) && glob.Match(narrow, s) && !glob.Match(wide, s) {
			t.Fatalf("%q is within %q, but %q matches the first alone", narrow, wide, s)
		}
	})
}

// Every field of a rule is compared.
func TestPartsAreAllFields(t *testing.T) {
	var m journey.Match
	v := reflect.ValueOf(&m).Elem()
	for _, f := range v.Fields() {
		switch f.Kind() {
		case reflect.Slice:
			f.Set(reflect.ValueOf(journey.Values{"x"}))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]journey.Values{"a": {"x"}}))
		}
	}
	parts := partsOf(&m)
	if len(parts) != v.NumField() {
		t.Errorf("%d parts of %d fields", len(parts), v.NumField())
	}
	for _, p := range parts {
		alone := partsOf(&p.one)
		if len(alone) != 1 || alone[0].key != p.key {
			t.Errorf("%s alone is %+v", p.key, alone)
		}
	}
}

func TestWhichStepsASampleEnters(t *testing.T) {
	c := journey.Config{List: []journey.Journey{
		{Name: "buy", Steps: []journey.Step{
			step("cart", page("/cart")),
			step("click", journey.Match{Type: journey.Values{"click"}, Page: journey.Values{"/pay"}}, journey.Match{Type: journey.Values{"tap"}}),
			step("again", journey.Match{Page: journey.Values{"/c*"}, Type: journey.Values{"page_view"}}),
			step("pay", page("/payment")),
			step("old", page("/done/")),
		}},
		{Name: "blog", App: "blog", Steps: []journey.Step{step("read", page("/read"))}},
	}}
	in := decode.DefaultConfig()
	s, err := NewSeen(c, &in)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []event.Event{
		{App: "shop", Type: event.PageView, Page: "/cart"}, {App: "shop", Type: event.PageView, Page: "/pay"}, {App: "shop", Type: event.Click, Page: "/cart"},
	} {
		s.See(&e)
	}
	want := []Step{
		{"buy", "cart", 2, ""},
		{"buy", "click", 0, "each part of its rule is seen, but never in one event; no event has type tap"},
		{"buy", "again", 0, `its events all enter step "cart", which comes before it`},
		{"buy", "pay", 0, "no event has page /payment"},
		{"buy", "old", 0, `"/done/" matches no page: their names have no slash at the end; write "/done"`},
		{"blog", "read", 0, `no event is of app "blog"`},
	}
	if got := s.Steps(); !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}
