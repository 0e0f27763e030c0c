package decode

import (
	"fmt"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/adapter"
	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// Decoder decodes the records of one task: it keeps the order of checks and the
// rules that hold for all formats, and leaves the value to the format's reader. It
// is not safe for concurrent use.
type Decoder struct {
	cfg       Config
	notBefore event.Millis
	maxFuture event.Millis
	reject    event.Millis
	secret    *pseudonyms // nil when off
	anonymous anonymous
	nobody    *nobody // nil when off
	reader    adapter.Reader
	builder   *fields.Builder
	keyer     event.Keyer
	scratch   event.Event // of UserOf
	mended    []byte      // a value without the bytes that are not UTF-8
}

// Counts are totals since the decoder was made, of what accepted and rejected
// records held that an event does not.
type Counts = fields.Counts

// Dropped counts the values that were left out of events, by field.
type Dropped = fields.Dropped

// New returns a decoder. The error names the key and the value that cannot be.
func New(cfg Config) (*Decoder, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	since, err := notBefore(cfg.NotBefore)
	if err != nil {
		return nil, err
	}
	reader, err := adapter.New(adapter.Options{
		Format: cfg.Format, MaxDepth: cfg.MaxDepth, Map: cfg.Map, Columns: cfg.Columns, Delimiter: cfg.Delimiter, AccessLog: cfg.AccessLog, Zones: cfg.Zones,
	})
	if err != nil {
		return nil, err
	}
	d := &Decoder{
		cfg:       cfg,
		notBefore: since,
		maxFuture: event.Millis(cfg.MaxFuture.Milliseconds()),
		reject:    event.Millis(cfg.RejectFuture.Milliseconds()),
		secret:    newPseudonyms(cfg.Pseudonymise),
		nobody:    newNobody(cfg.Nobody),
		reader:    reader,
		builder: fields.NewBuilder(fields.Config{
			MaxIDBytes: cfg.MaxIDBytes, MaxTextBytes: cfg.MaxTextBytes, MaxAttrs: cfg.MaxAttrs, Pages: cfg.Pages, Ops: cfg.Ops,
		}),
	}
	d.anonymous.keep = d.builder.Text
	return d, nil
}

// Decode turns rec into an event, or says why it cannot; the zero Rejection
// means that it did. It resets into first, and nothing in into refers to rec's
// bytes. After a rejection into holds nothing of use.
//
// A rec.Time of [event.Never] says that the source has no record times; the
// event's own time then stands as it is.
func (d *Decoder) Decode(rec *event.Record, into *event.Event) event.Rejection {
	*into = event.Event{}
	value := d.trim(rec.Value)
	switch {
	case len(value) == 0 && rec.Size == 0:
		return event.Rejection{Reason: event.Empty}
	case rec.Size > 0 || len(rec.Value) > d.cfg.MaxBytes:
		return event.Rejection{
			Reason: event.TooLarge,
			Detail: "the value has " + strconv.Itoa(rec.Bytes()) + " bytes, max_bytes is " + strconv.Itoa(d.cfg.MaxBytes),
		}
	case rec.Key == nil && !rec.NoKey:
		return event.Rejection{Reason: event.NullKey}
	}
	if r := d.read(value, into); r.Reason != event.Accepted {
		return r
	}
	if r := d.review(); r.Reason != event.Accepted {
		return r
	}
	if !rec.NoKey && string(rec.Key) != d.recordKey(into) {
		into.Flags |= event.Foreign
	}
	d.correctClock(rec.Time, into)
	if r := d.checkTime(rec.Time, into); r.Reason != event.Accepted {
		return r
	}
	if depth := d.builder.Found().Depth; depth > d.cfg.MaxDepth {
		return event.Rejection{
			Reason: event.TooDeep,
			Detail: "nested " + strconv.Itoa(depth) + " deep, max_depth is " + strconv.Itoa(d.cfg.MaxDepth),
		}
	}
	if d.cfg.Format.IsAccessLog() {
		into.Flags |= event.AccessLog
	}
	d.identify(value, into)
	return event.Rejection{}
}

// read gives into the fields of a value. Bytes that are not UTF-8 are replaced first,
// each by U+FFFD, if the format's reader finds any.
func (d *Decoder) read(value []byte, into *event.Event) event.Rejection {
	d.builder.Begin(into)
	before, dropped := *d.builder.Counts(), *d.builder.Dropped()
	r := d.reader.Read(value, d.builder)
	if r.Reason != event.InvalidUTF8 {
		return r
	}
	*d.builder.Counts(), *d.builder.Dropped() = before, dropped
	d.builder.Counts().Mended++
	d.mended = d.mended[:0]
	for _, r := range string(value) { // gives U+FFFD for each byte that is not UTF-8
		d.mended = utf8.AppendRune(d.mended, r)
	}
	*into = event.Event{}
	d.builder.Begin(into)
	return d.reader.Read(d.mended, d.builder)
}

// UserOf returns the user of a value, as written, for use as the record's key.
// It is not ok when the value names none; the value may still be one that Decode
// rejects for another reason.
func (d *Decoder) UserOf(value []byte) (user string, ok bool) {
	if value = d.trim(value); len(value) == 0 || len(value) > d.cfg.MaxBytes {
		return "", false
	}
	before, dropped := *d.builder.Counts(), *d.builder.Dropped()
	d.scratch = event.Event{}
	r := d.read(value, &d.scratch)
	*d.builder.Counts(), *d.builder.Dropped() = before, dropped
	return d.scratch.User, r.Reason == event.Accepted && d.scratch.User != ""
}

// header is what formats with a header line can do.
type header interface {
	SetHeader(columns []string) error
	SetHeaderLine(text []byte) error
}

// quoting is what formats can do whose records may go on in the next line.
type quoting interface {
	Opens(line []byte, inside bool) bool
	Whole(record []byte) bool
}

// SetHeader names the columns of a table. The error names a column of the map
// that is not there.
func (d *Decoder) SetHeader(columns []string) error {
	if h, ok := d.reader.(header); ok {
		return h.SetHeader(columns)
	}
	return d.noHeader()
}

// SetHeaderLine names the columns by the first lines of a file: a line sep= and the
// header, whichever of them the file has, or the #Fields of a W3C log.
func (d *Decoder) SetHeaderLine(text []byte) error {
	if h, ok := d.reader.(header); ok {
		return h.SetHeaderLine(text)
	}
	return d.noHeader()
}

// SepLine is the length of a line sep= that a CSV file begins with; 0 if there is none.
func SepLine(text []byte) int { return adapter.SepLine(text) }

func (d *Decoder) noHeader() error {
	return fmt.Errorf("set header: format %s has none", d.cfg.Format)
}

// Opens reports whether a line of a CSV file ends inside a quoted cell, so that
// the record goes on in the next line; inside says that the line begins in one.
func (d *Decoder) Opens(line []byte, inside bool) bool {
	q, ok := d.reader.(quoting)
	return ok && q.Opens(line, inside)
}

// Whole reports whether lines that were joined because of a quote are one record.
func (d *Decoder) Whole(record []byte) bool {
	q, ok := d.reader.(quoting)
	return !ok || q.Whole(record)
}

// Counts returns the totals since the decoder was made.
func (d *Decoder) Counts() Counts { return *d.builder.Counts() }

// Dropped returns how many values of each field were left out since the decoder was
// made, because they were not what the field should be.
func (d *Decoder) Dropped() Dropped { return *d.builder.Dropped() }

// UnknownFields is the number of members of no known name and no scalar value
// that were met since the decoder was made.
func (d *Decoder) UnknownFields() uint64 { return d.builder.Counts().UnknownFields }

// trim removes the end of the line where a value is one.
func (d *Decoder) trim(value []byte) []byte {
	if !d.cfg.Format.Lines() {
		return value
	}
	return adapter.WithoutLineEnd(value)
}

// review checks that what must be there is, and is what it should be.
func (d *Decoder) review() event.Rejection {
	switch f := d.builder.Found(); {
	case f.Time == fields.Missing:
		return event.Rejection{Reason: event.MissingTime}
	case f.User == fields.Missing:
		return event.Rejection{Reason: event.MissingUser}
	case f.Type == fields.Missing:
		return event.Rejection{Reason: event.MissingType}
	case f.Time == fields.Wrong:
		return event.Rejection{Reason: event.BadTime, Detail: f.BadTime}
	case f.User == fields.Wrong || f.Type == fields.Wrong:
		return event.Rejection{Reason: event.BadField, Detail: f.Bad}
	case d.nobody.has(d.builder.Event().User) && !d.keyedByClient(d.builder.Event()):
		return event.Rejection{Reason: event.Nobody, Detail: "user: it is an id of everybody, by input.nobody"}
	}
	return event.Rejection{}
}

// backfill is how far a device's clock may be off; what was sent longer ago is loaded
// afterwards, and says nothing about a clock.
const backfill event.Millis = 24 * 60 * 60 * 1000

// correctClock takes away what a device's clock is fast or slow by, which follows from
// when it says that it sent the event and when that arrived.
func (d *Decoder) correctClock(record event.Millis, e *event.Event) {
	f := d.builder.Found()
	received := record
	if f.ReceivedAt != 0 {
		received = f.ReceivedAt
	}
	if f.SentAt == 0 || f.Corrected || received == event.Never {
		return
	}
	skew := f.SentAt - received
	if off := max(skew, -skew); off <= d.maxFuture || off > backfill {
		return
	}
	e.Time -= skew
	e.Skew = skew
}

// RecordTime is the time of a record by what its broker says and by a clock. A time of
// zero or before not_before is none, and the clock's takes its place; no record is later
// than the clock.
func (d *Decoder) RecordTime(said, clock event.Millis) event.Millis {
	if said <= 0 || said < d.notBefore {
		return clock
	}
	return min(said, clock)
}

// checkTime validates the event's time. One that is a little ahead becomes that of the
// record, and how far it was ahead is kept: the session knows its device.
func (d *Decoder) checkTime(record event.Millis, e *event.Event) event.Rejection {
	switch {
	case record != event.Never && e.Time > record+d.reject:
		return event.Rejection{Reason: event.TimeFuture, Detail: "time is more than reject_future ahead of the record time"}
	case e.Time > fields.Latest:
		return event.Rejection{Reason: event.TimeFuture, Detail: "time is beyond the year 2199"}
	case e.Time < d.notBefore:
		return event.Rejection{Reason: event.TimePast, Detail: "time is before not_before"}
	case record != event.Never && e.Time > record+d.maxFuture:
		e.Lead = e.Time - record
		e.Time = record
		e.Flags |= event.ClockAhead
	}
	return event.Rejection{}
}

// defaultApp is the app of an event that names none.
const defaultApp = "default"

// keyedByClient reports an event whose session is that of the client's session id,
// whoever the user is.
func (d *Decoder) keyedByClient(e *event.Event) bool {
	return d.cfg.ByClient && e.Client != "" && !d.nobody.has(e.Client)
}

// recordKey is what the key of an event's record should be.
func (d *Decoder) recordKey(e *event.Event) string {
	if d.keyedByClient(e) {
		return e.Client
	}
	return e.User
}

// identify completes an accepted event: defaults, pseudonyms, key and hash.
func (d *Decoder) identify(value []byte, e *event.Event) {
	if e.App == "" {
		e.App = defaultApp
	}
	d.nobody.drop(e, d.builder)
	found := d.builder.Found()
	if e.Type == event.Custom && e.Name == "" {
		e.Name = found.TypeName
	}
	if found.HasX && found.HasY {
		e.Flags |= event.HasPosition
	} else {
		e.X, e.Y = 0, 0
	}
	user, account := e.User, e.Account
	if d.secret != nil {
		e.User = d.builder.Copy(d.secret.of(e.User))
		if e.Account != "" {
			e.Account = d.builder.Copy(d.secret.of(e.Account))
		}
	}
	owner, client := e.User, ""
	if d.cfg.ClientIDs == RespectClientIDs {
		client = e.Client
	}
	if d.keyedByClient(e) {
		owner, client = "", e.Client
	}
	e.Key = d.keyer.Key(e.App, owner, client)
	switch {
	case e.ID != "":
	case d.secret != nil:
		e.Hash = d.secret.digest(value)
	default:
		e.Hash = event.DigestOf(value)
	}
	d.builder.Finish()
	if d.secret != nil {
		d.anonymous.clean(e, user, account)
	}
}
