package oracle

import (
	"cmp"
	"slices"
	"strings"

	"friction/pipeline/event"
)

// buttonTypes are types of input elements that nothing can be put into.
var buttonTypes = []string{"button", "submit", "reset", "image", "checkbox", "radio"}

// isField says that something can be put into a target, and that it is no search.
func isField(t *event.Target) bool {
	if t.Name() == "" || t.InputType == "search" || t.InputType == "file" || t.Role == "searchbox" || t.Role == "search" {
		return false
	}
	button := slices.Contains(buttonTypes, t.InputType)
	return slices.Contains([]string{"textbox", "combobox", "spinbutton", "listbox"}, t.Role) ||
		slices.Contains([]string{"input", "textarea", "select"}, t.Tag) && !button || t.Tag == "" && t.Role == "" && !button
}

// sends reports what sends a form: a submit, a click on its button, or a request that changes something.
func sends(e *event.Event) bool {
	verb, _, named := strings.Cut(e.Op, " ")
	return e.Type == event.Submit || clicksSubmit(e) ||
		e.Type == event.Request && named && !slices.Contains([]string{"GET", "HEAD", "OPTIONS"}, verb)
}

// clicksSubmit reports a click on a button that submits.
func clicksSubmit(e *event.Event) bool {
	return e.Type.IsClick() && e.Target != nil && (e.Target.InputType == "submit" || e.Target.InputType == "image")
}

// form is the form that an event is about.
func form(e *event.Event) string { return cmp.Or(e.Op, e.Target.Name(), e.Page) }
