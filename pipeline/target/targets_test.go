package target

import (
	"slices"
	"strings"
	"testing"

	"friction/pipeline/event"
)

// The elements of a selector, from the outermost to the target.
func TestPathsAreTakenApart(t *testing.T) {
	for selector, want := range map[string]string{
		"":                                    "",
		"button":                              "button",
		"form > button.buy":                   "form button.buy",
		"div#a.b>span  i":                     "div#a.b span i",
		`a[href="/x > y"] span`:               `a[href="/x > y"] span`,
		"ul li:nth-child(2 + n) a":            "ul li:nth-child(2 + n) a",
		"label ~ input":                       "label~ input",
		"label+input":                         "label~ input",
		"/html/body/div[2]/a":                 "html body div[2] a",
		"//*[@id='x']/button":                 "*[@id='x'] button",
		`div.a\>b span`:                       `div.a\>b span`,
		"a[href=x":                            "a[href=x",
		"]button":                             "]button",
		strings.Repeat("div ", 40) + "button": strings.TrimSpace(strings.Repeat("div ", maxDepth-1) + "button"),
	} {
		var p path
		p.read(selector)
		var got []string
		for _, x := range p.parts[:p.n] {
			text := x.text
			if x.sibling {
				text += "~"
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", selector, got, want)
		}
	}
}

func TestPartsSayTagAndAttributes(t *testing.T) {
	for _, c := range []struct {
		text, tag, attr, value string
		ok                     bool
	}{
		{"button.buy", "button", "role", "", false},
		{"#pay", "", "role", "", false},
		{`div[role="button"]`, "div", "role", "button", true},
		{"div[role=button i]", "div", "role", "button", true},
		{"*[@role='tab']", "", "role", "tab", true},
		{"a[download]", "a", "download", "", true},
		{"a[href^='/x'][target=_blank]", "a", "target", "_blank", true},
		{"a[href", "a", "href", "", false},
	} {
		p := part{text: c.text}
		value, ok := p.attr(c.attr)
		if p.tag() != c.tag || value != c.value || ok != c.ok {
			t.Errorf("%q is %q, %s=%q %v; want %+v", c.text, p.tag(), c.attr, value, ok, c)
		}
	}
}

// Each setting, by targets that it decides about.
func TestTargetsAreTaken(t *testing.T) {
	button := Targets{Tags: []string{"button"}, Roles: []string{"button"}, InputTypes: []string{"submit"}}
	with := func(change func(*Targets)) Targets { x := button; change(&x); return x }
	inside := with(func(x *Targets) { x.Inside = true })
	untagged := with(func(x *Targets) { x.Untagged = true })
	links := with(func(x *Targets) { x.Links = []string{"hash", "script"} })
	every := Targets{Any: true, AnyBut: []string{"p"}, Tags: []string{"li"}, Inside: true, Except: Except{Tags: []string{"canvas"}, Inside: []string{"a"}, Selectors: []string{"**[contenteditable**"}}}
	for _, c := range []struct {
		what string
		rule Targets
		t    *event.Target
		want bool
	}{
		{"an element", button, &event.Target{Tag: "button"}, true},
		{"an element in capitals", button, &event.Target{Tag: "BUTTON"}, true},
		{"another element", button, &event.Target{Tag: "div"}, false},
		{"a role", button, &event.Target{Tag: "div", Role: "button"}, true},
		{"an input of the type", button, &event.Target{Tag: "input", InputType: "submit"}, true},
		{"an input of another type", button, &event.Target{Tag: "input", InputType: "text"}, false},
		{"an input of no type is text, whatever its role", button, &event.Target{Tag: "input", Role: "button"}, false},
		{"nothing", button, nil, false},
		{"only an id", button, &event.Target{ID: "x"}, false},
		{"an icon, not inside", button, &event.Target{Tag: "svg", Selector: "button > svg"}, false},
		{"an icon inside", inside, &event.Target{Tag: "svg", Selector: "button > svg"}, true},
		{"an icon inside a role", inside, &event.Target{Tag: "svg", Selector: `div[role="button"] svg`}, true},
		{"beside a button is not inside", inside, &event.Target{Tag: "svg", Selector: "button + svg"}, false},
		{"the tag that the selector says", button, &event.Target{Selector: "form > button.buy"}, true},
		{"the role that the selector says", button, &event.Target{Selector: "div[role=button]"}, true},
		{"the type that the selector says", button, &event.Target{Selector: "input[type=submit]"}, true},
		{"a selector of a plain element", untagged, &event.Target{Selector: "form > div.buy"}, false},
		{"a selector without a tag", untagged, &event.Target{Selector: ".buy"}, true},
		{"only a text", untagged, &event.Target{Text: "Pay"}, true},
		{"nothing known", untagged, &event.Target{}, false},
		{"a class alone", untagged, &event.Target{Classes: []string{"buy"}}, false},
		{"a text and a role", untagged, &event.Target{Text: "Pay", Role: "presentation"}, false},
		{"a real link", links, &event.Target{Tag: "a", Href: "/x"}, false},
		{"a real link with a role", links, &event.Target{Tag: "a", Href: "/x", Role: "button"}, false},
		{"a script", links, &event.Target{Tag: "a", Href: "JavaScript:void(0)"}, true},
		{"a hash", links, &event.Target{Tag: "a", Href: "#"}, true},
		{"a hash that leads somewhere", links, &event.Target{Tag: "a", Href: "#top"}, false},
		{"a bare link", links, &event.Target{Tag: "a"}, false},
		{"a bare link with a role", links, &event.Target{Tag: "a", Role: "button"}, true},
		{"the href that the selector says", links, &event.Target{Selector: `nav a[href="#"]`}, true},
		{"inside a link of unknown href", links, &event.Target{Tag: "button", Selector: "a.card > button"}, false},
		{"inside a script", links, &event.Target{Tag: "span", Selector: `a[href="javascript:;"] > span`}, true},
		{"anything", every, &event.Target{Tag: "div"}, true},
		{"anything, nothing known", every, nil, true},
		{"but one", every, &event.Target{Tag: "p"}, false},
		{"but one inside", every, &event.Target{Tag: "p", Selector: "li > p"}, true},
		{"any input", every, &event.Target{Tag: "input", InputType: "text"}, true},
		{"an exception", every, &event.Target{Tag: "canvas"}, false},
		{"an exception by selector", every, &event.Target{Tag: "b", Selector: "div[contenteditable=true] b"}, false},
		{"inside an exception", every, &event.Target{Tag: "span", Selector: "a > div > span"}, false},
		{"an exception itself", every, &event.Target{Tag: "a"}, false},
		{"a glob", Targets{Selectors: []string{"**.card**"}}, &event.Target{Tag: "div", Selector: "main .card"}, true},
		{"another glob", Targets{Selectors: []string{"**.card"}}, &event.Target{Tag: "div", Selector: "main .car"}, false},
		{"named", Targets{Any: true, Named: true}, &event.Target{Tag: "div", Text: "Buy"}, true},
		{"not named", Targets{Any: true, Named: true}, &event.Target{Tag: "div"}, false},
		{"named, nothing known", Targets{Any: true, Named: true}, nil, false},
	} {
		r, err := c.rule.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Takes(c.t); got != c.want {
			t.Errorf("%s: %+v is taken: %v", c.what, c.t, got)
		}
	}
}

func TestLinksAreChecked(t *testing.T) {
	if _, err := (Targets{Links: []string{"hash", "blue"}}).Compile(); err == nil || !strings.HasPrefix(err.Error(), "links[1]: ") {
		t.Errorf("%v", err)
	}
}

func TestWordsNameWhatWasSet(t *testing.T) {
	x := Targets{Any: true, Inside: true, Tags: []string{"a", "b"}, Except: Except{Inside: []string{"i"}}}
	if got := x.Words(); !slices.Equal(got, []string{"any", "inside", "tags=a,b", "except.inside=i"}) {
		t.Errorf("%q", got)
	}
	if got := (Targets{}).Words(); got != nil {
		t.Errorf("%q", got)
	}
}

// Asking costs no memory, however long the selector is.
func TestTakesAllocatesNothing(t *testing.T) {
	r, err := Targets{Tags: []string{"button"}, Roles: []string{"tab"}, Inside: true, Links: []string{"hash"}}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	x := &event.Target{Tag: "path", Selector: strings.Repeat("div.a ", 50) + "svg > path"}
	if n := testing.AllocsPerRun(100, func() { r.Takes(x) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
