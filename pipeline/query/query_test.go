package query_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/query"
	"friction/pipeline/score"
)

var noon = time.Date(2026, 8, 20, 12, 0, 0, 0, time.UTC)

// window is a row of one task; pain is that of each hurt visit, in millionths.
func window(journey, step string, index uint8, start time.Time, visits, hurt, pain uint64) score.WindowRow {
	w := score.WindowRow{
		App: "shop", Journey: journey, Step: step, StepIndex: index, WindowStart: event.Millis(start.UnixMilli()), Size: 300_000, Weights: "w",
		Sums: score.Sums{Visits: visits, Affected: hurt, Pain: hurt * pain, PainSq: hurt * pain * pain / 1_000_000},
	}
	if hurt > 0 {
		w.Sums.Signals = []score.Count{{Name: "retry", N: hurt}}
	}
	return w
}

func stamp(task uint16, version uint64) score.Stamp {
	return score.Stamp{Group: "g", Run: "1", Task: task, Version: version, Tasks: 2, Settle: 1_860_000}
}

func opened(t *testing.T, d *testcluster.Database) *query.Reader {
	t.Helper()
	r, err := query.Open(query.Config{DSN: d.DSN, Database: d.Name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestReader(t *testing.T) {
	d := server.Database(t)
	r := opened(t, d)
	none, err := r.Totals(t.Context(), "g")
	if err != nil || !reflect.DeepEqual(none, query.Totals{}) || none.Complete() || none.Behind() != 0 {
		t.Errorf("an empty database says %+v, %v", none, err)
	}
	fill(d)
	t.Run("latest steps", func(t *testing.T) { latestSteps(t, r) })
	t.Run("history", func(t *testing.T) { history(t, r) })
	t.Run("series", func(t *testing.T) { series(t, r) })
	t.Run("totals", func(t *testing.T) { totals(t, d, r) })
}

// fill writes two tasks. Both know payment; only the first knows cart, which has few visits lately.
func fill(d *testcluster.Database) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for task := range uint16(2) {
		rows := &score.Rows{Windows: []score.WindowRow{
			window("checkout", "payment", 2, at(-3), 20, 10, 500_000),
			window("checkout", "payment", 2, at(-1), 9, 9, 500_000), // too young for Open = 1 min at noon + 30 s … and 18 visits in all
			window("checkout", "payment", 2, at(-2), 4, 0, 0),       // 8 in all: too few
			window("site", "/", 0, at(-2), 100, 100, 500_000),
		}}
		for i := range 30 { // of history: scores of 1 and 3, one by one
			rows.Windows = append(rows.Windows, window("checkout", "payment", 2, at(-60+i), 50, 1+2*uint64(i%2), 500_000))
		}
		for i, value := range []string{"", "phone", "desk"} {
			p := score.PaneRow{App: "shop", Journey: "checkout", Step: "payment", StepIndex: 2, PaneStart: event.Millis(at(-8).UnixMilli()), Size: 60_000, Weights: "w"}
			if i > 0 {
				p.Dimension, p.Value = "device", value
			}
			p.Sums.Visits = uint64([]int{7, 4, 3}[i])
			rows.Panes = append(rows.Panes, p)
		}
		if task == 0 {
			rows.Windows = append(rows.Windows, window("checkout", "cart", 0, at(-20), 5, 0, 0), window("checkout", "cart", 0, at(-2), 1, 1, 500_000))
		}
		d.Insert(stamp(task, 2), rows)
	}
	old := &score.Rows{Windows: []score.WindowRow{window("checkout", "payment", 2, at(-3), 999, 0, 0)}}
	d.Insert(stamp(0, 1), old) // an older version, which came later
}

func latestSteps(t *testing.T, r *query.Reader) {
	ask := query.LatestSteps{App: "shop", Journeys: []string{"checkout", "sign-up"}, Until: noon.Add(-30 * time.Second), Open: time.Minute, MinVisits: 10}
	got, err := r.LatestSteps(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("got %+v", got)
	}
	cart, payment := got[0], got[1]
	if cart.Step != "cart" || cart.Visits != 1 || cart.EnoughToSay || cart.ScoreLow != nil || !cart.Start.Equal(noon.Add(-2*time.Minute)) || !cart.LowSample {
		t.Errorf("cart, of which no window has enough visits, is its latest: got %+v", cart)
	}
	// 40 visits in two tasks, of which 20 hurt by half: mean 25, sd of {0, 50} half and half with n - 1
	se := math.Sqrt(25 * 25 * 40 / 39. / 40)
	switch {
	case payment.Step != "payment" || payment.Index != 2 || payment.App != "shop" || payment.Journey != "checkout":
		t.Errorf("got %+v", payment)
	case !payment.Start.Equal(noon.Add(-3*time.Minute)) || payment.Size != 5*time.Minute:
		t.Errorf("the window of payment with enough visits begins at 11:57, got %v for %v", payment.Start, payment.Size)
	case payment.Visits != 40 || !payment.EnoughToSay || payment.LowSample || payment.Signals["retry"] != 20 || payment.Score != 25:
		t.Errorf("got %+v", payment)
	case payment.ScoreLow == nil || math.Abs(*payment.ScoreLow-(25-1.96*se)) > 1e-6:
		t.Errorf("score_low %v, want %v", *payment.ScoreLow, 25-1.96*se)
	}
	ask.Until = noon.Add(10 * time.Second) // now the window of 11:59 is old enough
	if got, err = r.LatestSteps(t.Context(), ask); err != nil || len(got) != 2 || got[1].Visits != 18 || got[1].Score != 50 {
		t.Errorf("%v, got %+v", err, got)
	}
	ask.App = "other"
	if got, err = r.LatestSteps(t.Context(), ask); err != nil || len(got) != 0 {
		t.Errorf("%v, got %+v", err, got)
	}
	if _, err := r.LatestSteps(t.Context(), query.LatestSteps{}); err == nil {
		t.Error("a question without journeys was answered")
	}
}

func history(t *testing.T, r *query.Reader) {
	ask := query.StepHistory{Journeys: []string{"checkout"}, From: noon.Add(-2 * time.Hour), To: noon.Add(-30 * time.Minute), MinVisits: 10}
	got, err := r.StepHistory(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	// windows from 11:00 to 11:25 lie before 11:30: 26 of them, 13 of score 1 and 13 of score 3
	want := query.Usual{StepName: query.StepName{Journey: "checkout", Step: "payment"}, Windows: 26, Mean: 2, SD: math.Sqrt(26. / 25)}
	if len(got) != 1 || got[0].StepName != want.StepName || got[0].Windows != want.Windows || math.Abs(got[0].Mean-want.Mean) > 1e-9 || math.Abs(got[0].SD-want.SD) > 1e-9 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ask.From, ask.To = noon.Add(-time.Hour), noon.Add(-55*time.Minute)
	if got, err := r.StepHistory(t.Context(), ask); err != nil || len(got) != 1 || got[0].Windows != 1 || got[0].SD != 0 {
		t.Errorf("%v; of one window the deviation is 0, got %+v", err, got)
	}
	if _, err := r.StepHistory(t.Context(), query.StepHistory{}); err == nil {
		t.Error("a question without bounds was answered")
	}
}

func series(t *testing.T, r *query.Reader) {
	ask := query.StepSeries{Journeys: []string{"checkout"}, From: noon.Add(-10 * time.Minute), To: noon}
	got, err := r.StepSeries(t.Context(), ask)
	if err != nil || len(got) != 4 {
		t.Fatalf("%v; got %+v", err, got)
	}
	if w := got[1]; w.Step != "payment" || !w.Start.Equal(noon.Add(-3*time.Minute)) || w.Size != 5*time.Minute || w.Visits != 40 || w.Affected != 20 || w.Score != 25 ||
		w.PainSum != 10_000_000 || w.PainSqSum != 5_000_000 || w.Signals["retry"] != 20 {
		t.Errorf("got %+v", w)
	}
	ask.Size = 10 * time.Minute // of panes
	if got, err = r.StepSeries(t.Context(), ask); err != nil || len(got) != 1 || got[0].Visits != 14 || got[0].Size != 10*time.Minute || !got[0].Start.Equal(noon.Add(-10*time.Minute)) {
		t.Errorf("%v; got %+v", err, got)
	}
	ask.OnTime = true
	if got, err = r.StepSeries(t.Context(), ask); err != nil || len(got) != 1 || got[0].Visits != 14 {
		t.Errorf("%v; on time got %+v", err, got)
	}
	ask.Dimension = "device"
	if got, err = r.StepSeries(t.Context(), ask); err != nil || len(got) != 2 || got[0].Visits != 6 {
		t.Errorf("%v; on time got %+v", err, got)
	}
	ask.OnTime = false
	if got, err = r.StepSeries(t.Context(), ask); err != nil || len(got) != 2 || got[0].Value != "desk" || got[0].Visits != 6 || got[1].Value != "phone" || got[1].Dimension != "device" {
		t.Errorf("%v; got %+v", err, got)
	}
	ask.Values = 1
	if got, err = r.StepSeries(t.Context(), ask); err != nil || len(got) != 2 || got[0].Value != "other" || got[0].Visits != 6 || got[1].Value != "phone" {
		t.Errorf("%v; got %+v", err, got)
	}
	for _, wrong := range []query.StepSeries{
		{}, {Journeys: ask.Journeys, From: ask.From, To: ask.To, Dimension: "device"}, {Journeys: ask.Journeys, From: ask.From, To: ask.To, OnTime: true}, {Journeys: ask.Journeys, From: ask.From, To: ask.To, Size: time.Millisecond},
	} {
		if _, err := r.StepSeries(t.Context(), wrong); err == nil {
			t.Errorf("%+v was answered", wrong)
		}
	}
}

func totals(t *testing.T, d *testcluster.Database, r *query.Reader) {
	row := func(watermark, wall time.Time, consumed uint64) *score.Rows {
		p := score.ProgressRow{
			Watermark: event.Millis(watermark.UnixMilli()), WallClock: event.Millis(wall.UnixMilli()), Open: 3,
			Positions: []score.Position{{Topic: "a", Next: 10, End: 15}, {Topic: "b", Next: 7, End: 7}},
		}
		p.Counters.Consumed, p.Counters.Rejected, p.Counters.Late, p.Counters.InSessions = consumed, 1, 2, consumed-3
		p.Counters.SessionsOpened, p.Counters.SessionsClosed = 8, 5
		return &score.Rows{Progress: []score.ProgressRow{p}}
	}
	d.Insert(stamp(0, 3), row(noon, noon.Add(12*time.Second), 100))
	one, err := r.Totals(t.Context(), "g")
	if err != nil || one.Complete() || !one.Until.IsZero() || one.Tasks != 1 || one.Expected != 2 || one.Consumed != 100 {
		t.Errorf("one of two tasks has reported: %+v, %v", one, err)
	}
	d.Insert(stamp(1, 3), row(noon.Add(time.Second), noon.Add(13*time.Second), 200))
	d.Insert(score.Stamp{Group: "other", Run: "1", Version: 1, Tasks: 1}, row(noon, noon, 9999))
	both, err := r.Totals(t.Context(), "g")
	if err != nil {
		t.Fatal(err)
	}
	want := query.Totals{
		Tasks: 2, Expected: 2, Until: noon, Written: noon.Add(13 * time.Second), Consumed: 300, Rejected: 2, Late: 4, InSessions: 294,
		SessionsOpened: 16, SessionsClosed: 10, SessionsOpen: 6, Lag: 10,
	}
	both.Until, both.Written = both.Until.UTC(), both.Written.UTC()
	if !reflect.DeepEqual(both, want) {
		t.Errorf("got %+v\nwant %+v", both, want)
	}
	if !both.Complete() || both.Behind() != 13*time.Second {
		t.Errorf("complete %v, behind %v", both.Complete(), both.Behind())
	}
}

func TestOpenRefusesWithoutShowingSecrets(t *testing.T) {
	for _, c := range []query.Config{
		{DSN: "http://bob:hunter2@h:8123", Database: "x; DROP"},
		{DSN: "http://bob:hunter2@h:8123?dial_timeout=never", Database: "friction"},
		{DSN: "://hunter2", Database: "friction"},
	} {
		r, err := query.Open(c)
		if err == nil {
			_ = r.Close()
			t.Errorf("%+v was opened", c)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the password is shown: %v", err)
		}
	}
	r, err := query.Open(query.Config{DSN: "https://h:8443", Database: "friction"})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
}

// Nobody is there: the error says what was asked, and comes at once.
func TestServerThatIsNotThere(t *testing.T) {
	r, err := query.Open(query.Config{DSN: "http://127.0.0.1:1", Database: "friction", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Totals(t.Context(), "g"); err == nil || !strings.Contains(err.Error(), "read the totals") {
		t.Errorf("got %v", err)
	}
}
