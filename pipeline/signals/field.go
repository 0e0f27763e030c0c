package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// isField reports a target that takes input, without buttons and search fields.
func isField(t *event.Target) bool {
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

// working is the event types of work in a field.
var working = detect.TypesOf(event.Focus, event.Input)

// isButton reports a type of input that is pressed, not filled in.
func isButton(inputType string) bool {
	switch inputType {
	case "button", "submit", "reset", "image", "checkbox", "radio":
		return true
	}
	return false
}
