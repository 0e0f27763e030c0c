package score

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// fill sets every field of v by reflection, so that a field added to a row and
// forgotten in the encoding fails the round trip.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				fill(t, field)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom([]string{"", "a", "b"}), rapid.StringN(-1, 6, 20)).Draw(t, "text")) // often as in the row before
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int"))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		most := uint64(1)<<v.Type().Bits() - 1
		if v.Type() == reflect.TypeFor[Outcome]() {
			most = uint64(NumOutcomes) - 1
		}
		v.SetUint(rapid.Uint64Range(0, most).Draw(t, "uint"))
	default:
		t.Fatalf("no way to fill a %s", v.Type())
	}
}

func TestRowsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in Rows
		fill(t, reflect.ValueOf(&in).Elem())
		b := AppendRows([]byte("before"), &in)
		if !bytes.HasPrefix(b, []byte("before")) {
			t.Fatal("what was there before is gone")
		}
		b = b[len("before"):]
		out, err := DecodeRows(b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(&in, out) {
			t.Fatalf("in  %+v\nout %+v", in, *out)
		}
		if again := AppendRows(nil, out); !bytes.Equal(b, again) {
			t.Fatal("equal rows, other bytes")
		}
		if RowsSum(b) != event.DigestOf(b) {
			t.Fatal("the sum is not the digest")
		}
	})
}

func TestRowsCutShort(t *testing.T) {
	whole := AppendRows(nil, sampleRows(2))
	for cut := range whole {
		if _, err := DecodeRows(whole[:cut]); err == nil {
			t.Fatalf("cut to %d of %d bytes was read as whole", cut, len(whole))
		}
	}
	if _, err := DecodeRows(append(bytes.Clone(whole), 0)); err == nil {
		t.Fatal("a byte too many was read")
	}
}

func TestRowsFormats(t *testing.T) {
	if _, err := DecodeRows([]byte{rowsFormat + 1}); !errors.Is(err, ErrRowsFormat) {
		t.Fatalf("newer format: %v", err)
	}
	var de *DecodeError
	if _, err := DecodeRows(nil); !errors.As(err, &de) {
		t.Fatalf("nothing: %v", err)
	}
	empty := AppendRows(nil, &Rows{})
	if got := hex.EncodeToString(empty); got != "040000000000000000" {
		t.Fatalf("empty rows are %s", got)
	}
}

// The bytes of a format are written down once: rows logged by an older version
// must stay readable, and equal rows give equal bytes.
func goldenRows() *Rows {
	return &Rows{
		Signals:  []SignalRow{{App: "shop", Kind: "retry", User: "u", StartedAt: 5, EndedAt: 7, Count: 2, Op: "pay", Outcome: "failed", RuleVersion: "r"}},
		Rejected: []RejectedRow{{Topic: "clicks", Offset: 7, RecordTime: 1000, Reason: "malformed", Detail: "at 3", Bytes: 300}},
		Visits: []VisitRow{{
			App: "shop", Journey: "checkout", Step: "pay", StepIndex: 1, User: "u", Attempt: 1, Visit: 2,
			EnteredAt: 5, LeftAt: event.Never, Outcome: journey.Dropped, Stalled: true, Skipped: true,
			Segments: []Pair{{"os", "mac"}}, Signals: []Count{{"retry", 200}}, Pain: 480000, Weights: "w1",
		}},
	}
}

const zeros = "00000000000000000000000000000000"

// Format 1 had no outcome of signals; in format 2, too, rows stood by themselves.
func TestRowsOfOlderFormats(t *testing.T) {
	const (
		before = "00" + "01" + "0473686f70" + "08636865636b6f7574" + "03706179" + "01" +
			zeros + "0175" + "01" + "02" + "0a" + "feffffffffffffffff01" + "04" + "05" +
			"01026f73036d6163" + "01057265747279c801" + "80a61d" + "027731" +
			"01" + "0473686f70" + zeros + "057265747279" + zeros + "0175" + "0a" + "0e" + "02" + "00" + "00" + "03706179"
		outcome = "066661696c6564"
		after   = "00" + "00" + "00" + "0172" + "00" +
			"00" + "00" + "00" + "01" + "06636c69636b73" + "0e" + "d00f" + "096d616c666f726d6564" + "0461742033" + "ac02" + "00"
	)
	two, one := goldenRows(), goldenRows()
	one.Signals[0].Outcome = ""
	for logged, want := range map[string]*Rows{"01" + before + after: one, "02" + before + outcome + after: two} {
		b, err := hex.DecodeString(logged)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeRows(b); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("format %s: %v\ngot  %+v\nwant %+v", logged[:2], err, got, want)
		}
	}
}

func TestRowsGolden(t *testing.T) {
	r := goldenRows()
	next := r.Visits[0]
	next.Step, next.StepIndex, next.EnteredAt, next.LeftAt = "done", 2, 3, 9
	next.Segments = []Pair{{"os", "ios"}, {"plan", "free"}}
	r.Visits = append(r.Visits, next)
	const want = "04" + "00" + "02" +
		"0573686f70" + "09636865636b6f7574" + "04706179" + "01" + zeros + "0275" + "01" + "02" + "0a" + "f4ffffffffffffffff01" + "04" + "05" +
		"01036f73046d6163" + "01067265747279c801" + "80a61d" + "037731" +
		"00" + "00" + "05646f6e65" + "02" + zeros + "00" + "01" + "02" + "03" + "0c" + "04" + "05" +
		"020004696f7305706c616e0566726565" + "0100c801" + "80a61d" + "00" +
		"01" + "0573686f70" + zeros + "067265747279" + zeros + "0275" + "0a" + "04" + "02" + "00" + "00" + "04706179" + "076661696c6564" +
		"00" + "00" + "00" + "0272" + "00" +
		"00" + "00" + "00" + "01" + "07636c69636b73" + "0e" + "d00f" + "0a6d616c666f726d6564" + "0561742033" + "ac02" + "00"
	if got := hex.EncodeToString(AppendRows(nil, r)); got != want {
		t.Fatalf("\ngot  %s\nwant %s", got, want)
	}
}

// Format 3 is as format 4, but knew nothing of overdue sessions.
func TestRowsOfFormat3(t *testing.T) {
	in := sampleRows(2)
	b := AppendRows(nil, in)
	b[0] = 3
	if out, err := DecodeRows(b); err == nil && reflect.DeepEqual(in, out) {
		t.Error("the new columns are read as if they were old")
	}
	old := goldenRows()
	b = AppendRows(nil, old)
	b[0] = 3
	if out, err := DecodeRows(b); err != nil || !reflect.DeepEqual(old, out) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, out, old)
	}
}

// The decoder believes a count only if so many rows could still follow; the
// least size of each row must therefore be true.
func TestLeastSizes(t *testing.T) {
	for _, c := range []struct {
		name        string
		least, size int
	}{
		{"session", minSession + 1, len(appendSession(nil, &SessionRow{}, &SessionRow{}))},
		{"visit", minVisit, len(appendVisit(nil, &VisitRow{}, &VisitRow{}))},
		{"signal", minSignal + 1, len(appendSignal(nil, &SignalRow{}, &SignalRow{}))},
		{"window", minWindow + 2, len(appendWindow(nil, &WindowRow{}, &WindowRow{}))},
		{"pane", minPane + 2, len(appendPane(nil, &PaneRow{}, &PaneRow{}))},
		{"late", minLate, len(appendLate(nil, &LateRow{}, &LateRow{}))},
		{"rejected", minRejected, len(appendRejected(nil, &RejectedRow{}, &RejectedRow{}))},
		{"pair", minPair, len(appendPair(nil, &Pair{}, &Pair{}))},
		{"count", minCount, len(appendCount(nil, &Count{}, &Count{}))},
		{"bucket", minBucket, len(appendBucket(nil, &Count32{}))},
		{"ref", minRef, len(appendRef(nil, &VisitRef{}, &VisitRef{}))},
		{"sums", minSums + 1, len(appendSums(nil, &Sums{}, &Sums{}))},
		{"position", minPosition, len(appendPosition(nil, &Position{}))},
	} {
		if c.least != c.size {
			t.Errorf("%s: least size is %d, believed %d", c.name, c.size, c.least)
		}
	}
	// Older progress rows had fewer counters, so only the fixed part is certain.
	if minProgress > len(appendProgress(nil, &ProgressRow{})) {
		t.Error("progress: least size is above that of an empty row")
	}
}

func TestHostileCountsStayCheap(t *testing.T) {
	hostile := append([]byte{rowsFormat}, bytes.Repeat([]byte{0xff}, 8)...)
	hostile = append(hostile, 0x7f)
	hostile = append(hostile, make([]byte, 1000)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := DecodeRows(hostile); err == nil {
		t.Fatal("a billion sessions in a kilobyte were read")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
		t.Fatalf("allocated %d bytes for 1,009 hostile ones", grown)
	}
}

func TestCountersGrow(t *testing.T) {
	var in, out event.Counters
	in.Consumed, in.Filtered, in.ByReason[1] = 5, 3, 2
	in.ByLimit[1] = 7
	older := []byte{2, 5, 3, 2, 0, 2, 2, 0, 7}
	n, err := DecodeCounters(older, &out)
	if err != nil || n != len(older) || out != in {
		t.Fatalf("older counters: %v, %d bytes, %+v", err, n, out)
	}
	if _, err := DecodeCounters([]byte{200}, &out); err == nil {
		t.Fatal("200 counters were read")
	}
	if n := reflect.TypeFor[event.Counters]().NumField() - 2; n != len(counterFields(&in)) {
		t.Fatalf("%d plain counters, %d encoded", n, len(counterFields(&in)))
	}
}

func FuzzDecodeRows(f *testing.F) {
	f.Add(AppendRows(nil, &Rows{}))
	f.Add(AppendRows(nil, sampleRows(2)))
	f.Add(AppendRows(nil, goldenRows()))
	f.Add(append([]byte{2}, AppendRows(nil, goldenRows())[1:]...)) // as format 2
	f.Add(append([]byte{3}, AppendRows(nil, goldenRows())[1:]...)) // as format 3
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRows(b)
		if err != nil {
			return
		}
		again, err := DecodeRows(AppendRows(nil, r))
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("what was read does not survive: %v", err)
		}
	})
}

// sampleRows are n rows of each kind with everyday contents.
func sampleRows(n int) *Rows {
	var r Rows
	id := event.DigestOf([]byte("session"))
	seg := []Pair{{"browser", "firefox"}, {"country", "de"}, {"device", "phone"}, {"os", "android"}}
	sig := []Count{{"rage_click", 1}, {"retry", 2}}
	sums := Sums{
		Visits: 120, Affected: 30, Pain: 14_400_000, PainSq: 6_912_000_000_000, Outcomes: [NumOutcomes]uint64{1, 90, 9, 10, 10},
		Stalled: 1, Signals: sig, DwellHist: []Count32{{3, 10}, {4, 50}, {5, 40}, {6, 20}},
	}
	const at = event.Millis(1_790_000_000_000)
	for range n {
		r.Sessions = append(r.Sessions, SessionRow{
			App: "shop", SessionID: id, User: "anonymous-4711", OpenedAt: at, StartedAt: at, EndedAt: at + 90_000,
			Events: 20, Pages: 6, EntryPage: "/", ExitPage: "/payment", Segments: seg, Signals: sig, Pain: 480_000,
		})
		r.Visits = append(r.Visits, VisitRow{
			App: "shop", Journey: "checkout", Step: "payment", StepIndex: 1, SessionID: id, User: "anonymous-4711",
			Attempt: 1, Visit: 2, EnteredAt: at, LeftAt: at + 20_000, Outcome: journey.Dropped, Segments: seg, Signals: sig, Pain: 480_000, Weights: "default-1",
		})
		r.Signals = append(r.Signals, SignalRow{
			App: "shop", SignalID: id, Kind: "rage_click", SessionID: id, User: "anonymous-4711", StartedAt: at,
			EndedAt: at + 900, Count: 4, Page: "/payment", Target: "pay", EventIDs: []string{"a1", "a2", "a3", "a4"},
			Visits: []VisitRef{{"checkout", "payment", 1, 2}, {"site", "/payment", 1, 3}}, RuleVersion: "1", Segments: seg,
		})
		r.Windows = append(r.Windows, WindowRow{App: "shop", Journey: "checkout", Step: "payment", StepIndex: 1, WindowStart: at, Size: 300_000, Sums: sums, Weights: "default-1"})
		r.Panes = append(r.Panes, PaneRow{
			App: "shop", Journey: "checkout", Step: "payment", StepIndex: 1, Dimension: "os", Value: "android", PaneStart: at,
			Size: 60_000, Sums: sums, Weights: "default-1",
		})
		r.Late = append(r.Late, LateRow{Topic: "clicks", Offset: 4711, RecordTime: at, EventTime: at - 9_000_000, App: "shop", User: "u", Type: "click", Page: "/", LateBy: 7000})
		r.Rejected = append(r.Rejected, RejectedRow{Topic: "clicks", Offset: 4712, RecordTime: at, Reason: "malformed", Detail: "byte 17: want a value", Bytes: 311})
		r.Progress = append(r.Progress, ProgressRow{Birth: 1, Epoch: 99, Watermark: at, WallClock: at, Positions: []Position{{"clicks", 4713, 4800, at}}})
	}
	return &r
}

func BenchmarkAppendRows(b *testing.B) {
	r := sampleRows(1000)
	buf := AppendRows(nil, r)
	rows := 8 * 1000
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendRows(buf[:0], r)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}

func BenchmarkDecodeRows(b *testing.B) {
	buf := AppendRows(nil, sampleRows(1000))
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeRows(buf); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*8000), "ns/row")
}
