package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/query"
	"friction/pipeline/sink"
)

// warmUp is how far before the present it begins at least, so that it knows of windows in a row.
const warmUp = 3 * time.Minute

// evaluate restores an evaluator and lets it work until ctx ends.
func (a *Alerter) evaluate(ctx context.Context) {
	var s *evaluation
	for ctx.Err() == nil {
		err := func() (err error) {
			if s == nil {
				if s, err = a.restore(ctx); err != nil || s == nil {
					return err
				}
			}
			return a.evaluateAll(ctx, s)
		}()
		if err != nil && ctx.Err() == nil {
			s = nil // what was written is not known; the tables say
			a.failed("evaluate", err)
		}
		_ = sleep(ctx, a.o.Config.Every)
	}
}

// evaluation is an evaluator at work.
type evaluation struct {
	feed      *feed
	evaluator *Evaluator
	known     []Pane // panes that were read while it was made, for evaluating what happened meanwhile
	until     time.Time
}

// complete is up to when all tasks of all groups have written their panes; zero when one has not reported.
func (a *Alerter) complete(ctx context.Context) (until time.Time, groups []query.GroupProgress, err error) {
	groups, err = a.o.Reader.Progress(ctx)
	for i, g := range groups {
		if !g.Complete || g.RowsUntil.Unix() <= 0 {
			return time.Time{}, groups, err
		}
		if i == 0 || g.RowsUntil.Before(until) {
			until = g.RowsUntil
		}
	}
	return until.Truncate(a.o.Config.EvaluateEvery), groups, err
}

// restore makes an evaluator as of the moment that was evaluated last, or somewhat before the present. It is nil while
// there is nothing to evaluate.
func (a *Alerter) restore(ctx context.Context) (*evaluation, error) {
	until, _, err := a.complete(ctx)
	if err != nil || until.IsZero() {
		return nil, err
	}
	past, err := a.past(ctx, until)
	if err != nil {
		return nil, err
	}
	at := until.Add(-warmUp)
	last, err := a.lastSeen(ctx, until)
	if err != nil {
		return nil, err
	}
	if !last.IsZero() && last.Before(at) {
		at = last
	}
	if at.Before(a.o.NotBefore) {
		at = a.o.NotBefore
	}
	if at.After(until) {
		return nil, nil
	}
	f := &feed{cfg: a.o.Config, slide: a.o.Slide, reader: a.o.Reader}
	e, known, err := f.restore(ctx, at.Truncate(a.o.Slide), past)
	if err != nil {
		return nil, err
	}
	for i := range past { // a change may have been written, and the view not
		if err := a.o.Tables.PutAlert(ctx, row(&past[i], "")); err != nil {
			return nil, err
		}
	}
	a.show(e)
	return &evaluation{feed: f, evaluator: e, known: known, until: until}, nil
}

// lastSeen is the moment up to which the last alerter has evaluated, if that is not longer ago than it catches up.
func (a *Alerter) lastSeen(ctx context.Context, until time.Time) (time.Time, error) {
	seen, err := a.o.Reader.SeenPanes(ctx, until.Add(-catchUp), until, a.o.Slide)
	var last time.Time
	for i := range seen {
		if at := seen[i].Start.Add(a.o.Config.LostAfter); at.After(last) {
			last = at
		}
	}
	return last, err
}

// past reads back the alerts that are open, or were within the history.
func (a *Alerter) past(ctx context.Context, until time.Time) (past []Alert, err error) {
	changes, err := a.o.Reader.LatestAlertChanges(ctx, until.Add(-a.o.Config.History))
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		var old Alert
		if err := json.Unmarshal([]byte(c.Change), &old); err != nil {
			return nil, fmt.Errorf("read alert %s: %w", c.ID, err)
		}
		past = append(past, old)
	}
	return past, nil
}

// evaluateAll evaluates all moments up to the present.
func (a *Alerter) evaluateAll(ctx context.Context, s *evaluation) error {
	until, groups, err := a.complete(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		for _, c := range s.evaluator.Watch(Progress{Group: g.Group, Watermark: g.Watermark, Now: g.Now.UTC()}) {
			if err := a.write(ctx, s, &c); err != nil {
				return err
			}
		}
	}
	for at := s.evaluator.At().Add(a.o.Config.EvaluateEvery); !at.After(until); at = s.evaluator.At().Add(a.o.Config.EvaluateEvery) {
		if until.Sub(at) > catchUp {
			at = until.Add(-catchUp)
		}
		if err := a.evaluateAt(ctx, s, at, until); err != nil {
			return err
		}
	}
	a.show(s.evaluator)
	return nil
}

// evaluateAt evaluates one moment and writes down what has come of it.
func (a *Alerter) evaluateAt(ctx context.Context, s *evaluation, at, until time.Time) error {
	began := time.Now()
	if err := s.feed.survey(ctx, at, time.Hour); err != nil {
		return err
	}
	f := Facts{At: at, Panes: s.known}
	if at.After(s.until) {
		var err error
		if s.known = nil; until.Sub(at) > a.o.Slide { // much is to be caught up with: it is read at once
			from := at.Truncate(a.o.Slide).Add(-rereadMost * a.o.Slide)
			s.known, err = s.feed.panes(ctx, from, until, a.o.Slide)
			f.Panes, s.until = s.known, until
		} else {
			f, err = s.feed.facts(ctx, at)
		}
		if err != nil {
			return err
		}
	}
	f.Fresh = until.Sub(at) < a.o.Slide
	o := s.evaluator.Evaluate(f)
	for i := range o.Changes {
		if err := a.write(ctx, s, &o.Changes[i]); err != nil {
			return err
		}
	}
	if err := a.o.Tables.KeepSeen(ctx, seenRows(o.Seen, a.o.Slide)); err != nil {
		return err
	}
	if a.o.Observe.Evaluated != nil {
		a.o.Observe.Evaluated(at, time.Since(began), s.evaluator.Series(), s.evaluator.Unwatched())
	}
	return nil
}

// errLost says that the lease ended before something was written.
var errLost = errors.New("the lease is not held any more")

// write stores a change. From then on it counts, and receivers will be notified.
func (a *Alerter) write(ctx context.Context, s *evaluation, c *Change) error {
	if !a.lease.Held() {
		return errLost
	}
	m := Compose(a.o.Config.Links, c, nil)
	r := row(c, m.Text())
	if err := a.o.Tables.AppendAlertChange(ctx, a.o.Holder, a.receivers(), r); err != nil {
		return err
	}
	if err := a.o.Tables.PutAlert(ctx, r); err != nil {
		return err
	}
	observe(a.o.Observe.Change, *c)
	a.o.Log.Info("alert "+string(c.State), zap.String("alert", c.ID.String()), zap.String("severity", string(c.Severity)),
		zap.String("what", m.Title), zap.Time("since", c.Since))
	a.show(s.evaluator)
	return nil
}

// receivers are the names of those to be notified.
func (a *Alerter) receivers() []string {
	names := []string{}
	for _, n := range a.notifiers {
		names = append(names, n.Name())
	}
	return names
}

// show lets others see which alerts are open.
func (a *Alerter) show(e *Evaluator) {
	open := e.Open()
	observe(a.o.Observe.Open, open)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open = open
}

// row is a change as the tables have it.
func row(c *Change, detail string) *sink.AlertRow {
	b, err := json.Marshal(c)
	if err != nil { // numbers that are no numbers
		b = []byte("{}")
	}
	if detail == "" {
		m := Compose(LinksConfig{}, c, nil)
		detail = m.Text()
	}
	return &sink.AlertRow{
		ID: c.ID.String(), Seq: c.Seq, App: c.App, Rule: string(c.Rule), State: string(c.State), Severity: string(c.Severity),
		Journey: c.Journey, Step: c.Step, Dimension: c.Dimension, Value: c.Value, Metric: string(c.Metric),
		Observed: c.Observed, Expected: c.Expected, Threshold: c.Bound, Explains: c.Explains, Visits: c.Visits, Hurt: c.Hurt,
		WindowStart: c.UpdatedAt.Add(-c.Window), Window: c.Window, Since: c.Since, RaisedAt: c.RaisedAt, UpdatedAt: c.UpdatedAt, ResolvedAt: c.ResolvedAt,
		Detail: detail, Change: string(b),
	}
}
