package signals

import (
	"testing"

	"friction/pipeline/event"
)

// What a click should show, and what can be filled in, by what a target says of itself.
func TestTargetsAreToldApart(t *testing.T) {
	thresholds, _ := deadClickSignal.Thresholds.(DeadClickThresholds)
	on, err := thresholds.Targets.Compile()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		target             *event.Target
		interactive, field bool
	}{
		{nil, false, false},
		{&event.Target{}, false, false},
		{&event.Target{ID: "pay"}, true, true}, // nothing else is known of it
		{&event.Target{Text: "Pay"}, true, true},
		{&event.Target{Selector: ".pay"}, true, true},
		{&event.Target{Selector: "form > button"}, true, true},
		{&event.Target{Selector: "form > div"}, false, true},
		{&event.Target{Tag: "svg", Selector: "button > svg"}, true, false},
		{&event.Target{Tag: "span", Selector: "a.card > span"}, false, false},
		{&event.Target{Tag: "a", Href: "javascript:void(0)"}, true, false},
		{&event.Target{Tag: "a", Href: "#"}, false, false},
		{&event.Target{Tag: "a"}, false, false},
		{&event.Target{ID: "pay", Tag: "div"}, false, false},
		{&event.Target{ID: "pay", Tag: "div", Role: "button"}, true, false},
		{&event.Target{ID: "pay", Role: "presentation"}, false, false},
		{&event.Target{ID: "b", Tag: "button"}, true, false},
		{&event.Target{ID: "b", Tag: "summary"}, true, false},
		{&event.Target{ID: "b", Tag: "label"}, true, false},
		{&event.Target{ID: "b", Tag: "option"}, true, false},
		{&event.Target{ID: "b", Tag: "button", Href: "/x"}, false, false},
		{&event.Target{ID: "b", Tag: "a", Role: "link"}, false, false},
		{&event.Target{ID: "b", Tag: "a", Role: "tab"}, true, false},
		{&event.Target{ID: "b", Tag: "p", Role: "menuitem"}, true, false},
		{&event.Target{ID: "b", Tag: "p"}, false, false},
		{&event.Target{ID: "b", Tag: "canvas", Role: "button"}, false, false},
		{&event.Target{ID: "b", Tag: "input", Role: "button"}, false, true},
		{&event.Target{ID: "b", Tag: "textarea", Role: "button"}, false, true},
		{&event.Target{ID: "b", Tag: "select", Role: "button"}, false, true},
		{&event.Target{ID: "b", Tag: "input", InputType: "submit"}, true, false},
		{&event.Target{ID: "b", Tag: "input", InputType: "checkbox"}, true, false},
		{&event.Target{ID: "b", Tag: "input", InputType: "text"}, false, true},
		{&event.Target{ID: "b", Tag: "input", InputType: "search"}, false, false},
		{&event.Target{ID: "b", Tag: "input", InputType: "file"}, false, false},
		{&event.Target{ID: "b", Tag: "input", Role: "searchbox"}, false, false},
		{&event.Target{ID: "b", Tag: "input", Role: "search"}, false, false},
		{&event.Target{ID: "b", Tag: "div", Role: "textbox"}, false, true},
		{&event.Target{ID: "b", Tag: "div", Role: "combobox"}, false, true},
		{&event.Target{ID: "b", Tag: "div", Role: "spinbutton"}, false, true},
		{&event.Target{ID: "b", Tag: "div", Role: "listbox"}, false, true},
		{&event.Target{ID: "b", InputType: "text"}, false, true},
		{&event.Target{ID: "b", InputType: "submit"}, true, false},
		{&event.Target{Tag: "input"}, false, true}, // named by its tag
	} {
		if got := on.Takes(c.target); got != c.interactive {
			t.Errorf("%+v: a click should show: %v", c.target, got)
		}
		if got := isField(c.target); got != c.field {
			t.Errorf("%+v: it can be filled in: %v", c.target, got)
		}
	}
}
