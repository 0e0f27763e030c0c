package fields

import (
	"math"
	"strconv"
	"unicode/utf8"

	"friction/pipeline/event"
)

// Config holds the limits and the naming of what a builder is given.
type Config struct {
	MaxIDBytes   int // of user, account, session, id and app; a longer one is wrong
	MaxTextBytes int // of other strings; a longer one is cut and counted
	MaxAttrs     int // further attributes are dropped and counted
	Pages, Ops   URLs
}

// Builder makes an event out of the values of its fields: it checks them, keeps the
// limits, names pages and operations, shares strings that repeat, and notes what is
// missing or wrong. It is not safe for concurrent use.
//
// Bytes that are given to it are copied: the event refers to none of them.
type Builder struct {
	cfg      Config
	page, op *Namer
	pool     pool
	event    *event.Event
	attrs    []event.Attr // of the event being made
	names    []string     // of the attributes of the events before, by position
	found    Found
	counts   Counts
	dropped  Dropped
	lastApp  string
	digits   []byte // scratch
}

// Found is what was found besides the event's own fields.
type Found struct {
	Time     Presence
	User     Presence
	Type     Presence
	TypeName string // of a type that is not in the vocabulary
	BadTime  string // what was wanted of a time that is wrong
	Bad      string // the first of user and type that is not what it should be, and what it should be
	HasX     bool
	HasY     bool
	Depth    int // of the nesting of the value, where its format has one

	SentAt     event.Millis // when the device sent it, by the device's clock; 0 when not given
	ReceivedAt event.Millis // when it arrived, by a server's clock; 0 when not given
	Corrected  bool         // the source says that its times are corrected already
}

// Presence says whether a field was there.
type Presence uint8

// What a field may be.
const (
	Missing Presence = iota
	Wrong
	Present
)

// Counts are totals since the builder was made, of what accepted and rejected
// records held that an event does not.
type Counts struct {
	UnknownFields uint64 // members of no known name and no scalar value
	CutStrings    uint64 // strings beyond max_text_bytes
	DroppedAttrs  uint64 // attributes beyond max_attrs
	Mended        uint64 // records in which bytes that are no UTF-8 were replaced
	AssumedUTC    uint64 // times without an offset that were taken as UTC
	Repeated      uint64 // times in an hour that the clocks of their zone show twice
}

// all is every counter.
func (c *Counts) all() [6]*uint64 {
	return [6]*uint64{&c.UnknownFields, &c.CutStrings, &c.DroppedAttrs, &c.Mended, &c.AssumedUTC, &c.Repeated}
}

// Add adds the totals of o.
func (c *Counts) Add(o Counts) {
	mine := c.all()
	for i, n := range o.all() {
		*mine[i] += *n
	}
}

// Since is what was counted after o.
func (c Counts) Since(o Counts) Counts {
	mine := c.all()
	for i, n := range o.all() {
		*mine[i] -= *n
	}
	return c
}

// NewBuilder returns a builder.
func NewBuilder(cfg Config) *Builder {
	return &Builder{cfg: cfg, page: NewNamer(cfg.Pages), op: NewNamer(cfg.Ops), pool: newPool()}
}

// Begin starts an event, which must be zero.
func (b *Builder) Begin(into *event.Event) { b.event, b.attrs, b.found = into, b.attrs[:0], Found{} }

// Event is the event being made. Its target, context and error are the reader's to
// set; everything else has a method.
func (b *Builder) Event() *event.Event { return b.event }

// Found is what was found so far of the event being made.
func (b *Builder) Found() *Found { return &b.found }

// Counts are the totals since the builder was made.
func (b *Builder) Counts() *Counts { return &b.counts }

// Finish gives the event its attributes.
func (b *Builder) Finish() { b.event.Attrs = b.pool.attrs(b.attrs) }

// Mistyped notes a field whose value is not what it should be. User and type are
// then wrong; any other field is left out and counted, as if it were not there.
func (b *Builder) Mistyped(f Field) { b.refuse(f, wants[f]) }

func (b *Builder) refuse(f Field, want string) {
	switch f {
	case User:
		b.found.User = Wrong
	case Type:
		b.found.Type = Wrong
	default:
		b.dropped[f]++
		return
	}
	if b.found.Bad == "" {
		b.found.Bad = want
	}
}

// SetTime gives the event its time; ok is false if what was written is no such
// time, and want then says what was wanted. The last time given counts.
func (b *Builder) SetTime(t event.Millis, ok bool, want string) {
	b.event.Time = t
	if b.found.Time = Present; !ok {
		b.found.Time, b.found.BadTime = Wrong, want
	}
}

// SetPrecision says whether the time was written with milliseconds or finer.
func (b *Builder) SetPrecision(milliseconds bool) {
	if b.event.Flags &^= event.MillisecondTime; milliseconds {
		b.event.Flags |= event.MillisecondTime
	}
}

// ReadTime gives a field of times the time written in text, by a unit and in a zone
// that is nil for UTC. Text that stands for no value is as if it were not there.
func (b *Builder) ReadTime(f Field, d *Dates, text []byte, u Unit, z *Zone) {
	t, local, ok := d.Time(text, u)
	switch {
	case ok && !local:
	case !ok && isNoValue(text):
		return
	case !ok && f != Time:
		b.Mistyped(f)
		return
	case !ok:
		b.SetTime(t, false, WantTime(text, u))
		return
	case z == nil:
		b.counts.AssumedUTC++
	default:
		var twice bool
		if t, twice = z.At(t); twice {
			b.counts.Repeated++
		}
	}
	switch f {
	case SentAt:
		b.found.SentAt = t
		return
	case ReceivedAt:
		b.found.ReceivedAt = t
		return
	}
	b.SetTime(t, true, "")
	b.SetPrecision(WithMilliseconds(text, u))
}

// SetText gives a text field its value.
func (b *Builder) SetText(f Field, text []byte) {
	e := b.event
	switch f {
	case User:
		switch {
		case len(text) == 0:
			b.found.User = Missing
		case b.fits(text, User):
			e.User, b.found.User = b.pool.copy(text), Present
		}
	case Type:
		b.setType(text)
	case ID:
		b.id(&e.ID, text, ID)
	case App:
		if string(text) == b.lastApp {
			e.App = b.lastApp
		} else if b.fits(text, App) {
			b.lastApp = string(text)
			e.App = b.lastApp
		}
	case Name:
		e.Name = b.Text(text)
	case Account:
		b.id(&e.Account, text, Account)
	case Session:
		b.id(&e.Client, text, Session)
	case Page:
		p := b.pool.page(b.Cut(text), b.page)
		e.Page, e.RawPage = p.name, p.shown
	case Op:
		e.Op = b.pool.op(b.Cut(text), b.op)
	}
}

// SetType gives the event a type of the vocabulary.
func (b *Builder) SetType(t event.Type) { b.event.Type, b.found.Type = t, Present }

// setType takes a name that is not of the vocabulary as that of a custom event.
func (b *Builder) setType(text []byte) {
	const longest = len("screen_view") // keeps the conversion below off the heap
	b.found.TypeName = ""
	if len(text) == 0 {
		b.found.Type = Missing
		return
	}
	known := false
	if b.found.Type = Present; len(text) <= longest {
		b.event.Type, known = event.TypeOf(string(text))
	}
	if !known {
		b.event.Type = event.Custom
		b.found.TypeName = b.Text(text)
	}
}

// SetNumberText gives a text field a number: the digits of an integer where it is
// the name of somebody or something, so that 7.0 and 7 are one, else as it is written.
func (b *Builder) SetNumberText(f Field, number []byte) {
	switch f {
	case User, ID, App, Account, Session:
		if n, ok := parseInt(number, math.MinInt64, math.MaxInt64); ok {
			b.digits = strconv.AppendInt(b.digits[:0], n, 10)
			number = b.digits
		}
	}
	b.SetText(f, number)
}

// SetNumber gives a number field the value written in text. Text that stands for no
// value is as if it were not there.
func (b *Builder) SetNumber(f Field, text []byte) {
	var n int64
	var v float32
	ok, e := false, b.event
	switch f {
	case X:
		if v, ok = parseFloat(text, MaxCoordinate); ok {
			e.X, b.found.HasX = v, true
		}
	case Y:
		if v, ok = parseFloat(text, MaxCoordinate); ok {
			e.Y, b.found.HasY = v, true
		}
	case Status:
		if n, ok = parseInt(withoutPhrase(text), 0, MaxStatus); ok {
			e.Status = int32(n)
		}
	case Duration:
		b.SetDuration(text, Milliseconds)
		return
	case Attempt:
		if n, ok = parseInt(text, 0, MaxAttempt); ok {
			e.Attempt = int32(n)
		}
	}
	if !ok && !isNoValue(text) {
		b.Mistyped(f)
	}
}

// SetDuration gives the event the duration written in text, in a unit.
func (b *Builder) SetDuration(text []byte, u Unit) {
	n, ok := parseFloor(text, u.shift(), 0, MaxDuration)
	switch {
	case ok:
		b.event.Duration = event.Millis(n)
		b.event.Flags |= event.HasDuration
	case !isNoValue(text):
		b.Mistyped(Duration)
	}
}

// SetBoolText gives a boolean field the value written in text.
func (b *Builder) SetBoolText(f Field, text []byte) {
	if v, ok := parseBool(text); ok {
		b.SetBool(f, v)
	} else if !isNoValue(text) {
		b.Mistyped(f)
	}
}

// SetBool gives a boolean field its value.
func (b *Builder) SetBool(f Field, v bool) {
	e := b.event
	switch {
	case f == ClockCorrected:
		b.found.Corrected = v
	case f == Keyboard && v:
		e.Flags |= event.Keyboard
	case f == Keyboard:
		e.Flags &^= event.Keyboard
	case v:
		e.Flags |= event.HasOK | event.OK
	default:
		e.Flags = e.Flags&^event.OK | event.HasOK
	}
}

// Copy copies text into a string of the event.
func (b *Builder) Copy(text []byte) string { return b.pool.copy(text) }

// id copies a string that must not be cut, because a part of it would be another id.
func (b *Builder) id(into *string, text []byte, f Field) {
	if b.fits(text, f) {
		*into = b.pool.copy(text)
	}
}

func (b *Builder) fits(text []byte, f Field) bool {
	if len(text) > b.cfg.MaxIDBytes {
		b.refuse(f, f.String()+": longer than max_id_bytes ("+strconv.Itoa(b.cfg.MaxIDBytes)+")")
		return false
	}
	return true
}

// Text returns a string that repeats, cut to its limit.
func (b *Builder) Text(text []byte) string { return b.pool.word(b.Cut(text)) }

// Cut shortens text to max_text_bytes, or a little less so as not to split a
// character, and counts it.
func (b *Builder) Cut(text []byte) []byte {
	if len(text) <= b.cfg.MaxTextBytes {
		return text
	}
	b.counts.CutStrings++
	n := b.cfg.MaxTextBytes
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
