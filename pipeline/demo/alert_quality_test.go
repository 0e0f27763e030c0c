package demo

import (
	"os"
	"slices"
	"testing"
	"time"

	"friction/pipeline/alert"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
)

// trial lets a simulated shop's records go through the engine and what comes out through the evaluator, as worker and alerter
// would, in the order of arrival.
type trial struct {
	r         *shopEngine
	evaluator *alert.Evaluator
	every     time.Duration
	next      time.Time // moment to be evaluated
	last      map[paneKey]score.PaneRow
	news      map[paneKey]bool // changed since the last evaluation
	names     []string         // of the journeys
	seen      []alert.Change
	at        []time.Time // arrival of what made them
}

// paneKey names a pane.
type paneKey struct {
	app, journey, step, dimension, value string
	start                                event.Millis
}

func newTrial(t *testing.T, start time.Time) *trial {
	c := alert.DefaultConfig()
	c.LostAfter = lostAfter
	return &trial{
		r: newShopEngine(t), evaluator: alert.NewEvaluator(c, time.Minute), every: c.EvaluateEvery, next: start, last: map[paneKey]score.PaneRow{}, news: map[paneKey]bool{},
		names: journeys(),
	}
}

// step processes what has arrived until now, and evaluates what is complete by then.
func (q *trial) step(shop *simulate.Shop, now time.Time) {
	e, d := q.r.engine, q.r.decoder
	for rec := range shop.Records(now) {
		in := event.Record{Offset: q.r.offset, Time: event.Millis(rec.Deliver.UnixMilli()), Key: []byte(rec.Key), Value: rec.Value}
		q.r.offset++
		if rec.Topic == simulate.Telemetry {
			in.Topic = 1
		}
		if why := d.Decode(&in, e.Slot()); why.Reason != event.Accepted {
			q.r.t.Fatalf("%v: %s", why, rec.Value)
		}
		e.Add(&in)
	}
	e.Advance(e.Reachable(nil))
	for done := false; !done; {
		done = e.Run()
		for _, p := range e.TakeRows().Panes {
			if slices.Contains(q.names, p.Journey) {
				k := paneKey{p.App, p.Journey, p.Step, p.Dimension, p.Value, p.PaneStart}
				q.last[k], q.news[k] = p, true
			}
		}
	}
	for ; !q.next.After(time.UnixMilli(int64(e.Emitted()))); q.next = q.next.Add(q.every) {
		q.evaluate(now)
	}
}

func (q *trial) evaluate(now time.Time) {
	end := event.Millis(q.next.UnixMilli())
	f := alert.Facts{At: q.next, Fresh: true}
	for k := range q.news {
		if p := q.last[k]; p.PaneStart < end {
			f.Panes = append(f.Panes, paneOf(&p))
			delete(q.news, k)
		}
	}
	if q.next.Second() == 0 { // visits are looked at again at the age at which they count as lost
		for k, p := range q.last {
			if p.Dimension == "" && p.PaneStart < end {
				f.Panes = append(f.Panes, paneOf(&p))
			}
			if p.PaneStart < end-event.Millis((lostAfter+2*time.Minute).Milliseconds()) && !q.news[k] {
				delete(q.last, k)
			}
		}
	}
	for _, c := range q.evaluator.Evaluate(f).Changes {
		q.seen, q.at = append(q.seen, c), append(q.at, now)
	}
}

func paneOf(p *score.PaneRow) alert.Pane {
	return alert.Pane{
		Series: alert.Series{StepName: alert.StepName{App: p.App, Journey: p.Journey, Step: p.Step}, Dimension: p.Dimension, Value: p.Value},
		Index:  int(p.StepIndex), Number: int64(p.PaneStart) / 60_000, Visits: float64(p.Sums.Visits), Affected: float64(p.Sums.Affected),
		Pain: float64(p.Sums.Pain) / 1e6, PainSq: float64(p.Sums.PainSq) / 1e6, Lost: float64(p.Sums.Outcomes[journey.Dropped] + p.Sums.Stalled),
	}
}

// The whole way, but for Kafka and ClickHouse: most of a day of the shop, with incidents. Each raises one alert soon, which is
// resolved when it is over; nothing else does. FRICTION_ALERT_QUALITY makes it a week.
func TestAlertsThroughTheEngine(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it simulates a day")
	}
	start := time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC)
	days := 1
	at := func(day, hour, minute int) time.Time {
		return start.Add(time.Duration(24*day+hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	incidents := []simulate.Incident{
		{Journey: "checkout", Step: "payment", First: at(0, 13, 2), Lasts: 25 * time.Minute},
		{Journey: "sign-up", Step: "verify", First: at(0, 17, 30), Lasts: 40 * time.Minute, Severity: .5},
	}
	until := at(0, 18, 40)
	if os.Getenv("FRICTION_ALERT_QUALITY") != "" {
		days, until = 7, at(6, 23, 55)
		incidents = append(incidents,
			simulate.Incident{Journey: "checkout", Step: "payment", First: at(0, 21, 10), Lasts: time.Hour, Dimension: "os", Value: "iOS"},
			simulate.Incident{Journey: "checkout", Step: "address", First: at(1, 9, 40), Lasts: 90 * time.Minute, Severity: .25},
			simulate.Incident{Journey: "checkout", Step: "payment", First: at(2, 15, 0), Lasts: 3 * time.Hour, Severity: .5, Ramp: time.Hour},
			simulate.Incident{Journey: "sign-up", Step: "details", First: at(3, 4, 20), Lasts: 40 * time.Minute},
			simulate.Incident{Journey: "checkout", Step: "cart", First: at(4, 11, 5), Lasts: 30 * time.Minute},
			simulate.Incident{Journey: "checkout", Step: "payment", First: at(5, 20, 0), Lasts: 4 * time.Hour, Severity: .1},
		)
	}
	met := make([]time.Time, len(incidents)) // first visit hurt by each
	shop, err := simulate.New(simulate.Options{
		Seed: 21, Start: start, Rate: historyRate, Users: liveUsers, App: app, Weekend: .7, Incidents: incidents,
		Peaks: []simulate.Peak{{From: at(0, 11, 0), Lasts: time.Hour, Factor: 3}, {From: at(2, 19, 0), Lasts: 2 * time.Hour, Factor: 4}},
		Truth: func(v simulate.Visit) {
			for i := range incidents {
				in := &incidents[i]
				if v.Incident && v.Hurt() && v.Step == in.Step && !v.EnteredAt.Before(in.First.Add(-5*time.Minute)) && v.EnteredAt.Before(in.First.Add(in.Lasts)) &&
					(met[i].IsZero() || v.EnteredAt.Before(met[i])) {
					met[i] = v.EnteredAt
				}
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	q := newTrial(t, start)
	for now := start; now.Before(until); now = now.Add(5 * time.Second) {
		q.step(shop, now)
	}
	of := make([]int, len(q.seen))
	var delays []time.Duration
	for i := range incidents {
		in, n := &incidents[i], 0
		for k, c := range q.seen {
			if c.State == alert.Raised && c.Step == in.Step && !c.RaisedAt.Before(in.First) && c.RaisedAt.Before(in.First.Add(in.Lasts+10*time.Minute)) {
				if n++; n == 1 {
					delays = append(delays, q.at[k].Sub(met[i]))
					t.Logf("%s/%s %v of %s%s: alert %v after the first visit that was hurt: score %.1f, %.1f is usual, for %s=%s, felt at %v", in.Journey, in.Step,
						in.Lasts, in.Dimension, in.Value, delays[len(delays)-1].Round(time.Second), c.Observed, c.Expected, c.Dimension, c.Value, c.Inhibits)
				}
				of[k] = i + 1
			}
		}
		if n != 1 {
			t.Errorf("%s/%s of %s: %d alerts", in.Journey, in.Step, in.First, n)
		}
	}
	wrong := 0
	for k, c := range q.seen {
		if c.State == alert.Raised && of[k] == 0 {
			wrong++
			t.Logf("false: %s %s/%s %s=%s %s at %v since %v: %.1f, %.1f is usual, of %d visits %d hurt, in %v, %.2g", c.Rule, c.Journey, c.Step, c.Dimension, c.Value,
				c.Metric, c.RaisedAt, c.Since, c.Observed, c.Expected, c.Visits, c.Hurt, c.Window, c.Alarms)
		}
	}
	slices.Sort(delays)
	t.Logf("%d days, %d events: %d of %d incidents, delays %v, %d false alarms", days, q.r.offset, len(delays), len(incidents), delays, wrong)
	if wrong > 0 || len(delays) == 0 || delays[len(delays)/2] > 5*time.Minute { // of arrival, at 100 to 400 visits an hour
		t.Errorf("%d false alarms; delays %v", wrong, delays)
	}
}
