package alert

import (
	"cmp"
	"math"
	"slices"
	"time"

	"friction/pipeline/notify"
)

// judgeSteps follows open alerts and raises new ones, the worst first.
func (j *Judge) judgeSteps(all []*step, found []*finding) (changes []Change) {
	type draft struct {
		*step
		*Alert
	}
	var drafts []draft
	for i, s := range all {
		if s.bad++; found[i] == nil {
			s.bad = 0
		}
		if a := j.open[key{Friction, s.StepName}]; a != nil && j.at.After(a.RaisedAt) {
			changes = append(changes, j.follow(s, a, found[i])...)
		}
	}
	for i, s := range all {
		if found[i] != nil && j.open[key{Friction, s.StepName}] == nil && !justExplained(changes, s.StepName) {
			drafts = append(drafts, draft{s, j.draft(s, found[i])})
		}
	}
	slices.SortStableFunc(drafts, func(a, b draft) int { return cmp.Compare(j.weight(b.Alert), j.weight(a.Alert)) })
	for i, d := range drafts {
		switch {
		case d.bad < j.cfg.Consecutive || j.isEcho(d.Alert):
		case d.bad < 2*j.cfg.Consecutive && i > 0 && drafts[0].bad < j.cfg.Consecutive && j.covers(drafts[0].Alert, d.Alert):
			// it may be an echo of what is about to be raised
		default:
			d.calm = 0
			d.name()
			j.open[d.key()] = d.Alert
			changes = append(changes, *d.Alert)
		}
	}
	return changes
}

// justExplained says whether what was found at a step has just been explained by an alert that is over.
func justExplained(changes []Change, s StepName) bool {
	return slices.ContainsFunc(changes, func(c Change) bool {
		return c.State == Resolved && (c.StepName == s || slices.ContainsFunc(c.Echoes, func(e Echo) bool { return e.StepName == s }))
	})
}

// draft is the alert of a step that is worse than usual.
func (j *Judge) draft(s *step, found *finding) *Alert {
	a := &Alert{
		Seq: 1, Rule: Friction, State: Raised, Series: Series{s.StepName, found.dimension, found.value}, Metric: found.metric,
		Alarms: found.alarms, Window: time.Duration(found.panes) * j.slide, RaisedAt: j.at, UpdatedAt: j.at,
	}
	began := j.began(s, found)
	a.Since = j.moment(began)
	j.measure(a, j.between(s, found.track, began, found.last))
	if found.dimension == "" {
		j.blame(s, a, began)
	} else {
		a.Only, a.Explains, a.Among = true, 1, j.shareOf(s, found.track, began)
	}
	return a
}

// echoBelow is how much less than another a step's visits must be hit to be its echo, and echoHarm how much less all of
// them together: what is felt elsewhere is part of the same harm.
const echoBelow, echoHarm = .75, .5

// weight is how bad an alert is, in increases that count as critical.
func (j *Judge) weight(a *Alert) float64 {
	critical := j.cfg.CriticalScore
	if a.Metric == Lost {
		critical = 100 * j.cfg.CriticalLost
	}
	return (max(a.Peak, a.Observed) - a.Expected) / critical
}

// harm is how much an alert adds up to in a minute: weight times visits.
func (j *Judge) harm(a *Alert) float64 {
	return j.weight(a) * float64(a.Visits) / max(1, j.at.Sub(a.Since).Minutes())
}

// covers says whether one alert is so much worse that it may be the reason for another of the same app.
func (j *Judge) covers(root, a *Alert) bool {
	return root.App == a.App && j.weight(a) < echoBelow*j.weight(root) && j.harm(a) < echoHarm*j.harm(root) && !a.Since.Add(echoLead).Before(root.Since)
}

// isEcho says whether an open alert of the same app, much worse, explains what began with it; it notes that.
func (j *Judge) isEcho(a *Alert) bool {
	for _, k := range j.openKeys() {
		root := j.open[k]
		if k.Rule != Friction || !j.covers(root, a) {
			continue
		}
		if !slices.ContainsFunc(root.Echoes, func(e Echo) bool { return e.StepName == a.StepName }) {
			root.Echoes = append(root.Echoes, Echo{a.StepName, a.Since})
		}
		return true
	}
	return false
}

// echoLead is how long before the trouble visits may have begun that it reaches.
const echoLead = 30 * time.Minute

// began finds where in the panes before its end trouble begins: from where on it is most likely that what was measured
// came at the raised rate and not at the usual one.
func (j *Judge) began(s *step, f *finding) int64 {
	ratio := math.Log(max(j.cfg.MinRatio, f.x/max(f.usual, f.unit/2)))
	best, at, run := math.Inf(-1), f.last-1, 0.
	for n := f.last - 1; n >= max(f.last-int64(2*f.panes), f.track.panes.first()); n-- {
		w := j.between(s, f.track, n, n+1)
		run += w.x/w.unit*ratio - w.usual/w.unit*math.Expm1(ratio)
		if w.n > 0 && w.x > 0 && run > best {
			best, at = run, n
		}
	}
	return at
}

// firmHurt is from how many hurt visits on what was observed stands as a peak.
const firmHurt = 10

// measure writes down what a window holds.
func (j *Judge) measure(a *Alert, w sum) {
	n := max(w.n, 1)
	a.Observed, a.Expected = 100*w.x/n, 100*w.usual/n
	least, critical := j.cfg.MinScore, j.cfg.CriticalScore
	if a.Metric == Lost {
		least, critical = 100*j.cfg.MinLost, 100*j.cfg.CriticalLost
	}
	a.Bound = max(a.Expected*j.cfg.MinRatio, a.Expected+least)
	a.Visits, a.Hurt = uint64(w.n), uint64(w.hurt)
	if a.Peak = max(a.Peak, a.Observed); a.Hurt < firmHurt {
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

// blame names the value of a dimension that explains most of the harm, if one does more than its share.
func (j *Judge) blame(s *step, a *Alert, began int64) {
	all := j.between(s, s.pain, began, j.end)
	if all.x <= all.usual || all.n == 0 {
		return
	}
	best := 0.
	for _, p := range s.order {
		w := j.between(s, s.parts[p], began, j.end)
		explains, among := (w.x-w.usual)/(all.x-all.usual), w.n/all.n
		if explains >= explainsMost && explains >= beyondShare*among && w.hurt >= float64(j.cfg.MinHurt) && explains-among > best {
			best = explains - among
			a.Dimension, a.Value, a.Explains, a.Among = p.dimension, p.value, min(1, explains), among
		}
	}
}

func (j *Judge) shareOf(s *step, t *track, began int64) float64 {
	return j.between(s, t, began, j.end).n / max(1, j.between(s, s.pain, began, j.end).n)
}

// follow looks at a step with an open alert.
func (j *Judge) follow(s *step, a *Alert, found *finding) []Change {
	if found != nil && found.metric != a.Metric && !slices.Contains(a.Also, found.metric) {
		a.Also = append(a.Also, found.metric)
	}
	if j.at.UnixMilli()%j.slide.Milliseconds() != 0 {
		return j.escalate(s, a)
	}
	quiet := j.isCalm(s, a, a.Metric)
	for _, m := range a.Also {
		quiet = quiet && j.isCalm(s, a, m)
	}
	if quiet {
		s.calm++
	} else {
		s.calm = 0
	}
	if s.calm >= j.cfg.Calm {
		return j.resolve(s, a)
	}
	return j.escalate(s, a)
}

// escalate tells when trouble has grown.
func (j *Judge) escalate(s *step, a *Alert) []Change {
	if s.calm > 0 {
		return nil
	}
	before := a.Severity
	t, last := j.watched(s, a, a.Metric)
	j.measure(a, j.between(s, t, j.number(a.Since), last))
	if a.Severity == before {
		return nil
	}
	return j.change(a, Updated)
}

func (j *Judge) resolve(s *step, a *Alert) []Change {
	s.explain(j.number(a.Since), j.end)
	for _, e := range a.Echoes {
		if of := j.steps[e.StepName]; of != nil {
			of.explain(j.number(e.Since), j.end)
		}
	}
	return j.close(a)
}

// close ends an alert.
func (j *Judge) close(a *Alert) []Change {
	a.ResolvedAt = j.at
	delete(j.open, a.key())
	return j.change(a, Resolved)
}

func (j *Judge) change(a *Alert, to notify.State) []Change {
	a.State, a.UpdatedAt = to, j.at
	a.Seq++
	return []Change{*a}
}

// watched is the track that an alert's metric is about, and the first pane that is not known of it.
func (j *Judge) watched(s *step, a *Alert, m Metric) (*track, int64) {
	if m == Lost {
		return s.lost, j.end - j.lostLag + 1
	}
	if t := s.parts[part{a.Dimension, a.Value}]; a.Only && t != nil {
		return t, j.end
	}
	return s.pain, j.end
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
func (j *Judge) isCalm(s *step, a *Alert, m Metric) bool {
	t, last := j.watched(s, a, m)
	now := j.present(s)
	usual := t.usual(&now)
	raised := j.between(s, t, j.number(a.Since), last)
	level := raised.x / max(raised.n, 1)
	if m == a.Metric {
		level = a.Peak / 100 // what was observed since falls when it is over
	}
	w := sum{unit: usual.unit}
	for panes := calmLeast; panes <= j.windows[len(j.windows)-1]; panes++ {
		if w = j.between(s, t, last-int64(panes), last); w.n == 0 {
			continue
		}
		above := (level - w.usual/w.n) * w.n / w.unit * (1 - calmBelow)
		if above <= 0 {
			return true
		}
		if above*above >= calmSure*calmSure*level*w.n/w.unit {
			break
		}
	}
	return w.n == 0 || w.x < w.usual+calmBelow*(level*w.n-w.usual)
}
