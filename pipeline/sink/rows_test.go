package sink

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

func ms(n int64) event.Millis { return event.Millis(n) }

// day is a fixed moment, 2026-03-01 12:00:00 UTC, in ms.
const day = 1_772_366_400_000

type rowsRNG struct{ *rand.Rand }

func newRNG(seed uint64) rowsRNG { return rowsRNG{rand.New(rand.NewPCG(seed, 1))} }

func (r rowsRNG) word(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, r.IntN(n)) }

// nasty is text that must survive quoting.
func (r rowsRNG) nasty() string {
	list := []string{"", "plain", "it's \"quoted\"", "back\\slash", "tab\there", "line\nbreak", "ünïcödé → 漢字 🎉", "\x01\x1f", "a/b?c=d&e", "null", "{}"}
	return list[r.IntN(len(list))]
}

func (r rowsRNG) digest() (d [16]byte) {
	for i := range d {
		d[i] = byte(r.Uint32())
	}
	return d
}

func (r rowsRNG) counts() []score.Count {
	var out []score.Count
	for _, kind := range []string{"dead_click", "drop_off", "error_click", "rage_click", "retry"} {
		if r.IntN(2) == 0 {
			out = append(out, score.Count{Name: kind, N: uint64(1 + r.IntN(9))})
		}
	}
	return out
}

func (r rowsRNG) segments() []score.Pair {
	var out []score.Pair
	for _, name := range []string{"browser", "country", "device"} {
		if r.IntN(3) > 0 {
			out = append(out, score.Pair{Name: name, Value: r.nasty()})
		}
	}
	return out
}

// sums are those of n visits that could have been.
func (r rowsRNG) sums() score.Sums {
	var s score.Sums
	n := 1 + r.IntN(80)
	buckets := map[uint8]uint32{}
	for range n {
		s.Visits++
		outcome := r.IntN(int(score.NumOutcomes))
		s.Outcomes[outcome]++
		if outcome == 0 && r.IntN(2) == 0 {
			s.Stalled++
		}
		if outcome != 0 {
			buckets[uint8(r.IntN(score.NumDwellBuckets))]++
		}
		if r.IntN(3) == 0 {
			pain := uint64(1 + r.IntN(1_000_000))
			s.Affected++
			s.Pain += pain
			s.PainSq += (pain*pain + 500_000) / 1_000_000
		}
	}
	for b, k := range buckets {
		if k > 0 {
			s.DwellHist = append(s.DwellHist, score.Count32{Bucket: b, N: k})
		}
	}
	slices.SortFunc(s.DwellHist, func(a, b score.Count32) int { return int(a.Bucket) - int(b.Bucket) })
	s.Signals = r.counts()
	return s
}

// rows makes n rows of each kind, no key twice, for one task.
func (r rowsRNG) rows(n int) *score.Rows {
	out := &score.Rows{}
	for i := range n {
		at := day + int64(r.IntN(40*86_400_000))
		left, outcome := int64(never), score.Outcome(0)
		if r.IntN(3) > 0 {
			left, outcome = at+int64(r.IntN(3_600_000)), score.Outcome(1+r.IntN(int(score.NumOutcomes)-1))
		}
		journey := []string{"checkout", "site"}[r.IntN(2)]
		out.Sessions = append(out.Sessions, score.SessionRow{
			App: r.word("app", 3), SessionID: r.digest(), User: r.nasty(), Account: r.nasty(), Client: r.nasty(),
			OpenedAt: ms(at), StartedAt: ms(at - int64(r.IntN(1000))), EndedAt: ms(at + int64(r.IntN(1_000_000))),
			Events: r.Uint32(), Pages: r.Uint32(), Duplicates: 1, Capped: 2, LateJoined: 3, ClockAhead: 4, ClockOffset: -5,
			EntryPage: r.nasty(), ExitPage: r.nasty(), Segments: r.segments(), Signals: r.counts(), Pain: r.Uint32N(1_000_001),
		})
		out.Visits = append(out.Visits, score.VisitRow{
			App: r.word("app", 3), Journey: journey, Step: r.nasty(), StepIndex: uint8(r.IntN(256)), SessionID: r.digest(), User: r.nasty(),
			Attempt: uint16(r.IntN(65536)), Visit: uint16(r.IntN(65536)), EnteredAt: ms(at), LeftAt: ms(left), Outcome: outcome,
			Stalled: r.IntN(2) == 0, EnteredMidway: r.IntN(2) == 0, Skipped: r.IntN(2) == 0,
			Segments: r.segments(), Signals: r.counts(), Pain: r.Uint32N(1_000_001), Weights: "w1",
		})
		out.Signals = append(out.Signals, score.SignalRow{
			App: r.word("app", 3), SignalID: r.digest(), Kind: "retry", SessionID: r.digest(), User: r.nasty(), StartedAt: ms(at),
			EndedAt: ms(at + 5), Count: r.Uint32(), Page: r.nasty(), Target: r.nasty(), Op: r.nasty(), Outcome: r.nasty(), EventIDs: []string{r.nasty(), "e"}[:r.IntN(3)],
			Visits:     []score.VisitRef{{Journey: "site", Step: r.nasty(), Attempt: 1, Visit: 2}, {Journey: "checkout", Step: "x", Attempt: 3, Visit: 4}}[:r.IntN(3)],
			AbsorbedBy: r.nasty(), RuleVersion: "r1", Segments: r.segments(),
		})
		out.Windows = append(out.Windows, score.WindowRow{
			App: "shop", Journey: journey, Step: r.word("step", 4), StepIndex: 3, WindowStart: ms(day + int64(i)*60_000), Size: 300_000, Sums: r.sums(), Weights: "w1",
		})
		pane := score.PaneRow{
			App: "shop", Journey: journey, Step: r.word("step", 4), StepIndex: 3, PaneStart: ms(day + int64(i)*60_000), Size: 60_000, Sums: r.sums(), Weights: "w1",
		}
		if r.IntN(2) == 0 {
			pane.Dimension, pane.Value = "device", r.nasty()
		}
		out.Panes = append(out.Panes, pane)
		out.Late = append(out.Late, score.LateRow{
			Topic: "clicks", Offset: int64(i), RecordTime: ms(at), EventTime: ms(at - 9_000_000), App: "shop", User: r.nasty(), Type: "click",
			Page: r.nasty(), EventID: r.nasty(), LateBy: ms(int64(r.IntN(100_000))),
		})
		out.Rejected = append(out.Rejected, score.RejectedRow{
			Topic: "telemetry", Offset: math.MaxInt64 - int64(i), RecordTime: ms(at), Reason: "malformed", Detail: r.nasty(), Bytes: r.Uint32(),
		})
	}
	p := score.ProgressRow{
		Birth: 2, Epoch: 99, Watermark: ms(day + 20*60_000), RowsUntil: ms(day + 20*60_000), WallClock: ms(day + 21*60_000),
		Positions: []score.Position{{Topic: "clicks", Next: 10, End: 17, TopicTime: ms(day)}, {Topic: "telemetry", Next: 5, End: 5, TopicTime: ms(day + 1)}},
		Open:      12, StateBytes: 4096, Config: "c1",
	}
	p.Counters.Consumed, p.Counters.Late, p.Counters.InSessions, p.Counters.ByReason[1] = 10, 3, 6, 2
	out.Progress = []score.ProgressRow{p}
	return out
}

// views are what WriteNDJSON writes, by table.
func linesByTable(t testing.TB, s score.Stamp, rows *score.Rows) map[string][]map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := WriteNDJSON(&b, s, rows); err != nil {
		t.Fatal(err)
	}
	out := map[string][]map[string]any{}
	for _, line := range decodeLines(t, b.String()) {
		name := line["table"].(string)
		delete(line, "table")
		out[name] = append(out[name], line)
	}
	return out
}

// canonical sorts objects by their text, numbers rounded to 12 digits.
func canonical(t testing.TB, list []map[string]any) []string {
	t.Helper()
	var out []string
	for _, m := range list {
		b, err := json.Marshal(rounded(m))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	sort.Strings(out)
	return out
}

func rounded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = rounded(v[k])
		}
	case []any:
		for i := range v {
			v[i] = rounded(v[i])
		}
	case json.Number:
		if f, err := v.Float64(); err == nil && strings.ContainsAny(v.String(), ".eE") {
			return fmt.Sprintf("%.12g", f)
		}
		return v.String()
	}
	return v
}

func compareLists(t testing.TB, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s, row %d:\ngot  %s\nwant %s", what, i, got[i], want[i])
		}
	}
}

func TestViewsAndLinesAgree(t *testing.T) {
	s := migrated(t)
	if err := s.Register(t.Context(), "g", "r1"); err != nil {
		t.Fatal(err)
	}
	rows := newRNG(1).rows(300)
	stamp := score.Stamp{Group: "g", Run: "r1", Task: 7, Version: score.Version(2, 99), Tasks: 1, Settle: 600_000}
	if err := s.Insert(t.Context(), []Batch{{stamp, rows}}); err != nil {
		t.Fatal(err)
	}
	for name, want := range linesByTable(t, stamp, rows) {
		got := objects(t, s, "SELECT * FROM db."+name)
		for _, m := range got {
			delete(m, "ingested_at")
		}
		compareLists(t, name, canonical(t, got), canonical(t, want))
	}
}
