package alert

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// frictionRule raises and resolves alerts of steps that hurt, or lose, more than usual.
type frictionRule struct {
	cfg   *Config
	store *store
	open  *openAlerts
}

// evaluate follows open alerts and raises new ones, the worst first. found has what stands out at each of the steps.
//
// A step must stand out so many times in a row before its alert is raised. A step that is hit much less than another of
// its app may be hit because of that one: it is inhibited by an open alert, and waits twice as long when the worse step
// is about to raise one.
func (r *frictionRule) evaluate(all []*step, found []*finding) (changes []Change) {
	type draft struct {
		*step
		*Alert
	}
	var drafts []draft
	for i, s := range all {
		if s.bad++; found[i] == nil {
			s.bad = 0
		}
		if a := r.open.get(Friction, s.StepName); a != nil && r.store.at.After(a.RaisedAt) {
			changes = append(changes, r.follow(s, a, found[i])...)
		}
	}
	for i, s := range all {
		if found[i] != nil && r.open.get(Friction, s.StepName) == nil && !justResolved(changes, s.StepName) {
			drafts = append(drafts, draft{s, r.draft(s, found[i])})
		}
	}
	slices.SortStableFunc(drafts, func(a, b draft) int { return cmp.Compare(r.severity(b.Alert), r.severity(a.Alert)) })
	for i, d := range drafts {
		switch {
		case d.bad < r.cfg.Consecutive || r.isInhibited(d.Alert):
		case d.bad < 2*r.cfg.Consecutive && i > 0 && drafts[0].bad < r.cfg.Consecutive && r.mayInhibit(drafts[0].Alert, d.Alert):
			// what is about to be raised may inhibit it
		default:
			d.calm = 0
			changes = append(changes, r.open.raise(d.Alert))
		}
	}
	return changes
}

// justResolved says whether what was found at a step has just been explained by an alert that is over.
func justResolved(changes []Change, s StepName) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		return c.State == Resolved && (c.StepName == s || slices.ContainsFunc(c.Inhibits, func(e Inhibited) bool { return e.StepName == s }))
	})
}

// draft is the alert of a step that is worse than usual.
func (r *frictionRule) draft(s *step, found *finding) *Alert {
	a := &Alert{
		Seq: 1, Rule: Friction, State: Raised, Series: Series{s.StepName, found.dimension, found.value}, Metric: found.metric,
		Alarms: found.alarms, Window: time.Duration(found.panes) * r.store.slide, RaisedAt: r.store.at, UpdatedAt: r.store.at,
	}
	began := r.onset(s, found)
	a.Since = r.store.start(began)
	r.measure(a, r.store.between(s, found.series, began, found.last))
	if found.dimension == "" {
		r.attribute(s, a, began)
	} else {
		a.Only, a.Explains, a.Among = true, 1, r.shareOf(s, found.series, began)
	}
	return a
}

// inhibitBelow is how much less than at another step visits must be hit for that step to inhibit this one, and
// inhibitHarm how much less all of them together: what is felt elsewhere is part of the same harm.
const inhibitBelow, inhibitHarm = .75, .5

// inhibitLead is how long before the trouble visits may have begun that it reaches.
const inhibitLead = 30 * time.Minute

// severity is how bad an alert is, in increases that count as critical.
func (r *frictionRule) severity(a *Alert) float64 {
	critical := r.cfg.CriticalScore
	if a.Metric == Lost {
		critical = 100 * r.cfg.CriticalLost
	}
	return (max(a.Peak, a.Observed) - a.Expected) / critical
}

// harm is how much an alert adds up to in a minute: severity times visits.
func (r *frictionRule) harm(a *Alert) float64 {
	return r.severity(a) * float64(a.Visits) / max(1, r.store.at.Sub(a.Since).Minutes())
}

// mayInhibit says whether one alert is so much worse that it may be the reason for another of the same app.
func (r *frictionRule) mayInhibit(root, a *Alert) bool {
	return root.App == a.App && r.severity(a) < inhibitBelow*r.severity(root) && r.harm(a) < inhibitHarm*r.harm(root) && !a.Since.Add(inhibitLead).Before(root.Since)
}

// isInhibited says whether an open alert of the same app, much worse, explains what began with it; it notes that there.
func (r *frictionRule) isInhibited(a *Alert) bool {
	for _, root := range r.open.inOrder() {
		if root.Rule != Friction || !r.mayInhibit(root, a) {
			continue
		}
		if !slices.ContainsFunc(root.Inhibits, func(e Inhibited) bool { return e.StepName == a.StepName }) {
			root.Inhibits = append(root.Inhibits, Inhibited{a.StepName, a.Since})
		}
		return true
	}
	return false
}

// onset is the pane in which trouble begins. Going back from the end of the window, it adds up for each pane how much more
// likely its counts are at the raised rate than at the usual one (the logarithm of the ratio of two Poisson likelihoods).
// The pane where that sum is largest is where the raised rate begins.
func (r *frictionRule) onset(s *step, f *finding) int64 {
	ratio := math.Log(max(r.cfg.MinRatio, f.x/max(f.expected, f.unit/2)))
	best, at, ratios := math.Inf(-1), f.last-1, 0.
	for n := f.last - 1; n >= max(f.last-int64(2*f.panes), f.series.panes.first()); n-- {
		w := r.store.between(s, f.series, n, n+1)
		ratios += w.x/w.unit*ratio - w.expected/w.unit*math.Expm1(ratio)
		if w.n > 0 && w.x > 0 && ratios > best {
			best, at = ratios, n
		}
	}
	return at
}

// peakHurt is the number of hurt visits from which on an observation counts as a peak.
const peakHurt = 10

// measure writes down what a window holds.
func (r *frictionRule) measure(a *Alert, w sum) {
	n := max(w.n, 1)
	a.Observed, a.Expected = 100*w.x/n, 100*w.expected/n
	least, critical := r.cfg.MinScore, r.cfg.CriticalScore
	if a.Metric == Lost {
		least, critical = 100*r.cfg.MinLost, 100*r.cfg.CriticalLost
	}
	a.Bound = max(a.Expected*r.cfg.MinRatio, a.Expected+least)
	a.Visits, a.Hurt = uint64(w.n), uint64(w.hurt)
	if a.Peak = max(a.Peak, a.Observed); a.Hurt < peakHurt {
		a.Peak = a.Observed
	}
	if a.Severity != Critical {
		a.Severity = Warning
		if a.Observed-a.Expected >= critical {
			a.Severity = Critical
		}
	}
}

// What a value of a dimension must explain of the harm, and by how much it must be more than its share of the visits,
// to be named as who is hit.
const (
	explainsMost = .6
	beyondShare  = 1.5
)

// attribute names the value of a dimension that explains most of the harm, if one does more than its share.
func (r *frictionRule) attribute(s *step, a *Alert, began int64) {
	all := r.store.between(s, s.pain, began, r.store.end)
	if all.x <= all.expected || all.n == 0 {
		return
	}
	best := 0.
	for _, p := range s.order {
		w := r.store.between(s, s.segments[p], began, r.store.end)
		explains, among := (w.x-w.expected)/(all.x-all.expected), w.n/all.n
		if explains >= explainsMost && explains >= beyondShare*among && w.hurt >= float64(r.cfg.MinHurt) && explains-among > best {
			best = explains - among
			a.Dimension, a.Value, a.Explains, a.Among = p.dimension, p.value, min(1, explains), among
		}
	}
}

func (r *frictionRule) shareOf(s *step, t *timeSeries, began int64) float64 {
	return r.store.between(s, t, began, r.store.end).n / max(1, r.store.between(s, s.pain, began, r.store.end).n)
}

// follow looks at a step with an open alert.
func (r *frictionRule) follow(s *step, a *Alert, found *finding) []Change {
	if found != nil && found.metric != a.Metric && !slices.Contains(a.Also, found.metric) {
		a.Also = append(a.Also, found.metric)
	}
	if !r.store.isEdge(r.store.at) {
		return r.escalate(s, a)
	}
	calm := r.isCalm(s, a, a.Metric)
	for _, m := range a.Also {
		calm = calm && r.isCalm(s, a, m)
	}
	if calm {
		s.calm++
	} else {
		s.calm = 0
	}
	if s.calm >= r.cfg.Calm {
		return r.resolve(s, a)
	}
	return r.escalate(s, a)
}

// escalate measures again, and says when trouble has become critical.
func (r *frictionRule) escalate(s *step, a *Alert) []Change {
	if s.calm > 0 {
		return nil
	}
	before := a.Severity
	t, last := r.watched(s, a, a.Metric)
	r.measure(a, r.store.between(s, t, r.store.number(a.Since), last))
	if a.Severity == before {
		return nil
	}
	return []Change{r.open.update(a, r.store.at)}
}

// resolve ends an alert. What it explains, here and at the steps it inhibits, is no history.
func (r *frictionRule) resolve(s *step, a *Alert) []Change {
	s.exclude(r.store.number(a.Since), r.store.end)
	for _, e := range a.Inhibits {
		if of := r.store.steps[e.StepName]; of != nil {
			of.exclude(r.store.number(e.Since), r.store.end)
		}
	}
	return []Change{r.open.resolve(a, r.store.at)}
}

// watched is the series that an alert's metric is about, and the first pane that is not known of it.
func (r *frictionRule) watched(s *step, a *Alert, m Metric) (*timeSeries, int64) {
	if m == Lost {
		return s.lost, r.store.end - r.store.lostLag + 1
	}
	if t := s.segments[segment{a.Dimension, a.Value}]; a.Only && t != nil {
		return t, r.store.end
	}
	return s.pain, r.store.end
}

const (
	// calmBelow is how much of an increase may be left when a step counts as calm again.
	calmBelow = .3
	// calmSure is by how many standard deviations trouble that goes on would have to miss that by chance.
	calmSure  = 3
	calmLeast = 2 // panes
)

// isCalm says whether a metric has come back, over as many of the latest panes as it takes to tell: a few when the
// trouble is large, many when it is small.
func (r *frictionRule) isCalm(s *step, a *Alert, m Metric) bool {
	t, last := r.watched(s, a, m)
	c := r.store.cutoff(s)
	b := t.baseline(&c)
	raised := r.store.between(s, t, r.store.number(a.Since), last)
	level := raised.x / max(raised.n, 1)
	if m == a.Metric {
		level = a.Peak / 100 // what was observed since falls when it is over
	}
	w := sum{unit: b.unit}
	for panes := calmLeast; panes <= r.store.longest(); panes++ {
		if w = r.store.between(s, t, last-int64(panes), last); w.n == 0 {
			continue
		}
		above := (level - w.expected/w.n) * w.n / w.unit * (1 - calmBelow)
		if above <= 0 {
			return true
		}
		if above*above >= calmSure*calmSure*level*w.n/w.unit {
			break
		}
	}
	return w.n == 0 || w.x < w.expected+calmBelow*(level*w.n-w.expected)
}
