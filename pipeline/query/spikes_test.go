package query_test

import (
	"math"
	"testing"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/query"
	"friction/pipeline/score"
)

// paneOf is a minute of a step in which the share hurt of the visits hurt by half.
func paneOf(step string, at time.Time, visits, hurt uint64) score.PaneRow {
	p := score.PaneRow{App: "shop", Journey: "checkout", Step: step, PaneStart: event.Millis(at.UnixMilli()), Size: 60_000, Weights: "w"}
	p.Sums.Visits, p.Sums.Affected = visits, hurt
	p.Sums.Pain, p.Sums.PainSq = hurt*500_000, hurt*250_000
	return p
}

func TestSpikesByHand(t *testing.T) {
	d := server.Database(t)
	rows := &score.Rows{}
	add := func(step string, ago time.Duration, visits, hurt uint64) {
		rows.Panes = append(rows.Panes, paneOf(step, noon.Add(-ago), visits, hurt))
	}
	for i := 1; i <= 12; i++ { // windows of the last hour: scores 10 and 12
		add("pay", time.Duration(i)*5*time.Minute+time.Minute, 100, uint64(20+4*(i%2)))
		add("calm", time.Duration(i)*5*time.Minute+time.Minute, 100, uint64(20+4*(i%2)))
	}
	for i := range 30 { // at another time of day: 50
		add("pay", 3*time.Hour+time.Duration(i)*5*time.Minute, 100, 100)
	}
	add("pay", 7*time.Minute, 5, 5) // in the window before, 105 visits
	add("pay", 24*time.Hour, 5, 5)  // too few visits to count
	add("pay", time.Minute, 60, 36) // the current window: 100 visits, score 30
	add("pay", 5*time.Minute, 40, 24)
	add("calm", time.Minute, 100, 26)                       // 13: above the usual, not by 5
	add("new", time.Minute, 100, 100)                       // no history
	late := paneOf("pay", noon.Add(-time.Minute), 300, 300) // long after it happened
	late.Part = late.PaneStart + 60_000
	rows.Panes = append(rows.Panes, late)
	d.Insert(stamp(0, 2), rows)
	r := opened(t, d)
	q := query.Spikes{At: noon, Size: 5 * time.Minute, History: 48 * time.Hour, MinVisits: 20, All: true}
	got, err := r.Spikes(t.Context(), q)
	if err != nil || len(got) != 3 {
		t.Fatalf("%v, %+v", err, got)
	}
	by := map[string]query.Spike{}
	for _, s := range got {
		by[s.Step] = s
	}
	// the window before has 29 hurt of 105: 13.8; so the last hour is 6 × 10, 5 × 12 and 13.8, of which the median is 11
	pay := by["pay"]
	usual := 11.
	se := 25 * math.Sqrt(4*.6*.4*100/99./100) // sd of {0, 50}, 60 of 100
	spread := 1.4826
	switch {
	case pay.Visits != 100 || pay.Affected != 60 || math.Abs(pay.Score-30) > 1e-9 || pay.History != 12 || !pay.StandsOut || !pay.Start.Equal(noon.Add(-5*time.Minute)):
		t.Errorf("got %+v", pay)
	case math.Abs(pay.Usual-usual) > 1e-9 || math.Abs(pay.Spread-spread) > 1e-9 || math.Abs(pay.SE-se) > 1e-9 || math.Abs(pay.Deviations-19/math.Hypot(spread, se)) > 1e-9:
		t.Errorf("got %+v, want usual %v, spread %v, se %v", pay, usual, spread, se)
	}
	if s := by["calm"]; s.StandsOut || math.Abs(s.Above-2) > 1e-9 {
		t.Errorf("got %+v", s)
	}
	if s := by["new"]; s.StandsOut || s.History != 0 || s.Score != 50 {
		t.Errorf("a step without history stands out: %+v", s)
	}
	q.All = false
	if got, err = r.Spikes(t.Context(), q); err != nil || len(got) != 1 || got[0].Step != "pay" {
		t.Errorf("%v, %+v", err, got)
	}
	if _, err := r.Spikes(t.Context(), query.Spikes{}); err == nil {
		t.Error("spikes at no time were answered")
	}
}

func TestCompare(t *testing.T) {
	steps := func(n ...uint64) (all []query.FunnelStep) {
		for i, v := range n {
			all = append(all, query.FunnelStep{Number: uint8(i + 1), Visitors: v, OfFirst: float64(v) / float64(n[0])})
		}
		return all
	}
	// Newcombe's example: 56 of 70 against 48 of 80 gives 0.0524 to 0.3339
	got := query.Compare(steps(80, 48), steps(70, 56))
	if c := got[1]; math.Abs(c.Difference-.2) > 1e-9 || math.Abs(c.Low-.0524) > 5e-5 || math.Abs(c.High-.3339) > 5e-5 || !c.Significant || c.LowSample {
		t.Errorf("got %+v", c)
	}
	if c := query.Compare(steps(20, 2), steps(20, 18))[1]; c.Significant || !c.LowSample {
		t.Errorf("20 visitors prove something: %+v", c)
	}
	if c := query.Compare(steps(1000, 500), steps(1000, 510))[1]; c.Significant || c.Low > 0 || c.High < 0 {
		t.Errorf("a point in a thousand is significant: %+v", c)
	}
	if got := query.Compare(nil, steps(4, 2)); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if a := query.ChangesTable(got); len(a.Rows) != 2 || a.Column("significant") < 0 || a.Column("none") != -1 || len(a.Rows[0]) != len(a.Columns) {
		t.Errorf("got %+v", a)
	}
}
