package engine_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
)

// What rows say of each other holds after every epoch, not only at the end.
func TestRowsAgreeWithEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		d, err := scenario.NewDrive(w)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		check := func(when string) {
			last := tables.Last(d.Rows...)
			for _, wrong := range []string{windowsOfPanes(last), valuesOfEveryone(last), painOfCounts(w, last)} {
				if wrong != "" {
					t.Fatalf("%s: %s\n%s", when, wrong, w)
				}
			}
		}
		for i, end := range cut(t, len(w.Log)) {
			d.Add(w.Log[at:end])
			at = end
			if err := d.Run(event.Beginning); err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprint("after epoch ", i))
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		check("at the end")
		if wrong := panesOfVisits(tables.Last(d.Rows...)); wrong != "" {
			t.Fatalf("%s\n%s", wrong, w)
		}
	})
}

type cell struct {
	app, journey, step string
	start, part        event.Millis
}

// windowsOfPanes: the sums of a window are those of its panes.
func windowsOfPanes(r *score.Rows) string {
	want := map[cell]score.Sums{}
	for _, p := range r.Panes {
		if p.Dimension != "" {
			continue
		}
		for _, w := range r.Windows {
			if w.Part == p.Part && w.App == p.App && w.Journey == p.Journey && w.Step == p.Step && w.WindowStart <= p.PaneStart && p.PaneStart < w.WindowStart+w.Size {
				at := cell{w.App, w.Journey, w.Step, w.WindowStart, w.Part}
				want[at] = plus(want[at], p.Sums)
			}
		}
	}
	for _, w := range r.Windows {
		if at := (cell{w.App, w.Journey, w.Step, w.WindowStart, w.Part}); !same(want[at], w.Sums) {
			return fmt.Sprintf("window %+v has %+v, its panes %+v", at, w.Sums, want[at])
		}
	}
	return ""
}

// valuesOfEveryone: the values of a dimension together are everyone.
func valuesOfEveryone(r *score.Rows) string {
	everyone := map[cell]score.Sums{}
	byDimension := map[string]map[cell]score.Sums{"device": {}, "plan": {}}
	for _, p := range r.Panes {
		at := cell{p.App, p.Journey, p.Step, p.PaneStart, p.Part}
		if p.Dimension == "" {
			everyone[at] = p.Sums
		} else {
			byDimension[p.Dimension][at] = plus(byDimension[p.Dimension][at], p.Sums)
		}
	}
	for at, want := range everyone {
		for name, sums := range byDimension {
			if !same(sums[at], want) {
				return fmt.Sprintf("pane %+v: everyone has %+v, the values of %s together %+v", at, want, name, sums[at])
			}
		}
	}
	return ""
}

// painOfCounts: pain can be computed again from the counts in the row.
func painOfCounts(w *world.World, r *score.Rows) string {
	pain := func(signals []score.Count) float64 {
		calm := 1.0
		for _, c := range signals {
			weight := w.Config.Score.Weights[c.Name]
			calm *= math.Pow(1-weight.Weight, math.Min(float64(c.N), float64(weight.Cap)))
		}
		return 1 - calm
	}
	const half = 0.5000001e-6
	for _, v := range r.Visits {
		if want := pain(v.Signals); math.Abs(float64(v.Pain)/1e6-want) > half {
			return fmt.Sprintf("visit %+v: pain of these counts is %v", v, want)
		}
	}
	for _, s := range r.Sessions {
		if want := pain(s.Signals); math.Abs(float64(s.Pain)/1e6-want) > half {
			return fmt.Sprintf("session %+v: pain of these counts is %v", s, want)
		}
	}
	return ""
}

// panesOfVisits: once every session has ended, panes, with all their parts, are sums over the visits entered in them;
// those of overdue sessions are in the other parts.
func panesOfVisits(r *score.Rows) string {
	want := map[cell]score.Sums{}
	have := map[cell]score.Sums{}
	overdue := map[event.Digest]bool{}
	var slide event.Millis
	for _, s := range r.Sessions {
		overdue[s.SessionID] = s.Overdue
	}
	for _, p := range r.Panes {
		slide = p.Size
		if p.Dimension == "" {
			at := cell{app: p.App, journey: p.Journey, step: p.Step, start: p.PaneStart}
			have[at] = plus(have[at], p.Sums)
		}
	}
	for _, v := range r.Visits {
		at := cell{app: v.App, journey: v.Journey, step: v.Step, start: v.EnteredAt - v.EnteredAt%slide}
		one := score.Sums{Visits: 1, Pain: uint64(v.Pain), PainSq: uint64(math.Round(float64(v.Pain) * float64(v.Pain) / 1e6)), Signals: v.Signals}
		if v.Pain > 0 {
			one.Affected = 1
		}
		if overdue[v.SessionID] {
			one.Late = 1
		}
		one.Outcomes[v.Outcome] = 1
		one.DwellHist = []score.Count32{{Bucket: score.DwellBucket(v.LeftAt - v.EnteredAt), N: 1}}
		want[at] = plus(want[at], one)
	}
	for at, sums := range have {
		if !same(want[at], sums) {
			return fmt.Sprintf("pane %+v has %+v, its visits %+v", at, sums, want[at])
		}
		if sums.Outcomes[journey.Open] != 0 || sums.Stalled != 0 {
			return fmt.Sprintf("pane %+v is not settled: %+v", at, sums)
		}
		delete(want, at)
	}
	if len(want) > 0 {
		return fmt.Sprintf("visits without a pane: %+v", want)
	}
	return ""
}

func plus(a, b score.Sums) score.Sums {
	sum := tables.Sum(&score.Rows{Panes: []score.PaneRow{{Sums: a}}}, &score.Rows{Panes: []score.PaneRow{{Sums: b}}})
	return sum.Panes[0].Sums
}

func same(a, b score.Sums) bool {
	return reflect.DeepEqual(plus(a, score.Sums{}), plus(b, score.Sums{}))
}
