package alert

import (
	"time"
)

// absenceRule raises an alert when an app sends nothing, or when nobody reaches a step.
type absenceRule struct {
	cfg   *Config
	store *store
	open  *openAlerts
	apps  map[string]*absenceState
}

const (
	// gone is the share of the expected visits below which a step counts as not reached.
	gone = .05
	// back is the share of the visits expected from which on they count as back.
	back = .2
	// longestSilence is how many times [Config.Silence] is looked at where few visits come.
	longestSilence = 8
)

// attendance compares the visits of the latest panes with those that were to be expected.
type attendance struct {
	panes              int
	observed, expected float64
}

// evaluate looks for apps that send nothing, and for steps that nobody reaches. It is called when a pane ends. Steps of an
// app that sends nothing raise no alert of their own.
func (r *absenceRule) evaluate(all []*step) (changes []Change) {
	for i := 0; i < len(all); {
		n := i
		for n < len(all) && all[n].App == all[i].App {
			n++
		}
		of := all[i:n]
		app := r.apps[of[0].App]
		if app == nil {
			app = &absenceState{}
			r.apps[of[0].App] = app
		}
		changes = append(changes, r.decide(app, key{Absence, StepName{App: of[0].App}}, r.ofApp(of))...)
		for _, s := range of {
			if s.Journey == site || r.open.get(Absence, StepName{App: s.App}) != nil {
				continue
			}
			s.reach.back = max(s.reach.back, app.back)
			changes = append(changes, r.decide(&s.reach, key{Unreached, s.StepName}, r.ofStep(s, before(of, s)))...)
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
func (r *absenceRule) decide(v *absenceState, k key, d attendance) []Change {
	if a := r.open.get(k.Rule, k.StepName); a != nil {
		if !r.store.at.After(a.RaisedAt) {
			return nil
		}
		panes := float64(d.panes)
		a.Observed, a.Visits = d.observed, uint64(d.observed)
		if d.observed < max(1, back*a.Expected*panes/float64(a.Window/r.store.slide)) {
			return nil
		}
		v.back = r.store.end
		return []Change{r.open.resolve(a, r.store.at)}
	}
	if d.expected < float64(r.cfg.MinExpected) || d.observed > gone*d.expected {
		v.bad = 0
		return nil
	}
	if v.bad++; v.bad < r.cfg.Consecutive {
		return nil
	}
	v.bad = 0
	window := time.Duration(d.panes) * r.store.slide
	return []Change{r.open.raise(&Alert{
		Seq: 1, Rule: k.Rule, State: Raised, Severity: Critical, Series: Series{StepName: k.StepName}, Metric: Visits, Observed: d.observed,
		Expected: d.expected, Bound: gone * d.expected, Visits: uint64(d.observed), Window: window, Since: r.store.start(r.store.end).Add(-window),
		RaisedAt: r.store.at, UpdatedAt: r.store.at,
	})}
}

// silence is how many panes without visits are needed at least.
func (r *absenceRule) silence() int { return max(1, int(r.cfg.Silence/r.store.slide)) }

// ofApp compares all visits of an app with those just before, and with those of the same hours in other weeks.
func (r *absenceRule) ofApp(of []*step) (d attendance) {
	if r.open.get(Absence, StepName{App: of[0].App}) != nil {
		d.panes = r.cfg.Calm
		d.observed = r.visits(of, 0, d.panes)
		return d
	}
	for times := 1; times <= longestSilence; times *= 2 {
		d = attendance{panes: times * r.silence()}
		d.observed = r.visits(of, 0, d.panes)
		d.expected = r.visits(of, d.panes, d.panes)
		if usual, known := r.usualVisits(of, d.panes); known {
			d.expected = min(d.expected, usual)
		}
		if d.expected >= float64(r.cfg.MinExpected) {
			return d
		}
	}
	return d
}

// visits adds up so many panes, up to so many before the end.
func (r *absenceRule) visits(of []*step, ago, panes int) (n float64) {
	for _, s := range of {
		to := r.store.end - int64(ago)
		for i := max(to-int64(panes), s.pain.panes.first()); i < to; i++ {
			n += float64(s.pain.panes.at(i).n)
		}
	}
	return n
}

// usualVisits is the median number of visits in as many panes, at this hour of the day on other days; not known with
// too few days.
func (r *absenceRule) usualVisits(of []*step, panes int) (usual float64, known bool) {
	now := r.store.hour(r.store.end - int64(panes))
	var days []float64
	for d := int64(1); d*hoursOfDay < int64(r.store.hours()); d++ {
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
	return median(days) * float64(panes) / float64(time.Hour/r.store.slide), len(days) >= enoughDays
}

// ofStep compares the visits of a step with those of the step before it; those of a first step with its own.
func (r *absenceRule) ofStep(s *step, earlier []*step) (d attendance) {
	if r.open.get(Unreached, s.StepName) != nil {
		d.panes = r.cfg.Calm
		d.observed = r.visits([]*step{s}, 0, d.panes)
		return d
	}
	if len(earlier) == 0 {
		if d = r.ofApp([]*step{s}); r.store.end-int64(2*d.panes) < s.reach.back {
			d.expected = 0 // there were no visits to compare with
		}
		return d
	}
	up := earlier[len(earlier)-1]
	follow, known := followers(up, s)
	if !known {
		return d
	}
	for n := r.store.end - 1; n >= max(s.pain.panes.first(), up.pain.panes.first(), s.reach.back) && d.panes < longestSilence*r.silence(); n-- {
		if d.panes++; r.troubled(earlier, n) {
			continue
		}
		d.observed += float64(s.pain.panes.at(n).n)
		d.expected += float64(up.pain.panes.at(n).n) * follow
		if d.panes >= r.silence() && d.expected >= float64(r.cfg.MinExpected) {
			break
		}
	}
	return d
}

// troubled says whether trouble at an earlier step explains that few come.
func (r *absenceRule) troubled(earlier []*step, number int64) bool {
	for _, e := range earlier {
		a := r.open.get(Friction, e.StepName)
		if a != nil && number >= r.store.number(a.Since) || e.excluded.at(number).hurt > 0 {
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
