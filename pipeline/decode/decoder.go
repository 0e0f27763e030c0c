package decode

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/event"
	"friction/pipeline/jsonscan"
)

// Decoder decodes the records of one task. It is not safe for concurrent use.
type Decoder struct {
	cfg       Config
	notBefore event.Millis
	maxFuture event.Millis
	reject    event.Millis
	secret    *pseudonyms // nil when off
	page, op  *namer
	line      *accessLog // of NCSA
	table     *table     // of CSV and TSV

	value    []byte // the value being read
	scan     jsonscan.Scanner
	dates    calendar
	keyer    event.Keyer
	pool     pool
	found    findings
	attrs    []event.Attr // of the event being read
	counts   Counts
	wantTime string
	lastApp  string
	follows  [numFields]guess // by the field before
}

// findings is what reading a record found besides the event's own fields.
type findings struct {
	time     presence
	user     presence
	typed    presence
	typeName string // of a type that is not in the vocabulary
	bad      string // the first field that is not what it should be, and what it should be
	hasX     bool
	hasY     bool
}

type presence uint8

const (
	missing presence = iota
	wrong
	present
)

// Counts are totals since the decoder was made, of what accepted and rejected
// records held that an event does not.
type Counts struct {
	UnknownFields uint64 // members of no known name and no scalar value
	CutStrings    uint64 // strings beyond max_text_bytes
	DroppedAttrs  uint64 // attributes beyond max_attrs
}

// New returns a decoder. The error names the key and the value that cannot be.
func New(cfg Config) (*Decoder, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	since, err := notBefore(cfg.NotBefore)
	if err != nil {
		return nil, err
	}
	d := &Decoder{
		cfg:       cfg,
		notBefore: since,
		maxFuture: event.Millis(cfg.MaxFuture.Milliseconds()),
		reject:    event.Millis(cfg.RejectFuture.Milliseconds()),
		secret:    newPseudonyms(cfg.Pseudonymise),
		page:      newNamer(cfg.Pages),
		op:        newNamer(cfg.Ops),
		pool:      newPool(),
	}
	if err := d.openFormat(); err != nil {
		return nil, err
	}
	return d, nil
}

// openFormat makes what the format needs.
func (d *Decoder) openFormat() (err error) {
	switch d.cfg.Format {
	case Native:
		d.wantTime = "time: want RFC 3339 or an integer of Unix milliseconds"
	case NCSA:
		d.wantTime = "time: want one like 10/Oct/2000:13:55:36 -0700"
		d.line = newAccessLog(&d.cfg.AccessLog)
	case CSV, TSV:
		if d.table, err = newTable(&d.cfg); err == nil {
			d.wantTime = d.table.wantTime
		}
	default:
		err = oneOf("format", d.cfg.Format, Native, NCSA, CSV, TSV)
	}
	return err
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
	if !rec.NoKey && string(rec.Key) != into.User {
		into.Flags |= event.Foreign
	}
	if r := d.clock(rec.Time, into); r.Reason != event.Accepted {
		return r
	}
	if d.scan.Depth() > d.cfg.MaxDepth {
		return event.Rejection{
			Reason: event.TooDeep,
			Detail: "nested " + strconv.Itoa(d.scan.Depth()) + " deep, max_depth is " + strconv.Itoa(d.cfg.MaxDepth),
		}
	}
	d.identify(value, into)
	return event.Rejection{}
}

// UserOf returns the user of a value, as written, for use as the record's key.
// It is not ok when the value names none; the value may still be one that Decode
// rejects for another reason.
func (d *Decoder) UserOf(value []byte) (user string, ok bool) {
	var e event.Event
	if value = d.trim(value); len(value) == 0 || len(value) > d.cfg.MaxBytes {
		return "", false
	}
	before := d.counts
	r := d.read(value, &e)
	d.counts = before
	return e.User, r.Reason == event.Accepted && e.User != ""
}

// Counts returns the totals since the decoder was made.
func (d *Decoder) Counts() Counts { return d.counts }

// UnknownFields is the number of members of no known name and no scalar value
// that were met since the decoder was made.
func (d *Decoder) UnknownFields() uint64 { return d.counts.UnknownFields }

// trim takes the end of the line from a value of a format of lines.
func (d *Decoder) trim(value []byte) []byte {
	if d.cfg.Format == Native {
		return value
	}
	value = bytes.TrimSuffix(value, []byte("\n"))
	return bytes.TrimSuffix(value, []byte("\r"))
}

// read reads the fields of a value; what it finds missing or wrong is in d.found.
func (d *Decoder) read(value []byte, e *event.Event) event.Rejection {
	d.found, d.attrs = findings{}, d.attrs[:0]
	d.value = value
	d.scan.Reset(value)
	switch d.cfg.Format {
	case NCSA:
		if r := checkUTF8(value); r.Reason != event.Accepted {
			return r
		}
		return d.accessLog(value, e)
	case CSV, TSV:
		if r := checkUTF8(value); r.Reason != event.Accepted {
			return r
		}
		return d.row(value, e)
	}
	r := d.native(value, e)
	if d.scan.MayHoldUTF8() || r.Reason != event.Accepted {
		if bad := checkUTF8(value); bad.Reason != event.Accepted {
			return bad
		}
	}
	return r
}

func checkUTF8(value []byte) event.Rejection {
	if utf8.Valid(value) {
		return event.Rejection{}
	}
	return event.Rejection{Reason: event.InvalidUTF8, Detail: "at byte " + strconv.Itoa(validPrefix(value))}
}

// validPrefix is the length of b before the first byte that is not UTF-8.
func validPrefix(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// malformed rejects a value that is not of its format at a byte.
func malformed(at int, want string) event.Rejection {
	return event.Rejection{Reason: event.Malformed, Detail: fmt.Sprintf("at byte %d: want %s", at, want)}
}

// review checks that what must be there is, and is what it should be.
func (d *Decoder) review() event.Rejection {
	switch f := &d.found; {
	case f.time == missing:
		return event.Rejection{Reason: event.MissingTime}
	case f.user == missing:
		return event.Rejection{Reason: event.MissingUser}
	case f.typed == missing:
		return event.Rejection{Reason: event.MissingType}
	case f.time == wrong:
		return event.Rejection{Reason: event.BadTime, Detail: d.wantTime}
	case f.bad != "":
		return event.Rejection{Reason: event.BadField, Detail: f.bad}
	}
	return event.Rejection{}
}

// clock judges the event's time, and corrects one that is a little ahead.
func (d *Decoder) clock(record event.Millis, e *event.Event) event.Rejection {
	switch {
	case record != event.Never && e.Time > record+d.reject:
		return event.Rejection{Reason: event.TimeFuture, Detail: "time is more than reject_future ahead of the record time"}
	case e.Time > latest:
		return event.Rejection{Reason: event.TimeFuture, Detail: "time is beyond the year 2199"}
	case e.Time < d.notBefore:
		return event.Rejection{Reason: event.TimePast, Detail: "time is before not_before"}
	case record != event.Never && e.Time > record+d.maxFuture:
		e.Time = record
		e.Flags |= event.ClockAhead
	}
	return event.Rejection{}
}

// defaultApp is the app of an event that names none.
const defaultApp = "default"

// identify completes an accepted event: defaults, pseudonyms, key and hash.
func (d *Decoder) identify(value []byte, e *event.Event) {
	if e.App == "" {
		e.App = defaultApp
	}
	if e.Type == event.Custom && e.Name == "" {
		e.Name = d.found.typeName
	}
	if d.found.hasX && d.found.hasY {
		e.Flags |= event.HasPosition
	} else {
		e.X, e.Y = 0, 0
	}
	if d.secret != nil {
		e.User = d.pool.copy(d.secret.of(e.User))
		if e.Account != "" {
			e.Account = d.pool.copy(d.secret.of(e.Account))
		}
	}
	client := ""
	if d.cfg.ClientIDs == RespectClientIDs {
		client = e.Client
	}
	e.Key = d.keyer.Key(e.App, e.User, client)
	switch {
	case e.ID != "":
	case d.secret != nil:
		e.Hash = d.secret.digest(value)
	default:
		e.Hash = event.DigestOf(value)
	}
	e.Attrs = d.pool.attrs(d.attrs)
}
