package alert

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

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
