package fields

import "math"

// Field is a field of the native event, as schemas/event.schema.json has it.
type Field uint8

// The fields.
const (
	Unknown Field = iota
	Time
	User
	Type
	ID
	App
	Name
	Account
	Session
	Page
	Op
	X
	Y
	Status
	Duration
	Attempt
	OK
	Keyboard
	Target
	Context
	Error
	Attrs
	Count // how many there are, Unknown included
)

// Bounds of numbers. They are those of schemas/event.schema.json.
const (
	MaxCoordinate = 1e9
	MaxStatus     = 999
	MaxDuration   = 1_000_000_000_000 // ms, 31 years
	MaxAttempt    = math.MaxInt32
)

// Kind says how a field is written.
type Kind uint8

// The kinds.
const (
	UnknownKind Kind = iota
	TimeKind
	TextKind
	NumberKind
	BoolKind
	ObjectKind
)

// kinds says how each field is written in JSON.
var kinds = [Count]Kind{
	Time: TimeKind,
	User: TextKind, Type: TextKind, ID: TextKind, App: TextKind, Name: TextKind,
	Account: TextKind, Session: TextKind, Page: TextKind, Op: TextKind,
	X: NumberKind, Y: NumberKind, Status: NumberKind, Duration: NumberKind, Attempt: NumberKind,
	OK: BoolKind, Keyboard: BoolKind,
	Target: ObjectKind, Context: ObjectKind, Error: ObjectKind, Attrs: ObjectKind,
}

// wants says what is wanted of a field that is not so.
var wants = [Count]string{
	User:     "user: want a string",
	Type:     "type: want a string",
	ID:       "id: want a string",
	App:      "app: want a string",
	Name:     "name: want a string",
	Account:  "account: want a string",
	Session:  "session: want a string",
	Page:     "page: want a string",
	Op:       "op: want a string",
	X:        "x: want a number of CSS px",
	Y:        "y: want a number of CSS px",
	Status:   "status: want an integer from 0 to 999",
	Duration: "duration_ms: want a number of 0 or more",
	Attempt:  "attempt: want an integer of 0 or more",
	OK:       "ok: want true or false",
	Keyboard: "keyboard: want true or false",
	Target:   "target: want an object or a string",
	Context:  "context: want an object",
	Error:    "error: want an object",
	Attrs:    "attrs: want an object",
}

// Kind is how the field is written.
func (f Field) Kind() Kind { return kinds[f] }

// Want says what is wanted of the field, for messages.
func (f Field) Want() string { return wants[f] }

// Of returns the field of a name, Unknown when there is none.
func Of(name []byte) Field {
	switch string(name) {
	case "time":
		return Time
	case "user":
		return User
	case "type":
		return Type
	case "id":
		return ID
	case "app":
		return App
	case "name":
		return Name
	case "account":
		return Account
	case "session":
		return Session
	case "page":
		return Page
	case "op":
		return Op
	case "x":
		return X
	case "y":
		return Y
	case "status":
		return Status
	case "duration_ms":
		return Duration
	case "attempt":
		return Attempt
	case "ok":
		return OK
	case "keyboard":
		return Keyboard
	case "target":
		return Target
	case "context":
		return Context
	case "error":
		return Error
	case "attrs":
		return Attrs
	}
	return Unknown
}
