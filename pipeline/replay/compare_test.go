package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/embedded"
	"friction/pipeline/event"
	"friction/pipeline/files"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// replayed is what a replay wrote, as far as a comparison speaks of it.
type replayed struct {
	visits  map[string]int     // by step
	score   map[string]float64 // sum, by step
	signals map[string]string  // those that count: the kind and steps of each, by what makes it the same
}

func replayOf(t *testing.T, w *shoptest.Shop, rules *rules.Rules) replayed {
	t.Helper()
	var out bytes.Buffer
	open := func(...*decode.Decoder) (files.Records, error) { return w.Merged(), nil }
	if _, err := Run(t.Context(), Options{Rules: rules, Past: FilePast(open), Rows: &out}); err != nil {
		t.Fatal(err)
	}
	r := replayed{map[string]int{}, map[string]float64{}, map[string]string{}}
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		var row struct {
			Table, Journey, Step, Kind, User, Target, Op string
			AbsorbedBy                                   string `json:"absorbed_by"`
			StartedAt                                    string `json:"started_at"`
			Score                                        float64
			EventIDs                                     []string        `json:"event_ids"`
			Visits                                       json.RawMessage // a number or a list, as the table has it
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch {
		case row.Table == "step_visits":
			r.visits[row.Journey+"/"+row.Step]++
			r.score[row.Journey+"/"+row.Step] += row.Score
		case row.Table == "signals" && row.AbsorbedBy == "":
			name := fmt.Sprint(row.Kind, row.User, row.Target, row.Op, row.StartedAt, row.EventIDs[:min(1, len(row.EventIDs))])
			if row.Kind == "drop_off" {
				name += string(row.Visits)
			}
			r.signals[name] = row.Kind + writtenSteps(t, row.Visits)
		}
	}
	return r
}

// writtenSteps are the steps in a signal's visits, each once and sorted.
func writtenSteps(t *testing.T, visits json.RawMessage) string {
	t.Helper()
	var list []struct{ Journey, Step string }
	if err := json.Unmarshal(visits, &list); err != nil {
		t.Fatalf("%v: %s", err, visits)
	}
	steps := map[string]bool{}
	for _, v := range list {
		steps[" "+v.Journey+"/"+v.Step] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(steps)), "")
}

// linesOf are the rows that a replay writes, sorted, but for where records lie and how many tasks there were.
func linesOf(t *testing.T, rules *rules.Rules, past Past) []string {
	t.Helper()
	var out bytes.Buffer
	if _, err := Run(t.Context(), Options{Rules: rules, Past: past, Rows: &out}); err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, `"table":"sessions"`) || strings.Contains(line, `"table":"step_`) || strings.Contains(line, `"table":"signals"`) {
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "is not " + b[i]
		}
	}
	return "some are missing"
}

// What is compared in one pass is what two replays leave.
func TestComparisonIsTheDifferenceOfTwoReplays(t *testing.T) {
	w := shoptest.New(t, 4)
	other := w.Rules.Engine
	other.Signals.RageClick.Clicks = 6
	other.Signals.QuickBack.Within = 20 * time.Second
	other.Signals.ErrorClick.Enabled = false
	other.Sessions.Gap = 20 * time.Minute
	changed, err := rules.New(other, w.Rules.Decode)
	if err != nil {
		t.Fatal(err)
	}
	open := func(...*decode.Decoder) (files.Records, error) { return w.Merged(), nil }
	got, err := Compare(t.Context(), CompareOptions{Before: w.Rules, After: changed, Past: FilePast(open), Examples: 2})
	if err != nil {
		t.Fatal(err)
	}
	one, two := replayOf(t, w, w.Rules), replayOf(t, w, changed)
	want := map[string][4]int{} // count before and after, gained, lost, by kind and step
	count := func(signals map[string]string, column int, but map[string]string) {
		for name, at := range signals {
			kind, steps, _ := strings.Cut(at, " ")
			if _, found := but[name]; found && but != nil {
				continue
			}
			for step := range strings.SplitSeq(steps, " ") {
				if step == "" {
					step = "/" // outside of all visits
				}
				n := want[kind+" "+step]
				n[column]++
				want[kind+" "+step] = n
			}
		}
	}
	count(one.signals, 0, nil)
	count(two.signals, 1, nil)
	count(two.signals, 2, one.signals)
	count(one.signals, 3, two.signals)
	moved := 0
	for _, s := range got.Steps {
		step := s.Journey + "/" + s.Step
		for side, r := range [2]replayed{one, two} {
			n := r.visits[step]
			if int(s.Visits[side]) != n || n > 0 && fmt.Sprintf("%.3f", *s.Score[side]) != fmt.Sprintf("%.3f", r.score[step]/float64(n)) {
				t.Errorf("%s, side %d: %d visits of score %v, want %d of %.3f", step, side, s.Visits[side], s.Score[side], n, r.score[step]/float64(n))
			}
		}
		for _, k := range s.Signals {
			n := [4]int{int(k.Count[Before]), int(k.Count[After]), int(k.Gained), int(k.Lost)}
			if n != want[k.Kind+" "+step] {
				t.Errorf("%s at %s: %v, want %v", k.Kind, step, n, want[k.Kind+" "+step])
			}
			if len(k.GainedAs) != min(2, n[2]) || len(k.LostAs) != min(2, n[3]) {
				t.Errorf("%s at %s has %d and %d examples", k.Kind, step, len(k.GainedAs), len(k.LostAs))
			}
			delete(want, k.Kind+" "+step)
			moved += n[2] + n[3]
		}
	}
	if len(want) > 0 || moved < 10 {
		t.Errorf("not told: %v; %d signals moved", want, moved)
	}
}

func TestComparingWithItselfChangesNothing(t *testing.T) {
	w := shoptest.New(t, 5)
	open := func(...*decode.Decoder) (files.Records, error) { return w.Merged(), nil }
	c, err := Compare(t.Context(), CompareOptions{Before: w.Rules, After: w.Rules, Past: FilePast(open), Examples: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Steps {
		if s.Changed() {
			t.Errorf("%s/%s changes: %+v", s.Journey, s.Step, s)
		}
	}
	if len(c.Steps) < 10 {
		t.Errorf("%d steps", len(c.Steps))
	}
}

func TestFormatsThatDifferCannotBeCompared(t *testing.T) {
	w := shoptest.New(t, 5)
	csv := w.Rules.Decode
	csv.Format, csv.Columns = decode.CSV, []string{"time", "user"}
	other, err := rules.New(w.Rules.Engine, csv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compare(t.Context(), CompareOptions{Before: w.Rules, After: other}); err == nil || !strings.HasPrefix(err.Error(), "input.format: ") {
		t.Error(err)
	}
}

// ids are made of the offset of a record in overdue sessions, which is another in a topic of several partitions.
var ids = regexp.MustCompile(`"(session_id|signal_id)":"[^"]*"`)

// withoutOffsets leaves such ids out of the lines.
func withoutOffsets(lines []string) []string {
	for i, line := range lines {
		if strings.Contains(line, `"user":"offline`) {
			lines[i] = ids.ReplaceAllString(line, "")
		}
	}
	slices.Sort(lines)
	return lines
}

// The history of topics, partition by partition, is what files of the same records
// are; a part of it is what its times say.
func TestComparisonOverTheHistoryOfTopics(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it starts Kafka")
	}
	w := shoptest.New(t, 6)
	broker, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Topics: map[string]int{simulate.Clickstream: 3, simulate.Telemetry: 3}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	s := &shoptest.Servers{Kafka: source.DefaultConfig()}
	s.Kafka.Brokers, s.Kafka.Topics = []string{broker.Addr()}, w.Topics
	s.Produce(t, w)
	compare := func(from, to time.Time) *Comparison {
		t.Helper()
		past, err := TopicPast(t.Context(), s.Kafka, from, to)
		if err != nil {
			t.Fatal(err)
		}
		defer past.Close()
		c, err := Compare(t.Context(), CompareOptions{Before: w.Rules, After: w.Rules, Past: past})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	all, one := compare(time.Time{}, time.Time{}), replayOf(t, w, w.Rules)
	if n := len(w.Records[w.Topics[0]]) + len(w.Records[w.Topics[1]]); int(all.Records) != n {
		t.Errorf("%d records read of %d", all.Records, n)
	}
	for _, s := range all.Steps {
		if n := one.visits[s.Journey+"/"+s.Step]; s.Changed() || int(s.Visits[Before]) != n {
			t.Errorf("%s/%s: %+v, want %d visits and no change", s.Journey, s.Step, s, n)
		}
	}
	past, err := TopicPast(t.Context(), s.Kafka, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	defer past.Close()
	files := FilePast(func(...*decode.Decoder) (files.Records, error) { return w.Merged(), nil })
	if here, there := withoutOffsets(linesOf(t, w.Rules, files)), withoutOffsets(linesOf(t, w.Rules, past)); !slices.Equal(here, there) {
		t.Errorf("%d lines of files, %d of topics, and they differ: %s", len(here), len(there), firstDifference(here, there))
	}
	list := w.Records[w.Topics[0]]
	from, to := list[len(list)/3].Time, list[len(list)/2].Time
	want := 0
	for _, records := range w.Records {
		for _, r := range records {
			if r.Time >= from && r.Time < to {
				want++
			}
		}
	}
	if part := compare(time.UnixMilli(int64(from)), time.UnixMilli(int64(to))); int(part.Records) != want {
		t.Errorf("%d records between two times, want %d", part.Records, want)
	}
	if none := compare(time.Now(), time.Time{}); none.Records != 0 || len(none.Steps) != 0 {
		t.Errorf("%+v after the end", none)
	}
}

// shelf holds the records of one batch.
type shelf struct{ records []event.Record }

func (s *shelf) Fetch(context.Context, string, int64) (*source.Batch, error) {
	return &source.Batch{Records: s.records, Next: 10, End: 10}, nil
}

// A record beyond the end is not read, and the batch that holds it is given back.
func TestHistoryEndsWhereItIsToldTo(t *testing.T) {
	f := &shelf{records: []event.Record{{Offset: 4, Time: 40}, {Offset: 5, Time: 50}, {Offset: 9, Time: 90}}}
	h := &history{fetcher: f, streams: []*stream{{topic: "a", next: 4, end: 6}, {topic: "b", next: 7, end: 7}}}
	var got []int64
	for {
		rec, err := h.next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rec.Offset)
	}
	if !slices.Equal(got, []int64{4, 5}) || !slices.Equal(h.ended(), []bool{true, true}) {
		t.Errorf("read %v, ended %v", got, h.ended())
	}
	_ = h.close()
}
