package score

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

func drawSums(t *rapid.T) Sums {
	var s Sums
	few := rapid.Uint64Range(0, 3)
	for _, v := range []*uint64{&s.Visits, &s.Late, &s.Affected, &s.Pain, &s.PainSq, &s.Stalled} {
		*v = few.Draw(t, "number")
	}
	for i := range s.Outcomes {
		s.Outcomes[i] = few.Draw(t, "outcome")
	}
	names := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.ID[string]).Draw(t, "signals")
	slices.Sort(names)
	for _, name := range names {
		s.Signals = append(s.Signals, Count{name, 1 + few.Draw(t, "n")})
	}
	buckets := rapid.SliceOfDistinct(rapid.Uint8Range(0, 4), rapid.ID[uint8]).Draw(t, "buckets")
	slices.Sort(buckets)
	for _, b := range buckets {
		s.DwellHist = append(s.DwellHist, Count32{b, 1 + uint32(few.Draw(t, "n"))})
	}
	return s
}

// numbers is sums as a map, in which two are easy to add.
func numbers(s *Sums) map[string]uint64 {
	m := map[string]uint64{"visits": s.Visits, "late": s.Late, "affected": s.Affected, "pain": s.Pain, "squares": s.PainSq, "stalled": s.Stalled}
	for i, n := range s.Outcomes {
		m[fmt.Sprint("outcome ", i)] = n
	}
	for _, c := range s.Signals {
		m["signal "+c.Name] = c.N
	}
	for _, c := range s.DwellHist {
		m[fmt.Sprint("bucket ", c.Bucket)] = uint64(c.N)
	}
	return m
}

func TestSumsOfTwoTasksAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawSums(t), drawSums(t)
		before := numbers(&a)
		want := maps.Clone(before)
		for name, n := range numbers(&b) {
			want[name] += n
		}
		sum := a.Plus(&b)
		if got := numbers(&sum); !maps.Equal(got, want) || !maps.Equal(numbers(&a), before) {
			t.Fatalf("%v and %v make %v, want %v", before, numbers(&b), got, want)
		}
		sorted := slices.IsSortedFunc(sum.DwellHist, func(x, y Count32) int { return int(x.Bucket) - int(y.Bucket) })
		if !sorted || !slices.IsSortedFunc(sum.Signals, func(x, y Count) int { return int(x.Name[0]) - int(y.Name[0]) }) {
			t.Fatalf("not in order: %+v", sum)
		}
	})
}

func TestProgressSaysWhatIsBehind(t *testing.T) {
	r := &ProgressRow{Positions: []Position{{"a", 10, 15, 0}, {"b", 7, 7, 0}, {"c", 9, 4, 0}}}
	if r.Lag() != 5 {
		t.Errorf("lag %d, want 5", r.Lag())
	}
	r.Counters = event.Counters{Consumed: 100, Filtered: 1, Rejected: 2, Late: 3, Duplicates: 4, Capped: 5, Pending: 6, InSessions: 79}
	if n := r.Unaccounted(); n != 0 {
		t.Errorf("%d unaccounted, want 0", n)
	}
	r.Counters.Consumed++
	if n := r.Unaccounted(); n != 1 {
		t.Errorf("%d unaccounted, want 1", n)
	}
	if r.Reasons() != nil {
		t.Errorf("reasons of nothing: %v", r.Reasons())
	}
	r.Counters.ByReason[event.Late], r.Counters.ByReason[event.Malformed] = 3, 2
	want := []Count{{event.Malformed.String(), 2}, {event.Late.String(), 3}}
	if event.Late < event.Malformed {
		slices.Reverse(want)
	}
	if got := r.Reasons(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Halves are rounded up, also where the product of the weights is a little less than a half in binary.
func TestPainIsRoundedToMillionths(t *testing.T) {
	for _, c := range []struct {
		weights map[string]Weight
		n       uint16
		want    uint32
	}{
		{map[string]Weight{"retry": {.5, 3}}, 1, 500_000},
		{map[string]Weight{"retry": {.5, 3}}, 3, 875_000},
		{map[string]Weight{"retry": {.5, 3}}, 9, 875_000}, // the cap
		{map[string]Weight{"retry": {.2, 9}}, 2, 360_000},
		{map[string]Weight{"retry": {.0000005, 1}}, 1, 1}, // half a millionth
		{map[string]Weight{"retry": {.0000004, 1}}, 1, 0},
		{map[string]Weight{"retry": {.3333335, 1}}, 1, 333_334},
		{map[string]Weight{}, 5, 0},
	} {
		config := DefaultConfig()
		config.Weights = c.weights
		w := config.weights()
		if got := w.Pain([]journey.SignalCount{{Kind: kindOf(t, "retry"), N: c.n}}); got != c.want {
			t.Errorf("%d of %v: %d, want %d", c.n, c.weights, got, c.want)
		}
	}
	for pain, want := range map[uint32]uint64{0: 0, 707: 0, 708: 1, Million: Million, 480_000: 230_400, 1_000: 1, 1_224: 1, 1_225: 2} {
		if got := squared(pain); got != want {
			t.Errorf("%d squared is %d, want %d", pain, got, want)
		}
	}
}

// Of a kind there are more than the weights have: another program wrote it.
func TestUnknownKindsWeighNothing(t *testing.T) {
	w := DefaultConfig().weights()
	if got := w.Pain([]journey.SignalCount{{Kind: 200, N: 3}}); got != 0 {
		t.Errorf("pain %d", got)
	}
}

func TestDecoderRefusesWhatIsCutShort(t *testing.T) {
	for name, read := range map[string]func(*decoder){
		"text":         func(d *decoder) { d.str() },
		"changed text": func(d *decoder) { d.changed("before") },
		"number":       func(d *decoder) { d.uvarint() },
		"time":         func(d *decoder) { d.time() },
		"byte":         func(d *decoder) { d.byte() },
		"id":           func(d *decoder) { d.digest() },
		"list":         func(d *decoder) { list(d, 1, func(d *decoder, b *byte) { *b = d.byte() }) },
		"small number": func(d *decoder) { number[uint16](d) },
	} {
		for _, b := range [][]byte{{}, {0x80}, {0xff, 0xff, 0xff, 0xff, 0x7f}} {
			if name == "byte" && len(b) > 0 || (name == "number" || name == "time") && len(b) == 5 {
				continue // complete
			}
			d := &decoder{b: b, text: string(b), format: rowsFormat}
			if read(d); d.err == nil {
				t.Errorf("%s of %v was read", name, b)
			}
		}
	}
	for _, size := range []int{2, 3, 4} { // bytes that follow a text of three
		b := append([]byte{3}, []byte("abcd")[:size]...)
		d := &decoder{b: b, text: string(b), format: rowsFormat}
		got := d.str()
		if whole := size >= 3; (d.err == nil) != whole || whole && got != "abc" || whole && d.pos != 4 {
			t.Errorf("%q of %d bytes: %v", got, size, d.err)
		}
	}
	for _, n := range []byte{2, 3} { // entries of two bytes each in four
		b := []byte{n, 1, 2, 3, 4}
		d := &decoder{b: b, text: string(b), format: rowsFormat}
		got := list(d, 2, func(d *decoder, v *[2]byte) { v[0], v[1] = d.byte(), d.byte() })
		if (d.err == nil) != (n == 2) || n == 2 && !reflect.DeepEqual(got, [][2]byte{{1, 2}, {3, 4}}) {
			t.Errorf("%d entries: %v, %v", n, got, d.err)
		}
	}
}

func kindOf(t *testing.T, name string) uint8 {
	t.Helper()
	k, ok := signals.KindOf(name)
	if !ok {
		t.Fatalf("no signal %s", name)
	}
	return uint8(k)
}
