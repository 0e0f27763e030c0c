package alert

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"friction/pipeline/notify"
)

// key is what at most one alert is open of at a time.
type key struct {
	Rule
	StepName
}

func (a *Alert) key() key { return key{a.Rule, a.StepName} }

// openAlerts are the alerts that are raised and not resolved.
type openAlerts struct{ byKey map[key]*Alert }

func newOpenAlerts() *openAlerts { return &openAlerts{map[key]*Alert{}} }

// get is the open alert of a rule about a step, or nil.
func (o *openAlerts) get(r Rule, s StepName) *Alert { return o.byKey[key{r, s}] }

// add takes an alert that is open already.
func (o *openAlerts) add(a *Alert) { o.byKey[a.key()] = a }

// raise gives a new alert its id and opens it.
func (o *openAlerts) raise(a *Alert) Change {
	a.identify()
	o.add(a)
	return *a
}

// update says that an open alert has changed.
func (o *openAlerts) update(a *Alert, at time.Time) Change {
	return changed(a, notify.Updated, at)
}

// resolve ends an alert.
func (o *openAlerts) resolve(a *Alert, at time.Time) Change {
	a.ResolvedAt = at
	delete(o.byKey, a.key())
	return changed(a, notify.Resolved, at)
}

func changed(a *Alert, to notify.State, at time.Time) Change {
	a.State, a.UpdatedAt = to, at
	a.Seq++
	return *a
}

// inOrder lists the open alerts by rule and step.
func (o *openAlerts) inOrder() []*Alert {
	return slices.SortedFunc(maps.Values(o.byKey), func(a, b *Alert) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), compareSteps(a.StepName, b.StepName))
	})
}

func compareSteps(a, b StepName) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey), cmp.Compare(a.Step, b.Step))
}
