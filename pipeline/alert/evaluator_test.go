package alert

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"friction/pipeline/notify"
)

// calmModel is a week of traffic without incidents, evaluated without raising anything.
func calmModel(t *testing.T) (w *trafficModel, from time.Time) {
	t.Helper()
	w = monthModel(11)
	w.incidents, w.peaks, w.newAt = nil, nil, time.Time{}
	w.evaluator.cfg.EvaluateEvery = time.Minute // faster
	if got := w.run(2); len(got) > 0 {
		t.Fatalf("calm days: %+v", got)
	}
	return w, w.start.Add(48 * time.Hour)
}

// advance evaluates some more minutes; alter may change the panes of each.
func (w *trafficModel) advance(from time.Time, minutes int, alter func(at time.Time, panes []Pane) []Pane) (all []Change) {
	for k := range minutes {
		at := from.Add(time.Duration(k) * time.Minute)
		n := at.UnixMilli() / 60_000
		panes := w.read(w.minute(at), n, at.Add(time.Hour))
		if alter != nil {
			panes = alter(at, panes)
		}
		all = append(all, w.evaluator.Evaluate(Facts{At: at.Add(time.Minute), Panes: panes}).Changes...)
	}
	return all
}

func brief(changes []Change) (all []string) {
	for _, c := range changes {
		all = append(all, fmt.Sprintf("%s %s %s/%s", c.Rule, c.State, c.Journey, c.Step))
	}
	return all
}

func without(step string) func(time.Time, []Pane) []Pane {
	return func(_ time.Time, panes []Pane) []Pane {
		return slices.DeleteFunc(panes, func(p Pane) bool { return step == "" || p.Step == step })
	}
}

// Nobody reaches payment although as many as ever come to address: one alert about payment, none about confirmation
// behind it that follows from it; it is over when people are back.
func TestStepThatNobodyReaches(t *testing.T) {
	gone := func(at time.Time, panes []Pane) []Pane {
		return without("confirmation")(at, without("payment")(at, panes))
	}
	w, at := calmModel(t)
	got := w.advance(at, 45, gone)
	if want := []string{"unreached raised checkout/payment"}; !slices.Equal(brief(got), want) {
		t.Fatalf("got %v, want %v", brief(got), want)
	}
	if a := got[0]; a.Severity != Critical || a.Observed != 0 || a.Expected < 30 || a.RaisedAt.Before(at.Add(10*time.Minute)) || a.RaisedAt.After(at.Add(45*time.Minute)) {
		t.Errorf("got %+v", a)
	}
	if got := w.advance(at.Add(45*time.Minute), 15, nil); !slices.Equal(brief(got), []string{"unreached resolved checkout/payment"}) {
		t.Errorf("got %v", brief(got))
	}
}

// An app that sends nothing raises one alert for all of its steps.
func TestAppThatSendsNothing(t *testing.T) {
	w, at := calmModel(t)
	got := w.advance(at, 40, without(""))
	if want := []string{"absence raised /"}; !slices.Equal(brief(got), want) || got[0].App != "shop" {
		t.Fatalf("got %v, want %v", brief(got), want)
	}
	if got := w.advance(at.Add(40*time.Minute), 15, nil); !slices.Equal(brief(got), []string{"absence resolved /"}) {
		t.Errorf("got %v", brief(got))
	}
}

func TestDataThatStandsStill(t *testing.T) {
	j := NewEvaluator(DefaultConfig(), time.Minute)
	f := func(behind time.Duration, want ...notify.State) {
		t.Helper()
		got := j.Watch(Progress{Group: "g", Watermark: noon, Now: noon.Add(behind)})
		var states []notify.State
		for _, c := range got {
			states = append(states, c.State)
		}
		if !slices.Equal(states, want) {
			t.Errorf("%v behind: %v, want %v", behind, states, want)
		}
	}
	f(time.Minute)
	f(5 * time.Minute)
	f(5*time.Minute+time.Second, Raised)
	f(time.Hour)
	f(3 * time.Minute) // not yet half
	f(2*time.Minute, Resolved)
	f(6*time.Minute, Raised)
	if got := j.Watch(Progress{Group: "new"}); got != nil {
		t.Errorf("a group that has not reported: %v", got)
	}
}

// One very unlucky visitor, or trouble on hardly any visits, or a small increase, is no alert, however unlikely.
func TestWhatDoesNotMatter(t *testing.T) {
	w, at := calmModel(t)
	tiny := func(_ time.Time, panes []Pane) []Pane {
		for i := range panes {
			if p := &panes[i]; p.Step == "cart" { // the score rises by a tenth of a point
				p.Pain += .001 * p.Visits
				p.PainSq += 1e-6 * p.Visits
				p.Affected = p.Visits
			}
		}
		return panes
	}
	if got := w.advance(at, 120, tiny); len(got) > 0 {
		t.Errorf("got %v", brief(got))
	}
}

// Benjamini and Hochberg's own example (1995, section 3.1): 15 p-values of which four pass at 0.05.
func TestFalseDiscoveryBound(t *testing.T) {
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	if got := falseDiscoveryBound(slices.Clone(p), 15, .05); got != .0095 {
		t.Errorf("the bound is %v, want 0.0095", got)
	}
	if got := falseDiscoveryBound([]float64{.5, .9}, 15, .05); got != 0 {
		t.Errorf("nothing passes, got %v", got)
	}
}

// What is usual is found again although an incident nobody named lies in the history, and rates by hour are seen when
// there are enough days.
func TestBaseline(t *testing.T) {
	hours := newRing(40 * 24)
	for h := range int64(28 * 24) {
		n, rate := 100., .02
		if h%24 == 3 {
			rate = .1
		}
		k := math.Round(n * rate)
		if h > 400 && h < 404 {
			k = 60
		}
		hours.advance(h+1001, nil)
		*hours.at(h + 1000) = cell{float32(n), float32(k), float32(k) * .5, float32(k) * .25}
	}
	b := learn((&timeSeries{hours: hours}).past(&cutoff{}), painUnit)
	quiet, busy := weekHour(1000+12), weekHour(1000+3)
	if math.Abs(b.rates[quiet]-.01) > .002 || b.rates[busy] < 2*b.rates[quiet] || b.hours != 28*24-3 {
		t.Errorf("rates %v and %v from %d hours", b.rates[quiet], b.rates[busy], b.hours)
	}
	// the unit is the variance of what a visit brings over its mean: (.25 p − (.5 p)²) / (.5 p)
	if math.Abs(b.unit-.488) > .01 {
		t.Errorf("the unit is %v", b.unit)
	}
	if none := learn(nil, painUnit); none.hours != 0 || none.visits != 0 {
		t.Errorf("of nothing: %+v", none.hours)
	}
}

// A ring passes on what leaves it, once and in order, whatever the steps.
func TestRing(t *testing.T) {
	for _, step := range []int64{1, 3, 7, 50} {
		r := newRing(7)
		var left []int64
		for n := int64(1000); n < 1100; {
			r.advance(n+step, func(number int64, c cell) {
				if float32(number) != c.x {
					t.Errorf("pane %d left as %v", number, c.x)
				}
				left = append(left, number)
			})
			for ; n < r.next; n++ {
				if n >= r.first() {
					*r.at(n) = cell{n: 1, x: float32(n)}
				}
			}
		}
		if !slices.IsSorted(left) || len(slices.Compact(slices.Clone(left))) != len(left) || step < 7 && len(left) != int(r.first()-1000) {
			t.Errorf("by %d: %v left, first is %d", step, left, r.first())
		}
	}
}

// What is felt at other steps because of large trouble at one is part of its alert. Trouble of its own is not.
func TestInhibitedSteps(t *testing.T) {
	w, at := calmModel(t)
	trouble := func(own float64) func(time.Time, []Pane) []Pane {
		return func(_ time.Time, panes []Pane) []Pane {
			for i := range panes {
				p := &panes[i]
				share := map[string]float64{"payment": .8, "address": own, "welcome": .2}[p.Step]
				if n := math.Round(share * p.Visits); n > p.Affected {
					p.Affected, p.Pain, p.PainSq = n, n*.5, n*.25
				}
			}
			return panes
		}
	}
	got := w.advance(at, 20, trouble(.15))
	if want := []string{"friction raised checkout/payment"}; !slices.Equal(brief(got), want) {
		t.Fatalf("got %v, want %v", brief(got), want)
	}
	got = w.advance(at.Add(20*time.Minute), 60, nil)
	if want := []string{"friction resolved checkout/payment"}; !slices.Equal(brief(got), want) || len(got[0].Inhibits) != 2 {
		t.Fatalf("got %v, want %v; echoes %v", brief(got), want, got[0].Inhibits)
	}
	got = w.advance(at.Add(80*time.Minute), 20, trouble(.7))
	slices.SortFunc(got, func(a, b Change) int { return cmp.Compare(a.Step, b.Step) })
	if want := []string{"friction raised checkout/address", "friction raised checkout/payment"}; !slices.Equal(brief(got), want) {
		t.Errorf("got %v, want %v", brief(got), want)
	}
}

// An evaluator that begins some minutes before open alerts were raised leaves them alone until then: what was calm before the
// trouble is not its end.
func TestResumedBeforeItWasRaised(t *testing.T) {
	trouble := func(at time.Time, panes []Pane) []Pane {
		for i := range panes {
			if p := &panes[i]; p.Step == "payment" {
				n := math.Ceil(.5 * p.Visits)
				p.Affected, p.Pain, p.PainSq = n, n*.5, n*.25
			}
		}
		return without("welcome")(at, panes)
	}
	life := func(known []Alert) []Change {
		w, at := calmModel(t)
		w.evaluator.Resume(known)
		return append(w.advance(at, 4, nil), w.advance(at.Add(4*time.Minute), 45, trouble)...)
	}
	first := life(nil)
	if want := []string{"friction raised checkout/payment", "unreached raised sign-up/welcome"}; !slices.Equal(brief(first), want) {
		t.Fatalf("got %v, want %v", brief(first), want)
	}
	if again := life(first); len(again) > 0 {
		t.Errorf("an alerter that looks at it again says %v", brief(again))
	}
}

// An alerter that was set up this morning finds what breaks at noon, and nothing else: hours that are still kept pane by pane
// are history until there is more.
func TestFirstDay(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it simulates a day")
	}
	for seed := range uint64(2) {
		w := monthModel(seed + 1000)
		breaks := w.start.Add(5*time.Hour + 20*time.Minute)
		w.incidents = []incident{{name: "half", step: "payment", from: breaks, lasts: 40 * time.Minute, hurts: .45, loses: .2}}
		w.evaluator.cfg.EvaluateEvery = 20 * time.Second // faster
		got := w.run(1)
		if want := []string{"friction raised checkout/payment", "friction resolved checkout/payment"}; !slices.Equal(brief(got), want) || got[0].RaisedAt.After(breaks.Add(w.incidents[0].lasts)) {
			t.Errorf("got %v, want %v: %+v", brief(got), want, got)
		}
	}
}

// Where history has a single visit that was hurt a little, that visit does not say what being hurt measures.
func TestLittleHistoryIsNotFirm(t *testing.T) {
	hours := newRing(100)
	hours.advance(1100, nil)
	for h := int64(1060); h < 1080; h++ {
		*hours.at(h) = cell{n: 5}
	}
	hours.at(1070).add(cell{n: 1, hurt: 1, x: .1, xx: .01})
	b := learn((&timeSeries{hours: hours}).past(&cutoff{}), painUnit)
	// nine of 74 hurt, by .36 each, is bad luck of one in some ten thousands at most, not of one in billions
	n := 74.
	if p := upperTail(9*.36/b.unit, n*b.rates[0]/b.unit, b.size(0)); p < 1e-6 {
		t.Errorf("P = %.2g at a rate of %.4f in units of %.2f, known from %.2f counts", p, b.rates[0], b.unit, b.support[0])
	}
}
