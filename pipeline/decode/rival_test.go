package decode

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"friction/pipeline/event"
	"friction/pipeline/fields"
)

// jxReader reads native JSON with go-faster/jx, as well as that can be done: the
// same members, the same caches of objects by their bytes, the same builder. It
// leaves out what jx cannot say (the byte of an error, a limit of nesting below
// its own), which makes it a little faster than a reader we could use.
type jxReader struct {
	dec, inner *jx.Decoder
	b          *fields.Builder
	dates      fields.Dates
	targets    *fields.Cache[*event.Target]
	contexts   *fields.Cache[*event.Context]
	errors     *fields.Cache[*event.Error]
	member     func(*jx.Decoder, []byte) error
	attr       func(*jx.Decoder, []byte) error
}

func newJXReader() *jxReader {
	r := &jxReader{
		dec: jx.DecodeBytes(nil), inner: jx.DecodeBytes(nil), targets: fields.NewCache[*event.Target](1024),
		contexts: fields.NewCache[*event.Context](2048), errors: fields.NewCache[*event.Error](256),
	}
	r.member, r.attr = r.readMember, r.readAttr // made once: a method value costs an allocation
	return r
}

func (r *jxReader) Read(value []byte, b *fields.Builder) event.Rejection {
	r.b = b
	r.dec.ResetBytes(value)
	err := r.dec.ObjBytes(r.member)
	if err == nil {
		if end := r.dec.Skip(); !errors.Is(end, io.ErrUnexpectedEOF) && !errors.Is(end, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if !utf8.Valid(value) {
		return event.Rejection{Reason: event.InvalidUTF8}
	}
	if err != nil {
		return event.Rejection{Reason: event.Malformed, Detail: err.Error()}
	}
	return event.Rejection{}
}

func (r *jxReader) readMember(d *jx.Decoder, key []byte) error {
	f, next := fields.Of(key), d.Next()
	switch kind := f.Kind(); {
	case kind == fields.UnknownKind:
		return r.readAttr(d, key)
	case next == jx.Null:
		return d.Null()
	case kind == fields.TextKind && next == jx.String:
		text, err := d.StrBytes()
		r.b.SetText(f, text)
		return err
	case kind == fields.NumberKind && next == jx.Number:
		n, err := d.Num()
		r.b.SetNumber(f, n)
		return err
	case kind == fields.BoolKind && next == jx.Bool:
		v, err := d.Bool()
		r.b.SetBool(f, v)
		return err
	case kind == fields.TimeKind:
		return r.readTime(d, next)
	case kind == fields.ObjectKind && (next == jx.Object || f == fields.Target && next == jx.String):
		return r.readObject(d, f)
	}
	r.b.Mistyped(f)
	return d.Skip()
}

func (r *jxReader) readTime(d *jx.Decoder, next jx.Type) error {
	switch next {
	case jx.String:
		text, err := d.StrBytes()
		r.b.ReadTime(fields.Time, &r.dates, text, fields.GuessedUnit, nil)
		return err
	case jx.Number:
		n, err := d.Num()
		r.b.ReadTime(fields.Time, &r.dates, n, fields.GuessedUnit, nil)
		return err
	}
	r.b.SetTime(0, false, "time")
	return d.Skip()
}

func (r *jxReader) readAttr(d *jx.Decoder, key []byte) error {
	switch d.Next() {
	case jx.Object, jx.Array:
		r.b.Counts().UnknownFields++
		return d.Skip()
	case jx.Null:
		return d.Null()
	case jx.String:
		name := r.b.AttrName(key)
		text, err := d.StrBytes()
		r.b.AddAttr(name, text)
		return err
	}
	name := r.b.AttrName(key)
	raw, err := d.Raw()
	r.b.AddAttr(name, raw)
	return err
}

// readObject finds the object by its bytes, or reads it with another decoder.
func (r *jxReader) readObject(d *jx.Decoder, f fields.Field) error {
	if f == fields.Attrs {
		return d.ObjBytes(r.attr)
	}
	raw, err := d.Raw()
	if err != nil {
		return err
	}
	e := r.b.Event()
	switch f {
	case fields.Target:
		e.Target, err = find(r, r.targets, raw, fields.TargetMember)
	case fields.Context:
		e.Context, err = find(r, r.contexts, raw, fields.ContextMember)
	case fields.Error:
		e.Error, err = find(r, r.errors, raw, fields.ErrorMember)
	}
	return err
}

func find[T any](r *jxReader, c *fields.Cache[*T], raw []byte, member func(*T, string) *string) (*T, error) {
	known, hash := c.Get(raw)
	if known != nil {
		return *known, nil
	}
	v := new(T)
	r.inner.ResetBytes(raw)
	err := r.inner.ObjBytes(func(d *jx.Decoder, key []byte) error {
		dst := member(v, string(key))
		if dst == nil || d.Next() != jx.String {
			return d.Skip()
		}
		text, err := d.Str()
		*dst = text
		return err
	})
	if err == nil && len(raw) <= fields.MaxCachedBytes {
		c.Put(hash, string(raw), v)
	}
	return v, err
}

// kindsOfEvents are streams of one kind of event each, as web trackers send them.
func kindsOfEvents(n int) map[string][]event.Record {
	kinds := map[string][]event.Record{}
	for _, rec := range sample(8 * n) {
		kind := "request"
		switch {
		case strings.Contains(string(rec.Value), `"page_view"`):
			kind = "page_view"
		case strings.Contains(string(rec.Value), `"click"`):
			kind = "click"
		}
		if len(kinds[kind]) < n {
			kinds[kind] = append(kinds[kind], rec)
		}
	}
	for i, rec := range kinds["page_view"] {
		var attrs strings.Builder
		for a := range 20 {
			fmt.Fprintf(&attrs, `,"attr_%02d":%s`, a, []string{fmt.Sprint(i * a), `"some text"`, "true", fmt.Sprintf(`"id-%d"`, i*7919%1000)}[a%4])
		}
		value := `{"time":"2026-03-01T10:00:00.000Z","user":"` + string(rec.Key) + `","type":"plan_changed","page":"/account","attrs":{` + attrs.String()[1:] + `}}`
		kinds["20 attributes"] = append(kinds["20 attributes"], event.Record{Time: rec.Time, Key: rec.Key, Value: []byte(value)})
	}
	return kinds
}

// The rival must do the same work, or comparing speeds means nothing.
func TestRivalReadsTheSame(t *testing.T) {
	for kind, recs := range kindsOfEvents(500) {
		own, rival := decoder(t, nil), decoder(t, nil)
		rival.reader = newJXReader()
		for i := range recs {
			var a, b event.Event
			if r := own.Decode(&recs[i], &a); r.Reason != event.Accepted {
				t.Fatal(kind, r)
			}
			if r := rival.Decode(&recs[i], &b); r.Reason != event.Accepted || describe(&a) != describe(&b) {
				t.Fatalf("%s: %v\n%s\n%s\n%s", kind, r, recs[i].Value, describe(&a), describe(&b))
			}
		}
	}
}

// BenchmarkAgainstJX decodes the same records with our own scanner and with jx, in
// turns, and reports the shortest time of each and how many times as long jx takes.
// Both do all the work of an event: validation, fields, names, key and hash.
func BenchmarkAgainstJX(b *testing.B) {
	kinds := kindsOfEvents(2000)
	for _, kind := range []string{"page_view", "click", "request", "20 attributes"} {
		b.Run(strings.ReplaceAll(kind, " ", "_"), func(b *testing.B) {
			recs := kinds[kind]
			own, rival := decoder(b, nil), decoder(b, nil)
			rival.reader = newJXReader()
			ownBest, rivalBest := time.Duration(1<<62), time.Duration(1<<62)
			pass := func(d *Decoder) time.Duration {
				start := time.Now()
				var e event.Event
				for i := range recs {
					if r := d.Decode(&recs[i], &e); r.Reason != event.Accepted {
						b.Fatal(r)
					}
				}
				return time.Since(start)
			}
			for range b.N {
				ownBest, rivalBest = min(ownBest, pass(own)), min(rivalBest, pass(rival))
			}
			n := float64(len(recs))
			b.ReportMetric(float64(ownBest)/n, "own-ns/event")
			b.ReportMetric(float64(rivalBest)/n, "jx-ns/event")
			b.ReportMetric(float64(rivalBest)/float64(ownBest), "jx/own")
			b.ReportMetric(0, "ns/op")
		})
	}
}
