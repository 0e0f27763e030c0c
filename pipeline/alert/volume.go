package alert

import (
	"time"
)

// volume counts judgements in a row that found nobody.
type volume struct {
	bad  int
	back int64 // first pane after the last time that nobody came
}

const (
	// gone is the share of the visits expected that still counts as nobody.
	gone = .05
	// back is the share of the visits expected from which on they count as back.
	back = .2
	// longestSilence is how many times [Config.Silence] is looked at where few visits come.
	longestSilence = 8
)

// drought is a time without visits.
type drought struct {
	panes              int
	observed, expected float64
}

// judgeVolumes looks for apps that send nothing, and for steps that nobody reaches. It does so when a pane ends.
func (j *Judge) judgeVolumes(all []*step) (changes []Change) {
	if j.at.UnixMilli()%j.slide.Milliseconds() != 0 {
		return nil
	}
	for i := 0; i < len(all); {
		n := i
		for n < len(all) && all[n].App == all[i].App {
			n++
		}
		of := all[i:n]
		app := j.apps[of[0].App]
		if app == nil {
			app = &volume{}
			j.apps[of[0].App] = app
		}
		changes = append(changes, j.decide(app, key{Absence, StepName{App: of[0].App}}, j.dryWhole(of))...)
		for _, s := range of {
			if s.Journey == site || j.open[key{Absence, StepName{App: s.App}}] != nil {
				continue
			}
			s.reach.back = max(s.reach.back, app.back)
			changes = append(changes, j.decide(&s.reach, key{Unreached, s.StepName}, j.dryStep(s, before(of, s)))...)
		}
		i = n
	}
	return changes
}

// before lists the steps of a journey that come before one.
func before(of []*step, s *step) (earlier []*step) {
	for _, e := range of {
		if e.Journey == s.Journey && e.index < s.index {
			earlier = append(earlier, e)
		}
	}
	return earlier
}

// decide raises or resolves the alert of something that should be visited.
func (j *Judge) decide(v *volume, k key, d drought) []Change {
	if a := j.open[k]; a != nil {
		if !j.at.After(a.RaisedAt) {
			return nil
		}
		panes := float64(d.panes)
		a.Observed, a.Visits = d.observed, uint64(d.observed)
		if d.observed < max(1, back*a.Expected*panes/float64(a.Window/j.slide)) {
			return nil
		}
		v.back = j.end
		return j.close(a)
	}
	if d.expected < float64(j.cfg.MinExpected) || d.observed > gone*d.expected {
		v.bad = 0
		return nil
	}
	if v.bad++; v.bad < j.cfg.Consecutive {
		return nil
	}
	v.bad = 0
	window := time.Duration(d.panes) * j.slide
	a := &Alert{
		Seq: 1, Rule: k.Rule, State: Raised, Severity: Critical, Series: Series{StepName: k.StepName}, Metric: Visits, Observed: d.observed,
		Expected: d.expected, Bound: gone * d.expected, Visits: uint64(d.observed), Window: window, Since: j.moment(j.end).Add(-window),
		RaisedAt: j.at, UpdatedAt: j.at,
	}
	a.name()
	j.open[k] = a
	return []Change{*a}
}

// silence is how many panes of nobody it takes at least.
func (j *Judge) silence() int { return max(1, int(j.cfg.Silence/j.slide)) }

// dryWhole compares all visits of an app with those just before, and with those of the same hours in other weeks.
func (j *Judge) dryWhole(of []*step) (d drought) {
	if j.open[key{Absence, StepName{App: of[0].App}}] != nil {
		d.panes = j.cfg.Calm
		d.observed = j.visits(of, 0, d.panes)
		return d
	}
	for times := 1; times <= longestSilence; times *= 2 {
		d = drought{panes: times * j.silence()}
		d.observed = j.visits(of, 0, d.panes)
		d.expected = j.visits(of, d.panes, d.panes)
		if usual, known := j.usualVisits(of, d.panes); known {
			d.expected = min(d.expected, usual)
		}
		if d.expected >= float64(j.cfg.MinExpected) {
			return d
		}
	}
	return d
}

// visits adds up so many panes, up to so many before the end.
func (j *Judge) visits(of []*step, ago, panes int) (n float64) {
	for _, s := range of {
		to := j.end - int64(ago)
		for i := max(to-int64(panes), s.pain.panes.first()); i < to; i++ {
			n += float64(s.pain.panes.at(i).n)
		}
	}
	return n
}

// usualVisits is how many visits so many panes had at this hour of the day on other days, the median; not known from
// too few days.
func (j *Judge) usualVisits(of []*step, panes int) (usual float64, known bool) {
	now := hourOf(j.end-int64(panes), j.slide)
	var days []float64
	for d := int64(1); d*hoursOfDay < int64(j.hours()); d++ {
		n, seen := 0., false
		for _, s := range of {
			h := &s.pain.hours
			if at := now - d*hoursOfDay; at >= max(1, h.first()) && at < h.next {
				n += float64(h.at(at).n)
				seen = seen || h.at(at).n > 0 || h.at(at-1).n > 0
			}
		}
		if seen {
			days = append(days, n)
		}
	}
	return median(days) * float64(panes) / float64(time.Hour/j.slide), len(days) >= enoughDays
}

// dryStep compares the visits of a step with those of the step before it; those of a first step with its own.
func (j *Judge) dryStep(s *step, earlier []*step) (d drought) {
	if j.open[key{Unreached, s.StepName}] != nil {
		d.panes = j.cfg.Calm
		d.observed = j.visits([]*step{s}, 0, d.panes)
		return d
	}
	if len(earlier) == 0 {
		if d = j.dryWhole([]*step{s}); j.end-int64(2*d.panes) < s.reach.back {
			d.expected = 0 // there was nobody to compare with
		}
		return d
	}
	up := earlier[len(earlier)-1]
	follow, known := followers(up, s)
	if !known {
		return d
	}
	for n := j.end - 1; n >= max(s.pain.panes.first(), up.pain.panes.first(), s.reach.back) && d.panes < longestSilence*j.silence(); n-- {
		if d.panes++; j.troubled(earlier, n) {
			continue
		}
		d.observed += float64(s.pain.panes.at(n).n)
		d.expected += float64(up.pain.panes.at(n).n) * follow
		if d.panes >= j.silence() && d.expected >= float64(j.cfg.MinExpected) {
			break
		}
	}
	return d
}

// troubled says whether trouble at an earlier step explains that few come.
func (j *Judge) troubled(earlier []*step, number int64) bool {
	for _, e := range earlier {
		a := j.open[key{Friction, e.StepName}]
		if a != nil && number >= j.number(a.Since) || e.quiet.at(number).hurt > 0 {
			return true
		}
	}
	return false
}

// followers is how many visits of a step there were for each one of another, in history.
func followers(up, s *step) (share float64, known bool) {
	var n, of float64
	hours := 0
	for h := max(0, up.pain.hours.first(), s.pain.hours.first()); h < min(up.pain.hours.next, s.pain.hours.next); h++ {
		if c := up.pain.hours.at(h); c.n > 0 {
			of += float64(c.n)
			n += float64(s.pain.hours.at(h).n)
			hours++
		}
	}
	return n / max(of, 1), hours >= leastHours
}

// Progress is how far a group of workers has come.
type Progress struct {
	Group     string
	Watermark time.Time // zero while a task has not reported
	Now       time.Time // the clock it is compared with
}

// Watch judges whether the data stands still. It is the only rule that needs a clock: the one in p.
func (j *Judge) Watch(p Progress) []Change {
	if p.Watermark.IsZero() {
		return nil
	}
	k := key{Watermark, StepName{Step: p.Group}}
	behind := p.Now.Sub(p.Watermark)
	a := j.open[k]
	if a != nil {
		a.Observed = behind.Seconds()
		if behind > j.cfg.WatermarkBehind/2 {
			return nil
		}
		delete(j.open, k)
		a.State, a.UpdatedAt, a.ResolvedAt, a.Seq = Resolved, p.Now, p.Now, a.Seq+1
		return []Change{*a}
	}
	if behind <= j.cfg.WatermarkBehind {
		return nil
	}
	a = &Alert{
		Seq: 1, Rule: Watermark, State: Raised, Severity: Critical, Series: Series{StepName: k.StepName}, Metric: Behind, Observed: behind.Seconds(),
		Bound: j.cfg.WatermarkBehind.Seconds(), Window: j.cfg.WatermarkBehind, Since: p.Watermark, RaisedAt: p.Now, UpdatedAt: p.Now,
	}
	a.name()
	j.open[k] = a
	return []Change{*a}
}
