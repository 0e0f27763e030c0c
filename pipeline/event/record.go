package event

// Record is one Kafka message as read, or one line of a file. Value, Key and Headers are valid only until the reader
// is asked for more; copy what you keep.
type Record struct {
	Topic  uint8 // index in the task's sorted list of topics
	Offset int64
	Time   Millis // the record's own time, never later than the epoch's wall clock
	Key    []byte // nil when the record had none
	Value  []byte
	// Headers are encoded as they lie in Kafka, for whoever wants them ([source.ReadHeaders]); nil when there are none.
	Headers []byte
	NoKey   bool // the source has no keys at all (files): a missing key is no error
	Size    int  // bytes of a value that is too large to keep, of which Value is only the start; else 0
}

// Bytes is how large the value was where it came from.
func (r *Record) Bytes() int { return max(len(r.Value), r.Size) }

// Reason says why a record was set aside. The zero value means it was not.
type Reason uint8

// Why a record was rejected. Late is for events that were decoded and came too late.
const (
	Accepted Reason = iota
	Malformed
	InvalidUTF8 // of a format's reader: the value is mended and read again; no record is rejected for it
	Empty
	TooLarge
	NullKey
	MissingTime
	MissingUser
	MissingType
	BadTime
	BadField
	Nobody
	TimeFuture
	TimePast
	TooDeep
	Late
	NumReasons
)

var reasonNames = [NumReasons]string{
	"", "malformed", "invalid_utf8", "empty", "too_large", "null_key", "missing_time", "missing_user",
	"missing_type", "bad_time", "bad_field", "nobody", "time_future", "time_past", "too_deep", "late",
}

// String is the name used in tables and metrics.
func (r Reason) String() string {
	if r >= NumReasons {
		return "unknown"
	}
	return reasonNames[r]
}

// Rejection is a record that could not become an event. Detail says where and
// what was expected, never what the payload held.
type Rejection struct {
	Reason Reason
	Detail string
}
