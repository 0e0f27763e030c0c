package demo

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/alerter"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/query"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
)

func TestWorst(t *testing.T) {
	usual := named(
		usualOf("checkout", "cart", 1400, 1, .5), usualOf("checkout", "payment", 1400, 1, 1), usualOf("sign-up", "welcome", 1400, 5, 3),
		usualOf("sign-up", "verify", enoughHistory-1, 9, 9), usualOf("sign-up", "start", enoughHistory, 9, 9),
	)
	f := func(want string, windows ...query.Window) {
		t.Helper()
		got := ""
		if w := worst(windows, usual); w != nil {
			got = w.Step
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("")
	f("payment", stepWindow("checkout", "payment", 40, 20, 10), stepWindow("checkout", "cart", 40, 3, 2.6))
	// the highest low end, not the highest score
	f("cart", stepWindow("checkout", "payment", 12, 30, 5), stepWindow("checkout", "cart", 900, 8, 7))
	// always bad is not worse than usual, whatever its rank
	f("cart", stepWindow("sign-up", "welcome", 400, 14.2, 13.9), stepWindow("checkout", "cart", 900, 4, 3))
	f("", stepWindow("sign-up", "welcome", 400, 14.2, 14), stepWindow("checkout", "cart", 900, 2.8, 2.5)) // exactly at the threshold
	// few visits, and one visit without any interval
	f("", stepWindow("checkout", "payment", enoughVisits-1, 60, 40))
	one := stepWindow("checkout", "payment", 1, 60, 0)
	one.ScoreLow, one.EnoughToSay = nil, true
	f("", one)
	// without enough history any friction beyond doubt counts
	f("verify", stepWindow("sign-up", "verify", 30, 4, .1))
	f("", stepWindow("sign-up", "verify", 30, 4, 0))
	f("", stepWindow("sign-up", "start", 30, 4, .1))
	f("details", stepWindow("sign-up", "details", 30, 4, .1)) // a step without any history
}

func TestEveryStepIsThere(t *testing.T) {
	steps := everyStep([]query.Window{stepWindow("checkout", "payment", 4, 1, 1), stepWindow("checkout", "made-up", 4, 1, 1)})
	if len(steps) != len(simulate.Steps()) || steps[0].Journey != "sign-up" || steps[0].Visits != 0 {
		t.Errorf("got %+v", steps)
	}
	if s := stepOf(&steps[0], query.Usual{}); s.WindowStart != nil || s.Signals == nil || s.StandsOut || s.ScoreLow != 0 {
		t.Errorf("a step without visits is %+v", s)
	}
}

func TestSummaryAsOneLine(t *testing.T) {
	v := badDay()
	w := worst(v.windows, v.usual)
	step := stepOf(w, v.usual[w.StepName])
	broke := simulate.Incident{Journey: "checkout", Step: "payment", First: shown.Add(-16 * time.Minute), Lasts: 5 * time.Minute, Every: 15 * time.Minute}
	s := &Summary{
		WorstStep: &step, Steps: []Step{step}, Events: 5, Sessions: 4, Rejected: 3, Late: 2, EventsPerSecond: 1, DataUntil: shown, Alerts: alerter.ShowAll(nil),
		Incidents: incidentsOf(broke, shown),
	}
	if none := incidentsOf(simulate.Incident{}, shown); none == nil || len(none) > 0 {
		t.Errorf("where nothing breaks: %v", none)
	}
	var out, errs bytes.Buffer
	o := Options{Out: &out, Err: &errs, JSON: true}
	screen := newScreen(&o)
	if err := s.write(&o, screen); err != nil {
		t.Fatal(err)
	}
	want := `{"worst_step":{"journey":"checkout","step":"payment","score":23.456,"score_low":18.2,"visits":98,"stalled":17,"dropped":2,` +
		`"signals":{"drop_off":2,"error_click":30,"rage_click":12,"retry":41},"window_start":"2026-08-20T14:04:00Z","stands_out":true,` +
		`"usual":{"windows":1400,"score":1.04,"score_sd":0.77}},"alerts":[],` +
		`"incidents":[{"journey":"checkout","step":"payment","from":"2026-08-20T13:49:30Z","to":"2026-08-20T13:54:30Z"},` +
		`{"journey":"checkout","step":"payment","from":"2026-08-20T14:04:30Z","to":"2026-08-20T14:09:30Z"}],"steps":[`
	if !strings.HasPrefix(out.String(), want) || strings.Count(out.String(), "\n") != 1 || errs.Len() > 0 {
		t.Errorf("got %s, on stderr %q", out.String(), errs.String())
	}
	out.Reset()
	if err := (&Summary{}).write(&o, screen); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if v, there := back["worst_step"]; !there || v != nil {
		t.Errorf("no worst step is written as %s", out.String())
	}
	out.Reset()
	o.JSON, screen = false, newScreen(&Options{Out: &out, Size: o.Size})
	if err := s.write(&o, screen); err != nil || !strings.Contains(out.String(), "Worst step: checkout/payment, score 23.5 where 1.0 is usual: 98 visits since 14:04:00 UTC, 41 retry, "+
		"30 error click, 12 rage click; 17 stalled, 2 dropped off so far.\n5 events, 4 sessions; 3 rejected, 2 late. ") {
		t.Errorf("%v; for people it is %s", err, out.String())
	}
}

// shopEngine runs the engine over a shop and keeps the last version of each window of the configured journeys.
type shopEngine struct {
	t       *testing.T
	engine  *engine.Engine
	decoder *decode.Decoder
	windows map[query.StepName]map[int64]query.Window
	offset  int64
}

func newShopEngine(t *testing.T) *shopEngine {
	rules, err := shopRules()
	if err != nil {
		t.Fatal(err)
	}
	e, d, err := rules.Build([]string{simulate.Clickstream, simulate.Telemetry})
	if err != nil {
		t.Fatal(err)
	}
	return &shopEngine{t: t, engine: e, decoder: d, windows: map[query.StepName]map[int64]query.Window{}}
}

func (r *shopEngine) process(s *simulate.Shop, until time.Time) {
	e, d := r.engine, r.decoder
	for rec := range s.Records(until) {
		in := event.Record{Offset: r.offset, Time: event.Millis(rec.Deliver.UnixMilli()), Key: []byte(rec.Key), Value: rec.Value}
		r.offset++
		if rec.Topic == simulate.Telemetry {
			in.Topic = 1
		}
		if why := d.Decode(&in, e.Slot()); why.Reason != event.Accepted {
			r.t.Fatalf("%v: %s", why, rec.Value)
		}
		e.Add(&in)
		if r.offset%10_000 == 0 {
			r.step()
		}
	}
	r.step()
}

func (r *shopEngine) step() {
	e := r.engine
	e.Advance(e.Reachable(nil))
	for done := false; !done; {
		done = e.Run()
		for _, w := range e.TakeRows().Windows {
			name := query.StepName{Journey: w.Journey, Step: w.Step}
			if !slices.Contains(journeys(), w.Journey) {
				continue
			}
			if r.windows[name] == nil {
				r.windows[name] = map[int64]query.Window{}
			}
			r.windows[name][int64(w.WindowStart)] = asRead(&w)
		}
	}
}

// asRead is a window as the view step_scores has it; its formulas are tested with the views.
func asRead(w *score.WindowRow) query.Window {
	n, sum := float64(w.Sums.Visits), float64(w.Sums.Pain)
	out := query.Window{
		StepName: query.StepName{Journey: w.Journey, Step: w.Step}, Start: time.UnixMilli(int64(w.WindowStart)), Visits: w.Sums.Visits,
		Score: sum / n / 1e4, EnoughToSay: w.Sums.Visits >= enoughVisits,
	}
	if n >= 2 {
		se := math.Sqrt(max(0, float64(w.Sums.PainSq)*1e6-sum*sum/n)/(n-1)/n) / 1e4
		low := max(0, out.Score-1.96*se)
		out.ScoreLow = &low
	}
	return out
}

// latest is what LatestSteps would say.
func (r *shopEngine) latest() (all []query.Window) {
	until := time.UnixMilli(int64(r.engine.Watermark()))
	for _, of := range r.windows {
		var last query.Window
		for _, w := range of {
			if w.EnoughToSay && w.Start.After(last.Start) && !w.Start.After(until.Add(-openFor)) {
				last = w
			}
		}
		all = append(all, last)
	}
	return all
}

// usual is what StepHistory would say.
func (r *shopEngine) usual(before time.Time) map[query.StepName]query.Usual {
	out := map[query.StepName]query.Usual{}
	for name, of := range r.windows {
		u, squares := query.Usual{StepName: name}, 0.
		for _, w := range of {
			if w.EnoughToSay && !w.Start.Add(windowSize).After(before) {
				u.Windows++
				u.Mean += w.Score
				squares += w.Score * w.Score
			}
		}
		n := float64(u.Windows)
		u.Mean /= n
		u.SD = math.Sqrt(max(0, squares-n*u.Mean*u.Mean) / (n - 1))
		out[name] = u
	}
	return out
}

// The incident is found wherever it is, at the end of short demos and in the middle of long ones, and nothing is found
// without one: the engine over the shop's traffic, without any server.
func TestIncidentIsFound(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it simulates a day")
	}
	live := time.Date(2026, 9, 22, 14, 3, 17, 0, time.UTC)
	warm := live.Add(-warmSpan)
	open := func(start time.Time, rate float64, flat bool, seed uint64) *simulate.Shop {
		s, err := simulate.New(simulate.Options{Seed: seed, Start: start, Rate: rate, Flat: flat, Users: liveUsers})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	past := newShopEngine(t)
	past.process(open(live.Add(-9*time.Hour), historyRate, false, 1), warm)
	usual := past.usual(live.Add(-historyEnds))
	for seed, incident := range []string{"none", "checkout/payment", "sign-up/verify", "sign-up/welcome", "none"} {
		i, err := simulate.ParseIncident(incident)
		if err != nil {
			t.Fatal(err)
		}
		shop, now := open(warm, liveRate, true, uint64(seed)), newShopEngine(t)
		now.process(shop, live.Add(-heldBack))
		if i.Step != "" {
			i.First, i.Lasts, i.Every = incidentBegins(live, live, 60*time.Second), incidentLasts, incidentEvery
			if err := shop.Schedule(i); err != nil {
				t.Fatal(err)
			}
		}
		for _, after := range []time.Duration{60 * time.Second, 80 * time.Second, 100 * time.Second, 150 * time.Second, 200 * time.Second} {
			now.process(shop, live.Add(after-2*time.Second)) // what has been logged and inserted by then
			got := "none"
			if w := worst(now.latest(), usual); w != nil {
				got = w.Journey + "/" + w.Step
			}
			if got != incident {
				t.Errorf("seed %d, %v after live traffic began: %s, want %s", seed, after, got, incident)
			}
		}
	}
}

func TestIncidentBegins(t *testing.T) {
	f := func(loading, lasts, want time.Duration) {
		t.Helper()
		if got := incidentBegins(shown, shown.Add(loading), lasts).Sub(shown.Add(loading)); got != want {
			t.Errorf("loading %v, lasting %v: it begins %v after live traffic, want %v", loading, lasts, got, want)
		}
	}
	f(time.Second, 0, time.Minute)
	f(15*time.Second, 0, 50*time.Second)
	f(5*time.Minute, 0, 20*time.Second)
	f(time.Second, time.Hour, time.Minute)
	f(time.Second, 120*time.Second, 30*time.Second)
	f(time.Second, 60*time.Second, -30*time.Second)
	f(5*time.Minute, 60*time.Second, -30*time.Second)
	f(time.Second, time.Second, -time.Minute)
}
