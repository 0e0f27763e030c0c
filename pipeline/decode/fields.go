package decode

import (
	"math"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/event"
)

// field is a field of the native event.
type field uint8

const (
	unknownField field = iota
	timeField
	userField
	typeField
	idField
	appField
	nameField
	accountField
	sessionField
	pageField
	opField
	xField
	yField
	statusField
	durationField
	attemptField
	okField
	keyboardField
	targetField
	contextField
	errorField
	attrsField
	numFields
)

// Bounds of numbers. They are those of schemas/event.schema.json.
const (
	maxCoordinate = 1e9
	maxStatus     = 999
	maxDuration   = 1_000_000_000_000 // ms, 31 years
	maxAttempt    = math.MaxInt32
)

type kind uint8

const (
	unknownKind kind = iota
	timeKind
	textKind
	numberKind
	boolKind
	objectKind
)

// kinds says how each field is written in JSON.
var kinds = [numFields]kind{
	timeField: timeKind,
	userField: textKind, typeField: textKind, idField: textKind, appField: textKind, nameField: textKind,
	accountField: textKind, sessionField: textKind, pageField: textKind, opField: textKind,
	xField: numberKind, yField: numberKind, statusField: numberKind, durationField: numberKind, attemptField: numberKind,
	okField: boolKind, keyboardField: boolKind,
	targetField: objectKind, contextField: objectKind, errorField: objectKind, attrsField: objectKind,
}

// wants says what is wanted of a field that is not so.
var wants = [numFields]string{
	userField:     "user: want a string",
	typeField:     "type: want a string",
	idField:       "id: want a string",
	appField:      "app: want a string",
	nameField:     "name: want a string",
	accountField:  "account: want a string",
	sessionField:  "session: want a string",
	pageField:     "page: want a string",
	opField:       "op: want a string",
	xField:        "x: want a number of CSS px",
	yField:        "y: want a number of CSS px",
	statusField:   "status: want an integer from 0 to 999",
	durationField: "duration_ms: want a number of 0 or more",
	attemptField:  "attempt: want an integer of 0 or more",
	okField:       "ok: want true or false",
	keyboardField: "keyboard: want true or false",
	targetField:   "target: want an object or a string",
	contextField:  "context: want an object",
	errorField:    "error: want an object",
	attrsField:    "attrs: want an object",
}

// fieldOf returns the field of a name, unknownField when there is none.
func fieldOf(name []byte) field {
	switch string(name) {
	case "time":
		return timeField
	case "user":
		return userField
	case "type":
		return typeField
	case "id":
		return idField
	case "app":
		return appField
	case "name":
		return nameField
	case "account":
		return accountField
	case "session":
		return sessionField
	case "page":
		return pageField
	case "op":
		return opField
	case "x":
		return xField
	case "y":
		return yField
	case "status":
		return statusField
	case "duration_ms":
		return durationField
	case "attempt":
		return attemptField
	case "ok":
		return okField
	case "keyboard":
		return keyboardField
	case "target":
		return targetField
	case "context":
		return contextField
	case "error":
		return errorField
	case "attrs":
		return attrsField
	}
	return unknownField
}

// wrong notes a field that is not what it should be; the first one counts.
func (d *Decoder) wrong(want string) {
	if d.found.bad == "" {
		d.found.bad = want
	}
}

// setText gives a text field its value.
func (d *Decoder) setText(f field, b []byte, e *event.Event) {
	switch f {
	case userField:
		e.User = d.id(b, "user")
		if d.found.user = present; len(b) == 0 {
			d.found.user = missing
		}
	case typeField:
		d.setType(b, e)
	case idField:
		e.ID = d.id(b, "id")
	case appField:
		if string(b) != d.lastApp && d.fits(b, "app") {
			d.lastApp = string(b)
		}
		e.App = d.lastApp
	case nameField:
		e.Name = d.text(b)
	case accountField:
		e.Account = d.id(b, "account")
	case sessionField:
		e.Client = d.id(b, "session")
	case pageField:
		p := d.pool.page(d.cut(b), d.page)
		e.Page, e.Shown = p.name, p.shown
	case opField:
		e.Op = d.pool.op(d.cut(b), d.op)
	}
}

// setType takes a name that is not of the vocabulary as that of a custom event.
func (d *Decoder) setType(b []byte, e *event.Event) {
	const longest = len("screen_view") // keeps the conversion below off the heap
	d.found.typeName = ""
	if len(b) == 0 {
		d.found.typed = missing
		return
	}
	known := false
	if d.found.typed = present; len(b) <= longest {
		e.Type, known = event.TypeOf(string(b))
	}
	if !known {
		e.Type = event.Custom
		d.found.typeName = d.text(b)
	}
}

// setNumber gives a number field the value written in b. It is not ok when b is
// no such number.
func (d *Decoder) setNumber(f field, b []byte, e *event.Event) (ok bool) {
	var n int64
	switch f {
	case xField:
		e.X, ok = parseFloat(b, maxCoordinate)
		d.found.hasX = ok
	case yField:
		e.Y, ok = parseFloat(b, maxCoordinate)
		d.found.hasY = ok
	case statusField:
		n, ok = parseInt(b, 0, maxStatus)
		e.Status = int32(n)
	case durationField:
		n, ok = parseFloor(b, 0, 0, maxDuration)
		e.Duration = event.Millis(n)
		e.Flags |= event.HasDuration
	case attemptField:
		n, ok = parseInt(b, 0, maxAttempt)
		e.Attempt = int32(n)
	}
	return ok
}

func setBool(f field, v bool, e *event.Event) {
	switch {
	case f == keyboardField && v:
		e.Flags |= event.Keyboard
	case f == keyboardField:
		e.Flags &^= event.Keyboard
	case v:
		e.Flags |= event.HasOK | event.OK
	default:
		e.Flags = e.Flags&^event.OK | event.HasOK
	}
}

// id copies a string that must not be cut, because a part of it would be another id.
func (d *Decoder) id(b []byte, name string) string {
	if !d.fits(b, name) {
		return ""
	}
	return d.pool.copy(b)
}

func (d *Decoder) fits(b []byte, name string) bool {
	if len(b) > d.cfg.MaxIDBytes {
		d.wrong(name + ": longer than max_id_bytes (" + strconv.Itoa(d.cfg.MaxIDBytes) + ")")
		return false
	}
	return true
}

// text returns a string that repeats, cut to its limit.
func (d *Decoder) text(b []byte) string { return d.pool.word(d.cut(b)) }

// cut shortens b to max_text_bytes, or a little less so as not to split a character.
func (d *Decoder) cut(b []byte) []byte {
	if len(b) <= d.cfg.MaxTextBytes {
		return b
	}
	d.counts.CutStrings++
	n := d.cfg.MaxTextBytes
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
