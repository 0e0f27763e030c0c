package fields

import "friction/pipeline/event"

// TargetMember returns where a text member of a target goes, nil if there is no such.
func TargetMember(t *event.Target, name string) *string {
	switch name {
	case "id":
		return &t.ID
	case "tag":
		return &t.Tag
	case "text":
		return &t.Text
	case "role":
		return &t.Role
	case "href":
		return &t.Href
	case "input_type":
		return &t.InputType
	case "selector":
		return &t.Selector
	}
	return nil
}

// ContextMember returns where a text member of a context goes, nil if there is no such.
func ContextMember(c *event.Context, name string) *string {
	switch name {
	case "device":
		return &c.Device
	case "os":
		return &c.OS
	case "browser":
		return &c.Browser
	case "app_version":
		return &c.AppVersion
	case "country":
		return &c.Country
	case "variant":
		return &c.Variant
	case "language":
		return &c.Language
	}
	return nil
}

// ErrorMember returns where a text member of an error goes, nil if there is no such.
func ErrorMember(e *event.Error, name string) *string {
	switch name {
	case "kind":
		return &e.Kind
	case "message":
		return &e.Message
	}
	return nil
}
