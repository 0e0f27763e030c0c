package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/notify"
	"friction/pipeline/query"
	"friction/pipeline/sink"
)

// Options are what an alerter needs. All but Log and Observe are required.
type Options struct {
	Config    Config
	Slide     time.Duration // of the panes, as score.slide of the workers
	Holder    string        // names this alerter among all
	NotBefore time.Time     // nothing earlier is judged
	Reader    *query.Reader
	Tables    *sink.Sink
	Log       *zap.Logger
	Observe   Observer
}

// Observer is told what happens, for metrics. Functions may be nil, and are called from several goroutines.
type Observer struct {
	Leads     func(bool) // whether this alerter works
	Judged    func(at time.Time, took time.Duration, series, unwatched int)
	Open      func([]Alert)
	Change    func(Change)
	Delivered func(receiver string, ok bool)
	Failed    func() // reading or writing the tables
}

// Alerter judges what the tables say and tells receivers, while it holds the lease.
type Alerter struct {
	o         Options
	lease     *Lease
	notifiers []notify.Notifier

	mu   sync.Mutex
	open []Alert
}

// catchUp is how far back an alerter judges what happened while none worked.
const catchUp = time.Hour

// warmUp is how far before the present it begins at least, so that it knows of windows in a row.
const warmUp = 3 * time.Minute

// New prepares an alerter.
func New(o Options) (*Alerter, error) {
	if o.Slide%o.Config.JudgeEvery != 0 {
		return nil, fmt.Errorf("alert.judge_every: %v does not divide score.slide %v", o.Config.JudgeEvery, o.Slide)
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	a := &Alerter{o: o, notifiers: o.Config.Receivers.Notifiers()}
	a.lease = NewLease(o.Config.Lease, o.Holder, struct {
		*query.Reader
		*sink.Sink
	}{o.Reader, o.Tables})
	return a, nil
}

// Leads says whether this alerter works at the moment.
func (a *Alerter) Leads() bool { return a.lease.Held() }

// Run stands by until it holds the lease, works while it does, and stands by again, until ctx ends.
func (a *Alerter) Run(ctx context.Context) error {
	a.o.Log.Info("alerter standing by", zap.String("holder", a.o.Holder), zap.Int("receivers", len(a.notifiers)))
	for ctx.Err() == nil {
		held, err := a.lease.Tend(ctx)
		if err != nil && ctx.Err() == nil {
			a.failed("tend the lease", err)
		}
		if held {
			a.o.Log.Info("alerter working", zap.Uint64("term", a.lease.term))
			a.tenure(ctx)
			a.o.Log.Info("alerter no longer working")
			continue
		}
		_ = sleep(ctx, min(a.o.Config.Every, a.o.Config.Lease.Grace)) // the loop sees why it ended
	}
	return nil
}

// tenure works while the lease is held.
func (a *Alerter) tenure(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	observe(a.o.Observe.Leads, true)
	defer observe(a.o.Observe.Leads, false)
	over := time.AfterFunc(a.lease.Remains(), cancel)
	defer over.Stop()
	var work sync.WaitGroup
	work.Go(func() { a.judging(ctx) })
	for _, n := range a.notifiers {
		work.Go(func() { a.deliver(ctx, n) })
	}
	for ctx.Err() == nil {
		held, err := a.lease.Tend(ctx)
		if err != nil && ctx.Err() == nil {
			a.failed("renew the lease", err)
		}
		if !held {
			break
		}
		over.Reset(a.lease.Remains())
		_ = sleep(ctx, a.o.Config.Lease.TTL/6) // the loop sees why it ended
	}
	cancel()
	work.Wait()
	if err := a.lease.Release(context.WithoutCancel(ctx)); err != nil {
		a.failed("give the lease up", err)
	}
}

// observe calls a function that may not be there.
func observe[T any](f func(T), v T) {
	if f != nil {
		f(v)
	}
}

func (a *Alerter) failed(what string, err error) {
	if a.o.Observe.Failed != nil {
		a.o.Observe.Failed()
	}
	a.o.Log.Warn("alerter could not "+what+", trying again", zap.Error(err))
}

// judging restores a judge and lets it judge until ctx ends.
func (a *Alerter) judging(ctx context.Context) {
	var s *session
	for ctx.Err() == nil {
		err := func() (err error) {
			if s == nil {
				if s, err = a.begin(ctx); err != nil || s == nil {
					return err
				}
			}
			return a.judge(ctx, s)
		}()
		if err != nil && ctx.Err() == nil {
			s = nil // what was written is not known; the tables say
			a.failed("judge", err)
		}
		_ = sleep(ctx, a.o.Config.Every)
	}
}

// session is a judge at work.
type session struct {
	feed  *feed
	judge *Judge
	known []Pane // panes that were read while it was made, for judging what happened meanwhile
	until time.Time
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
	return until.Truncate(a.o.Config.JudgeEvery), groups, err
}

// begin restores a judge as of the moment that was judged last, or somewhat before the present. It is nil while there
// is nothing to judge.
func (a *Alerter) begin(ctx context.Context) (*session, error) {
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
	judge, known, err := f.restore(ctx, at.Truncate(a.o.Slide), past)
	if err != nil {
		return nil, err
	}
	for i := range past { // a change may have been written, and the view not
		if err := a.o.Tables.PutAlert(ctx, row(&past[i], "")); err != nil {
			return nil, err
		}
	}
	a.show(judge)
	return &session{feed: f, judge: judge, known: known, until: until}, nil
}

// lastSeen is the moment up to which the last alerter has judged, if that is not longer ago than it catches up.
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

// judge judges all moments up to the present.
func (a *Alerter) judge(ctx context.Context, s *session) error {
	until, groups, err := a.complete(ctx)
	if err != nil {
		return err
	}
	for _, g := range groups {
		for _, c := range s.judge.Watch(Progress{Group: g.Group, Watermark: g.Watermark, Now: g.Now.UTC()}) {
			if err := a.write(ctx, s, &c); err != nil {
				return err
			}
		}
	}
	for at := s.judge.At().Add(a.o.Config.JudgeEvery); !at.After(until); at = s.judge.At().Add(a.o.Config.JudgeEvery) {
		if until.Sub(at) > catchUp {
			at = until.Add(-catchUp)
		}
		if err := a.moment(ctx, s, at, until); err != nil {
			return err
		}
	}
	a.show(s.judge)
	return nil
}

// moment judges one moment and writes what has come of it.
func (a *Alerter) moment(ctx context.Context, s *session, at, until time.Time) error {
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
	o := s.judge.Evaluate(f)
	for i := range o.Changes {
		if err := a.write(ctx, s, &o.Changes[i]); err != nil {
			return err
		}
	}
	if err := a.o.Tables.KeepSeen(ctx, seenRows(o.Seen, a.o.Slide)); err != nil {
		return err
	}
	if a.o.Observe.Judged != nil {
		a.o.Observe.Judged(at, time.Since(began), s.judge.Series(), s.judge.Unwatched())
	}
	return nil
}

// errLost says that the lease ended before something was written.
var errLost = errors.New("the lease is not held any more")

// write writes a change down. From then on it stands, and will be told.
func (a *Alerter) write(ctx context.Context, s *session, c *Change) error {
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
	a.show(s.judge)
	return nil
}

// receivers are the names of those who are to be told.
func (a *Alerter) receivers() []string {
	names := []string{}
	for _, n := range a.notifiers {
		names = append(names, n.Name())
	}
	return names
}

// show lets others see which alerts are open.
func (a *Alerter) show(j *Judge) {
	open := j.Open()
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

// RunOnce waits for the lease, judges once, tells what is to be told, and returns the changes there were.
func (a *Alerter) RunOnce(ctx context.Context) (changes []Change, err error) {
	for held := false; !held; {
		if held, err = a.lease.Tend(ctx); err != nil {
			return nil, err
		}
		if err := sleep(ctx, min(a.o.Config.Every, a.o.Config.Lease.Grace)); err != nil {
			return nil, err
		}
	}
	told := a.o.Observe.Change
	a.o.Observe.Change = func(c Change) {
		changes = append(changes, c)
		observe(told, c)
	}
	ctx, cancel := context.WithTimeout(ctx, a.lease.Remains())
	defer cancel()
	s, err := a.begin(ctx)
	if err == nil && s != nil {
		err = a.judge(ctx, s)
	}
	for _, n := range a.notifiers {
		if err == nil {
			err = a.deliverDue(ctx, n)
		}
	}
	return changes, errors.Join(err, a.lease.Release(context.WithoutCancel(ctx)))
}

// Foresee judges the latest moments once, without lease, and writes and tells nothing. It returns the changes that an
// alerter would come to, and the alerts that would be open then.
func (a *Alerter) Foresee(ctx context.Context) (changes []Change, open []Alert, err error) {
	until, groups, err := a.complete(ctx)
	if err != nil {
		return nil, nil, err
	}
	if until.IsZero() {
		return nil, nil, errors.New("there is nothing to judge yet: not every task of a run in force has reported; see the view progress")
	}
	past, err := a.past(ctx, until)
	if err != nil {
		return nil, nil, err
	}
	f := &feed{cfg: a.o.Config, slide: a.o.Slide, reader: a.o.Reader}
	j, known, err := f.restore(ctx, until.Add(-warmUp).Truncate(a.o.Slide), past)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range groups {
		changes = append(changes, j.Watch(Progress{Group: g.Group, Watermark: g.Watermark, Now: g.Now.UTC()})...)
	}
	for at := j.At().Add(a.o.Config.JudgeEvery); !at.After(until); at = at.Add(a.o.Config.JudgeEvery) {
		changes = append(changes, j.Evaluate(Facts{At: at, Panes: known}).Changes...)
	}
	return changes, j.Open(), nil
}
