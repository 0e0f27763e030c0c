package decode

import (
	"strconv"
	"time"
	"unicode/utf8"

	"friction/pipeline/event"
)

// AppendNative appends e as one line of native JSON, without a line break.
// Decoded with the default configuration the result is an event equal to e but
// for Hash, which is that of the payload it came from, Shown, which is lost with
// the page as it was sent, and the flags ClockAhead, Foreign and AccessLog, which speak
// of the record. Pages and operations of another pages.key have to be decoded with
// the same one.
func AppendNative(dst []byte, e *event.Event) []byte {
	dst = append(dst, `{"time":"`...)
	layout := "2006-01-02T15:04:05.000Z07:00"
	if !e.Has(event.MillisecondTime) && e.Time%1000 == 0 {
		layout = time.RFC3339
	}
	dst = time.UnixMilli(int64(e.Time)).UTC().AppendFormat(dst, layout)
	dst = append(dst, '"')
	dst = appendMember(dst, "user", e.User)
	dst = append(dst, `,"type":"`...)
	dst = append(dst, e.Type.String()...)
	dst = append(dst, '"')
	dst = appendMember(dst, "name", e.Name)
	dst = appendMember(dst, "id", e.ID)
	if e.App != defaultApp {
		dst = appendMember(dst, "app", e.App)
	}
	dst = appendMember(dst, "account", e.Account)
	dst = appendMember(dst, "session", e.Client)
	dst = appendMember(dst, "page", e.Page)
	dst = appendTarget(dst, e.Target)
	if e.Has(event.HasPosition) {
		dst = strconv.AppendFloat(append(dst, `,"x":`...), float64(e.X), 'f', -1, 32)
		dst = strconv.AppendFloat(append(dst, `,"y":`...), float64(e.Y), 'f', -1, 32)
	}
	if e.Has(event.Keyboard) {
		dst = append(dst, `,"keyboard":true`...)
	}
	dst = appendOutcome(dst, e)
	if c := e.Context; c != nil {
		dst = appendObject(dst, "context", []member{
			{"device", c.Device},
			{"os", c.OS},
			{"browser", c.Browser},
			{"app_version", c.AppVersion},
			{"country", c.Country},
			{"variant", c.Variant},
			{"language", c.Language},
		})
	}
	if len(e.Attrs) > 0 {
		dst = append(dst, `,"attrs":{`...)
		for i, a := range e.Attrs {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, a.Name)
			dst = appendString(append(dst, ':'), a.Value)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// appendOutcome appends what a request or submit was and how it ended.
func appendOutcome(dst []byte, e *event.Event) []byte {
	dst = appendMember(dst, "op", e.Op)
	if e.Status != 0 {
		dst = strconv.AppendInt(append(dst, `,"status":`...), int64(e.Status), 10)
	}
	if e.Has(event.HasOK) {
		dst = strconv.AppendBool(append(dst, `,"ok":`...), e.Has(event.OK))
	}
	if e.Has(event.HasDuration) {
		dst = strconv.AppendInt(append(dst, `,"duration_ms":`...), int64(e.Duration), 10)
	}
	if e.Attempt != 0 {
		dst = strconv.AppendInt(append(dst, `,"attempt":`...), int64(e.Attempt), 10)
	}
	if e.Error != nil {
		dst = appendObject(dst, "error", []member{{"kind", e.Error.Kind}, {"message", e.Error.Message}})
	}
	return dst
}

func appendTarget(dst []byte, t *event.Target) []byte {
	if t == nil {
		return dst
	}
	dst = appendObject(dst, "target", []member{
		{"id", t.ID}, {"tag", t.Tag}, {"text", t.Text}, {"role", t.Role}, {"href", t.Href}, {"input_type", t.InputType}, {"selector", t.Selector},
	})
	if len(t.Classes) == 0 {
		return dst
	}
	dst = dst[:len(dst)-1]
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = append(dst, `"classes":[`...)
	for i, class := range t.Classes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, class)
	}
	return append(dst, "]}"...)
}

type member struct{ name, value string }

// appendObject appends the members that have a value.
func appendObject(dst []byte, name string, members []member) []byte {
	dst = append(appendString(append(dst, ','), name), ":{"...)
	start := len(dst)
	for _, m := range members {
		dst = appendMember(dst, m.name, m.value)
	}
	if len(dst) > start { // without the comma before the first
		dst = append(dst[:start], dst[start+1:]...)
	}
	return append(dst, '}')
}

func appendMember(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return appendString(dst, value)
}

// appendString appends a JSON string. What is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
