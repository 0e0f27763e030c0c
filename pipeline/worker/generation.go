package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/groupconfig"
	"friction/pipeline/source"
)

// generation serves the partitions that one generation of the group gives a worker.
type generation struct {
	source.Generation
	*opener
	log *zap.Logger
}

// run returns when all tasks have stopped. stop ends when the worker itself is to stop.
func (g *generation) run(ctx, stop context.Context) error {
	g.out.Metrics.rejoins.Inc()
	g.log.Info("generation joined", zap.Int32("generation", g.ID), zap.String("member", g.Member), zap.Int32s("partitions", g.Tasks))
	g.tasks.remove(func(p int32) bool { return !slices.Contains(g.Tasks, p) })
	config, lean := g.budget(len(g.Tasks))
	g.tasks.begin(len(g.Tasks), config, lean)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, len(g.Tasks)+1)
	wg.Go(func() {
		if err := g.member.Check(ctx); err != nil && ctx.Err() == nil {
			failures <- err
			cancel()
		}
	})
	for _, p := range g.Tasks {
		wg.Go(func() {
			if err := g.serve(ctx, stop, p); err != nil {
				failures <- err
				cancel() // one task that cannot go on ends the generation: it is joined again
			}
		})
	}
	wg.Go(func() { g.commitUntil(ctx) })
	<-ctx.Done()
	wg.Wait()
	close(failures)
	var fatal, rejoin error
	for err := range failures {
		if again(err) {
			rejoin = err
		} else {
			fatal = errors.Join(fatal, err)
		}
	}
	return cmp.Or(fatal, rejoin)
}

// budget is the configuration for so many tasks: what may wait in memory is shared among them.
func (g *generation) budget(tasks int) (_ Config, lean bool) {
	c, lean, short := g.o.Config.within(g.o.MemoryLimit, tasks)
	if short {
		g.log.Warn("the memory limit is too small for so many tasks: raise it, or run more workers",
			zap.Int64("limit", g.o.MemoryLimit), zap.Int("tasks", tasks))
	}
	if lean {
		g.log.Info("budgets are cut to the memory limit", zap.Int64("limit", g.o.MemoryLimit), zap.Int("tasks", tasks),
			zap.Int("memory", c.Memory), zap.Int("epoch_bytes", c.EpochBytes))
	}
	return c, lean
}

// serve runs one task while the generation lasts. What went wrong in a way that opening it again can mend is logged;
// anything else is returned.
func (g *generation) serve(ctx, stop context.Context, partition int32) error {
	t, err := g.task(ctx, g.Generation, partition)
	if err == nil {
		err = t.Run(ctx)
	}
	if err == nil {
		if stop.Err() != nil {
			g.finish(stop, t)
		}
		return nil
	}
	g.tasks.remove(func(p int32) bool { return p == partition })
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		err = nil // the generation ended before the task was ready
	}
	if errors.Is(err, checkpoint.ErrFenced) || errors.Is(err, checkpoint.ErrShorter) || errors.Is(err, source.ErrStale) {
		g.log.Warn("another worker has taken the task over, or what is in memory of it is out of date: joining the group again", zap.Int32("partition", partition), zap.Error(err))
		return errRejoin
	}
	return err
}

// errRejoin ends a generation without ending the worker.
var errRejoin = errors.New("join the group again")

// again reports that the worker may become a member of the group once more.
func again(err error) bool {
	_, other := errors.AsType[*groupconfig.RefusedError](err)
	return other || errors.Is(err, errRejoin)
}

// finish stops a task for good, within the time a stop may take.
func (g *generation) finish(stop context.Context, t *Task) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), g.o.Config.StopTimeout)
	defer cancel()
	t.finish(ctx)
	g.commit(ctx, t)
}

// commitEvery is how often positions are shown to lag tools.
const commitEvery = 5 * time.Second

// commitUntil shows positions to lag tools until ctx ends. Recovery does not rely on them.
func (g *generation) commitUntil(ctx context.Context) {
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, t := range g.tasks.all() {
			t.showBusyLag(ctx)
			g.commit(ctx, t)
		}
	}
}

func (g *generation) commit(ctx context.Context, t *Task) {
	commits, err := t.commits(ctx)
	if err == nil {
		err = g.kafka.Commit(ctx, g.Generation, commits)
	}
	if err != nil && ctx.Err() == nil {
		t.log.Debug("positions not committed", zap.Error(err))
	}
}
