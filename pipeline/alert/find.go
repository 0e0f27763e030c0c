package alert

import (
	"slices"
	"time"
)

// finding is a window that is worse than usual, beyond chance.
type finding struct {
	segment
	metric Metric
	series *timeSeries
	last   int64 // first pane after the window
	panes  int   // how long the window is
	sum
	alarms float64 // false alarms a week to be expected at this bound, of this step
}

// The share of the false alarms that each kind of comparison may cause.
const (
	scoreShare    = .7 // the rest is for lost visits
	everyoneShare = .5 // of the score's; the rest is for all values of dimensions together
	// rerolls is how many independent looks a window gives while it slides by its own length.
	rerolls = 4
	week    = 7 * 24 * time.Hour
	// enoughPast is how many times the visits of a window its history must have.
	enoughPast = 2
)

// finder looks for windows that are worse than usual, beyond chance.
type finder struct {
	cfg   *Config
	store *store
}

// find returns for each step what stands out most, nil for those where nothing does. How far is far enough follows from
// how many false alarms are allowed, by Benjamini and Hochberg's procedure over all steps: with p-values turned into
// false alarms a week, the k-th smallest of m steps may be expected to be k/m of all that are allowed.
func (f *finder) find(all []*step) []*finding {
	found := make([]*finding, len(all))
	var alarms []float64
	for i, s := range all {
		if found[i] = f.worst(s); found[i] != nil {
			alarms = append(alarms, found[i].alarms)
		}
	}
	bound := falseDiscoveryBound(alarms, len(all), min(f.cfg.FalseAlarms*float64(len(all)), f.cfg.FalseAlarmsTotal))
	for i := range found {
		if found[i] != nil && found[i].alarms > bound {
			found[i] = nil
		}
	}
	return found
}

// falseDiscoveryBound is the largest of the values that passes, 0 when none does.
func falseDiscoveryBound(alarms []float64, among int, allowed float64) float64 {
	slices.Sort(alarms)
	for k := len(alarms); k > 0; k-- {
		if alarms[k-1] <= allowed*float64(k)/float64(among) {
			return alarms[k-1]
		}
	}
	return 0
}

// worst is the window of a step that would be the rarest by chance, of those that are large enough to matter.
func (f *finder) worst(s *step) *finding {
	var found *finding
	look := func(w *finding) {
		if w != nil && (found == nil || w.alarms < found.alarms) {
			found = w
		}
	}
	everyone := 1.
	if len(s.order) > 0 {
		everyone = everyoneShare
	}
	look(f.compare(s, s.pain, Score, segment{}, f.store.end, scoreShare*everyone))
	look(f.compare(s, s.lost, Lost, segment{}, f.store.end-f.store.lostLag+1, 1-scoreShare))
	for _, p := range s.order {
		look(f.compare(s, s.segments[p], Score, p, f.store.end, scoreShare*(1-everyone)/float64(len(s.order))))
	}
	return found
}

// compare compares the windows of a series that end before last with its history, and returns the rarest. share is how
// much of the allowed false alarms this comparison may cause.
func (f *finder) compare(s *step, t *timeSeries, m Metric, of segment, last int64, share float64) (found *finding) {
	c := f.store.cutoff(s)
	b := t.baseline(&c)
	if b.hours < leastHours {
		return nil
	}
	t.addUp(&c)
	for _, panes := range f.store.windows {
		w := t.sum(last-int64(panes), last, f.store.grid)
		if !f.matters(&w, m) || w.n*enoughPast > b.visits {
			continue
		}
		looks := rerolls * float64(week) / float64(time.Duration(panes)*f.store.slide)
		alarms := upperTail(w.x/w.unit, w.expected/w.unit, w.size) * looks * float64(len(f.store.windows)) / share
		if found == nil || alarms < found.alarms {
			found = &finding{segment: of, metric: m, series: t, last: last, panes: panes, sum: w, alarms: alarms}
		}
	}
	return found
}

// matters says whether a window has enough visits, and is enough worse than usual, to be worth an alert.
func (f *finder) matters(w *sum, m Metric) bool {
	least := f.cfg.MinScore / 100
	if m == Lost {
		least = f.cfg.MinLost
	}
	return w.n >= float64(f.cfg.MinVisits) && w.hurt >= float64(f.cfg.MinHurt) && w.x >= w.expected*f.cfg.MinRatio && w.x-w.expected >= least*w.n
}
