package alert

import (
	"context"
	"errors"
)

// RunOnce waits for the lease, evaluates once, notifies receivers, and returns the changes there were.
func (a *Alerter) RunOnce(ctx context.Context) (changes []Change, err error) {
	for held := false; !held; {
		if held, err = a.lease.Renew(ctx); err != nil {
			return nil, err
		}
		if err := sleep(ctx, min(a.o.Config.Every, a.o.Config.Lease.Grace)); err != nil {
			return nil, err
		}
	}
	observed := a.o.Observe.Change
	a.o.Observe.Change = func(c Change) {
		changes = append(changes, c)
		observe(observed, c)
	}
	ctx, cancel := context.WithTimeout(ctx, a.lease.Remaining())
	defer cancel()
	s, err := a.restore(ctx)
	if err == nil && s != nil {
		err = a.evaluateAll(ctx, s)
	}
	for _, n := range a.notifiers {
		if err == nil {
			err = a.deliverDue(ctx, n)
		}
	}
	return changes, errors.Join(err, a.lease.Release(context.WithoutCancel(ctx)))
}

// DryRun evaluates the latest moments once, without the lease. It writes nothing and notifies nobody. It returns the changes
// that an alerter would come to, and the alerts that would be open then.
func (a *Alerter) DryRun(ctx context.Context) (changes []Change, open []Alert, err error) {
	until, groups, err := a.complete(ctx)
	if err != nil {
		return nil, nil, err
	}
	if until.IsZero() {
		return nil, nil, errors.New("there is nothing to evaluate yet: not every task of a run in force has reported; see the view progress")
	}
	past, err := a.past(ctx, until)
	if err != nil {
		return nil, nil, err
	}
	f := &feed{cfg: a.o.Config, slide: a.o.Slide, reader: a.o.Reader}
	e, known, err := f.restore(ctx, until.Add(-warmUp).Truncate(a.o.Slide), past)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range groups {
		changes = append(changes, e.Watch(Progress{Group: g.Group, Watermark: g.Watermark, Now: g.Now.UTC()})...)
	}
	for at := e.At().Add(a.o.Config.EvaluateEvery); !at.After(until); at = at.Add(a.o.Config.EvaluateEvery) {
		changes = append(changes, e.Evaluate(Facts{At: at, Panes: known}).Changes...)
	}
	return changes, e.Open(), nil
}
