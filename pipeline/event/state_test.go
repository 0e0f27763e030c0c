package event

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func drawEvent(t *rapid.T) Event {
	text := rapid.SampledFrom([]string{"", "a", "/cart", "Zürich", "\x00\xff", string(make([]byte, 100))})
	e := Event{
		Time: Millis(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "time")), Recorded: Millis(rapid.Int64().Draw(t, "recorded")),
		Key: Key{rapid.Uint64().Draw(t, "hi"), rapid.Uint64().Draw(t, "lo")}, App: text.Draw(t, "app"), User: text.Draw(t, "user"),
		ID: text.Draw(t, "id"), Page: text.Draw(t, "page"), Op: text.Draw(t, "op"), X: rapid.Float32().Draw(t, "x"),
		Status: rapid.Int32().Draw(t, "status"), Type: Type(rapid.IntRange(0, int(NumTypes)-1).Draw(t, "type")), Flags: Flag(rapid.Uint16().Draw(t, "flags")),
		Hash: DigestOf([]byte(text.Draw(t, "payload"))),
	}
	if rapid.Bool().Draw(t, "has target") {
		e.Target = &Target{ID: text.Draw(t, "target"), Classes: rapid.SliceOfN(text, 0, 3).Draw(t, "classes")}
		if len(e.Target.Classes) == 0 {
			e.Target.Classes = nil
		}
	}
	if rapid.Bool().Draw(t, "has context") {
		e.Context = &Context{Device: text.Draw(t, "device"), Language: text.Draw(t, "language")}
	}
	if rapid.Bool().Draw(t, "has error") {
		e.Error = &Error{Message: text.Draw(t, "message")}
	}
	for range rapid.IntRange(0, 3).Draw(t, "attrs") {
		e.Attrs = append(e.Attrs, Attr{text.Draw(t, "name"), text.Draw(t, "value")})
	}
	return e
}

func TestEventComesBackFromItsState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawEvent), 0, 5).Draw(t, "events")
		st := WriteState([]byte("before"))
		Slice(st, &want, func(e *Event) { e.Save(st) })
		in := ReadState(st.Bytes()[len("before"):])
		var got []Event
		Slice(in, &got, func(e *Event) { e.Save(in) })
		if err := in.Done(); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		for i := range want {
			if math.IsNaN(float64(want[i].X)) {
				want[i].X, got[i].X = 0, 0
			}
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("got %+v\nwant %+v", got[i], want[i])
			}
		}
	})
}

// Every field of Event and Counters is visited: a new one that is not would come back empty.
func TestNoFieldIsForgotten(t *testing.T) {
	var e Event
	fill(reflect.ValueOf(&e).Elem())
	e.Type = NumTypes - 1
	st := WriteState(nil)
	e.Save(st)
	var got Event
	got.Save(ReadState(st.Bytes()))
	if !reflect.DeepEqual(got, e) {
		t.Errorf("event\ngot  %+v\nwant %+v", got, e)
	}
	var c, back Counters
	fill(reflect.ValueOf(&c).Elem())
	c.Missed = 0 // the task's own
	st = WriteState(nil)
	c.Save(st)
	back.Save(ReadState(st.Bytes()))
	if back != c {
		t.Errorf("counters\ngot  %+v\nwant %+v", back, c)
	}
}

// fill gives every field a value that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range v.Fields() {
			fill(f)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Int64, reflect.Int32:
		v.SetInt(7)
	case reflect.Uint64, reflect.Uint16, reflect.Uint8:
		v.SetUint(7)
	case reflect.Float32:
		v.SetFloat(7)
	default:
		panic("field of a kind this test does not know: " + v.Kind().String())
	}
}

func TestNumbersOutOfRangeAreRefused(t *testing.T) {
	st := WriteState(nil)
	big, far := uint32(1<<20), Millis(1<<60)
	Uint(st, &big)
	Int(st, &far)
	in := ReadState(st.Bytes())
	var small uint8
	if Uint(in, &small); !errors.Is(in.Err(), ErrState) {
		t.Errorf("2^20 as a byte: %v", in.Err())
	}
	in = ReadState(st.Bytes()[3:])
	if Time(in, &far); !errors.Is(in.Err(), ErrState) || far != 0 {
		t.Errorf("a time of 2^60 ms: %d, %v", far, in.Err())
	}
	if in = ReadState([]byte{1, 2}); in.Done() == nil {
		t.Error("bytes left over are not told")
	}
}

func FuzzReadState(f *testing.F) {
	var e Event
	fill(reflect.ValueOf(&e).Elem())
	st := WriteState(nil)
	list := []Event{e, {}}
	Slice(st, &list, func(e *Event) { e.Save(st) })
	f.Add(st.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		in := ReadState(b)
		var got []Event
		Slice(in, &got, func(e *Event) { e.Save(in) })
		if err := in.Done(); err != nil {
			if !errors.Is(err, ErrState) {
				t.Fatalf("want ErrState, got %v", err)
			}
			return
		}
		for i := range got {
			if got[i].Type >= NumTypes {
				t.Fatalf("type %d", got[i].Type)
			}
		}
	})
}
