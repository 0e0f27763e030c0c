package event

import "math"

// Millis is a time in milliseconds since the Unix epoch, UTC, or a span of
// milliseconds where the name says so.
type Millis int64

const (
	// Never is later than any time that can occur.
	Never Millis = math.MaxInt64
	// Beginning is earlier than any time that can occur.
	Beginning Millis = math.MinInt64
)

// Flag marks what was done to an event before it reached the engine.
type Flag uint16

const (
	// ClockAhead marks an event whose time was ahead of the record time by more than max_future, so that the record
	// time is used instead.
	ClockAhead Flag = 1 << iota
	// HasPosition says that X and Y were given.
	HasPosition
	// Keyboard says that a click was made from the keyboard.
	Keyboard
	// HasOK says that OK was given.
	HasOK
	// OK is the outcome a request or submit reported for itself.
	OK
	// HasDuration says that Duration was given.
	HasDuration
	// Foreign marks a record whose key is not the event's user.
	Foreign
	// MillisecondTime says that the time was written with milliseconds or finer. Without it, two events of one second
	// may be in any order and distance, and may be written with the same bytes.
	MillisecondTime
	// AccessLog marks a line of an access log: every line of one is what somebody did.
	AccessLog
)

// Event is one thing a user or their app did. It is one flat struct with all fields of
// the vocabulary, so that decoding allocates nothing. Strings may be shared between
// events and are never changed. Target, Context and Error are nil when absent.
type Event struct {
	Time     Millis // when it happened, after clock correction
	Recorded Millis // the record's own time
	Duration Millis // of a request, submit or hang; valid with HasDuration
	Lead     Millis // with ClockAhead: how far its clock was ahead of the record time, which Time is then
	Skew     Millis // what was taken away from Time because the device's clock was seen to be fast, negative if slow

	Key  Key    // the session's key: app, user and, if configured, client session
	Hash Digest // murmur3-128 of the payload; zero when ID is given

	App     string
	User    string
	Account string
	Client  string // the client's own session id
	ID      string // explicit id, "" when there was none
	Name    string // name of a custom event
	Page    string // normalised URL path or screen name
	RawPage uint64 // hash of the page as it was sent, if that differs from Page; else 0
	Op      string // route or operation of a request, form of a submit

	Target  *Target
	Context *Context
	Error   *Error
	Attrs   []Attr // sorted by name

	X, Y    float32 // CSS px, valid with HasPosition
	Status  int32   // HTTP status, 0 when there was none
	Attempt int32
	Type    Type
	Flags   Flag
}

// Has reports whether all bits of f are set.
func (e *Event) Has(f Flag) bool { return e.Flags&f == f }

// Failed reports a request or submit that failed: a status of 400 or more, or ok = false.
func (e *Event) Failed() bool {
	return e.Status >= 400 || e.Flags&(HasOK|OK) == HasOK
}

// Answered reports whether a request or submit had any outcome.
func (e *Event) Answered() bool { return e.Status != 0 || e.Has(HasOK) }

// Attr returns the value of the named attribute, "" when absent.
func (e *Event) Attr(name string) string {
	for i := range e.Attrs {
		if e.Attrs[i].Name == name {
			return e.Attrs[i].Value
		}
	}
	return ""
}

// Target is what was clicked, focused or filled.
type Target struct {
	ID, Tag, Text, Role, Href, InputType, Selector string
	Classes                                        []string
}

// Name is the shortest stable name of the target: its id, else its selector,
// else its text, else its tag.
func (t *Target) Name() string {
	switch {
	case t == nil:
		return ""
	case t.ID != "":
		return t.ID
	case t.Selector != "":
		return t.Selector
	case t.Text != "":
		return t.Text
	}
	return t.Tag
}

// Context is where the event happened: the default segments.
type Context struct {
	Device, OS, Browser, AppVersion, Country, Variant, Language string
}

// Error is what an error, crash or failed request reported.
type Error struct{ Kind, Message string }

// Attr is one scalar that the vocabulary has no field for, as text.
type Attr struct{ Name, Value string }
