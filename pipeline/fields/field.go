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
	SentAt
	ReceivedAt
	ClockCorrected
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
	Time: TimeKind, SentAt: TimeKind, ReceivedAt: TimeKind,
	User: TextKind, Type: TextKind, ID: TextKind, App: TextKind, Name: TextKind,
	Account: TextKind, Session: TextKind, Page: TextKind, Op: TextKind,
	X: NumberKind, Y: NumberKind, Status: NumberKind, Duration: NumberKind, Attempt: NumberKind,
	OK: BoolKind, Keyboard: BoolKind, ClockCorrected: BoolKind,
	Target: ObjectKind, Context: ObjectKind, Error: ObjectKind, Attrs: ObjectKind,
}

// wants says what is wanted of a field that an event cannot do without. Wrong values
// of others are left out.
var wants = [Count]string{
	User: "user: want a string or a number",
	Type: "type: want a string",
}

// Kind is how the field is written.
func (f Field) Kind() Kind { return kinds[f] }

// names are the fields' names, as [Of] reads them.
var names = [Count]string{
	Time: "time", User: "user", Type: "type", ID: "id", App: "app", Name: "name", Account: "account", Session: "session",
	Page: "page", Op: "op", X: "x", Y: "y", Status: "status", Duration: "duration_ms", Attempt: "attempt", OK: "ok",
	Keyboard: "keyboard", Target: "target", Context: "context", Error: "error", Attrs: "attrs",
	SentAt: "sent_at", ReceivedAt: "received_at", ClockCorrected: "clock_corrected",
}

// String is the field's name.
func (f Field) String() string { return names[f] }

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
	case "sent_at":
		return SentAt
	case "received_at":
		return ReceivedAt
	case "clock_corrected":
		return ClockCorrected
	}
	return Unknown
}
