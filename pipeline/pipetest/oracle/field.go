package oracle

import (
	"slices"

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
