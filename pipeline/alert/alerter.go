package alert

import (
	"context"
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
	NotBefore time.Time     // nothing earlier is evaluated
	Reader    *query.Reader
	Tables    *sink.Sink
	Log       *zap.Logger
	Observe   Observer
}

// Observer learns what happens, for metrics. Functions may be nil, and are called from several goroutines.
type Observer struct {
	Leads     func(bool) // whether this alerter works
	Evaluated func(at time.Time, took time.Duration, series, unwatched int)
	Open      func([]Alert)
	Change    func(Change)
	Delivered func(receiver string, ok bool)
	Failed    func() // reading or writing the tables
}

// Alerter evaluates what the tables say and notifies receivers, while it holds the lease.
type Alerter struct {
	o         Options
	lease     *Lease
	notifiers []notify.Notifier

	mu   sync.Mutex
	open []Alert
}

// New prepares an alerter.
func New(o Options) (*Alerter, error) {
	if o.Slide%o.Config.EvaluateEvery != 0 {
		return nil, fmt.Errorf("alert.evaluate_every: %v does not divide score.slide %v", o.Config.EvaluateEvery, o.Slide)
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
		held, err := a.lease.Renew(ctx)
		if err != nil && ctx.Err() == nil {
			a.failed("get the lease", err)
		}
		if held {
			a.o.Log.Info("alerter working", zap.Uint64("term", a.lease.term))
			a.lead(ctx)
			a.o.Log.Info("alerter no longer working")
			continue
		}
		_ = sleep(ctx, min(a.o.Config.Every, a.o.Config.Lease.Grace)) // the loop sees why it ended
	}
	return nil
}

// lead works while the lease is held.
func (a *Alerter) lead(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	observe(a.o.Observe.Leads, true)
	defer observe(a.o.Observe.Leads, false)
	over := time.AfterFunc(a.lease.Remaining(), cancel)
	defer over.Stop()
	var work sync.WaitGroup
	work.Go(func() { a.evaluate(ctx) })
	for _, n := range a.notifiers {
		work.Go(func() { a.deliver(ctx, n) })
	}
	for ctx.Err() == nil {
		held, err := a.lease.Renew(ctx)
		if err != nil && ctx.Err() == nil {
			a.failed("renew the lease", err)
		}
		if !held {
			break
		}
		over.Reset(a.lease.Remaining())
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
