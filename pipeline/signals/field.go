package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// IsField reports a target that something can be put into: not a button, and not
// a search.
func IsField(t *event.Target) bool {
	if t == nil || t.Name() == "" || t.Role == "searchbox" || t.Role == "search" || t.InputType == "search" || t.InputType == "file" {
		return false
	}
	switch t.Role {
	case "textbox", "combobox", "spinbutton", "listbox":
		return true
	}
	switch t.Tag {
	case "input", "textarea", "select":
		return !isButton(t.InputType)
	case "":
		return t.Role == "" && (t.InputType == "" || !isButton(t.InputType))
	}
	return false
}

// Working is what is done in fields.
var Working = detect.TypesOf(event.Focus, event.Input)
