package alert

import (
	"slices"
	"time"
)

// finding is a window that is worse than usual, beyond chance.
type finding struct {
	part
	metric Metric
	track  *track
	last   int64 // first pane after the window
	panes  int   // how long the window is
	sum
	alarms float64 // false alarms a week to be expected at this bound, of this step
}

// sum is what a window holds, and what is usual for that many visits at those hours.
type sum struct {
	cell64
	usual float64 // of x
	unit  float64
	size  float64
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

// find returns for each step what stands out most, nil for those where nothing does. How far is far enough follows from
// how many false alarms are allowed, by Benjamini and Hochberg's procedure over all steps: with p-values turned into
// false alarms a week, the k-th smallest of m steps may be expected to be k/m of all that are allowed.
func (j *Judge) find(all []*step) []*finding {
	found := make([]*finding, len(all))
	var alarms []float64
	for i, s := range all {
		if found[i] = j.worst(s); found[i] != nil {
			alarms = append(alarms, found[i].alarms)
		}
	}
	bound := falseDiscoveryBound(alarms, len(all), min(j.cfg.FalseAlarms*float64(len(all)), j.cfg.FalseAlarmsTotal))
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
func (j *Judge) worst(s *step) *finding {
	var found *finding
	look := func(f *finding) {
		if f != nil && (found == nil || f.alarms < found.alarms) {
			found = f
		}
	}
	everyone := 1.
	if len(s.order) > 0 {
		everyone = everyoneShare
	}
	look(j.compare(s, s.pain, Score, part{}, j.end, scoreShare*everyone))
	look(j.compare(s, s.lost, Lost, part{}, j.end-j.lostLag+1, 1-scoreShare))
	for _, p := range s.order {
		look(j.compare(s, s.parts[p], Score, p, j.end, scoreShare*(1-everyone)/float64(len(s.order))))
	}
	return found
}

// compare holds the windows of a track that end before last against its history.
func (j *Judge) compare(s *step, t *track, m Metric, of part, last int64, share float64) (found *finding) {
	now := j.present(s)
	usual := t.usual(&now)
	if usual.hours < leastHours {
		return nil
	}
	t.addUp(&now)
	for _, panes := range j.windows {
		w := t.sum(last-int64(panes), last, j.slide)
		if !j.matters(&w, m) || w.n*enoughPast > usual.visits {
			continue
		}
		looks := rerolls * float64(week) / float64(time.Duration(panes)*j.slide)
		alarms := upperTail(w.x/w.unit, w.usual/w.unit, w.size) * looks * float64(len(j.windows)) / share
		if found == nil || alarms < found.alarms {
			found = &finding{part: of, metric: m, track: t, last: last, panes: panes, sum: w, alarms: alarms}
		}
	}
	return found
}

// matters says whether a window has enough visits, and is enough worse than usual, to be worth an alert.
func (j *Judge) matters(w *sum, m Metric) bool {
	least := j.cfg.MinScore / 100
	if m == Lost {
		least = j.cfg.MinLost
	}
	return w.n >= float64(j.cfg.MinVisits) && w.hurt >= float64(j.cfg.MinHurt) && w.x >= w.usual*j.cfg.MinRatio && w.x-w.usual >= least*w.n
}

// between adds up the panes [from, to) of a track.
func (j *Judge) between(s *step, t *track, from, to int64) sum {
	now := j.present(s)
	t.addUp(&now)
	return t.sum(from, to, j.slide)
}
