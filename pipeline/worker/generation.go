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
	"friction/pipeline/source"
)

// generation serves the partitions of one generation of the group and returns when all its tasks have stopped. stop ends
// when the worker itself is to stop.
func (w *Worker) generation(ctx, stop context.Context, g source.Generation) error {
	w.o.Metrics.rejoins.Inc()
	w.log.Info("generation joined", zap.Int32("generation", g.ID), zap.String("member", g.Member), zap.Int32s("partitions", g.Tasks))
	w.tasks.remove(func(p int32) bool { return !slices.Contains(g.Tasks, p) })
	w.tasks.begin(len(g.Tasks), w.budget(len(g.Tasks)))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, len(g.Tasks)+1)
	for _, p := range g.Tasks {
		wg.Go(func() {
			if err := w.serve(ctx, stop, g, p); err != nil {
				failures <- err
				cancel() // one task that cannot go on ends the generation: it is joined again
			}
		})
	}
	wg.Go(func() { w.commitUntil(ctx, g) })
	<-ctx.Done()
	wg.Wait()
	close(failures)
	var fatal, again error
	for err := range failures {
		if errors.Is(err, errRejoin) {
			again = err
		} else {
			fatal = errors.Join(fatal, err)
		}
	}
	return cmp.Or(fatal, again)
}

// budget is the configuration for so many tasks: what may wait in memory is shared among them.
func (w *Worker) budget(tasks int) Config {
	c, short := w.o.Config.within(w.o.MemoryLimit, tasks)
	if short {
		w.log.Warn("the memory limit is too small for so many tasks: raise it, or run more workers",
			zap.Int64("limit", w.o.MemoryLimit), zap.Int("tasks", tasks))
	}
	if c != w.o.Config {
		w.log.Info("budgets are cut to the memory limit", zap.Int64("limit", w.o.MemoryLimit), zap.Int("tasks", tasks),
			zap.Int("unflushed_bytes", c.UnflushedBytes), zap.Int("reorder_bytes", c.ReorderBytes), zap.Int("epoch_bytes", c.EpochBytes))
	}
	return c
}

// serve runs one task while the generation lasts. What went wrong in a way that opening it again can mend is logged;
// anything else is returned.
func (w *Worker) serve(ctx, stop context.Context, g source.Generation, partition int32) error {
	t, err := w.task(ctx, g, partition)
	if err == nil {
		err = t.Run(ctx)
	}
	if err == nil {
		if stop.Err() != nil {
			w.finish(stop, g, t)
		}
		return nil
	}
	w.tasks.remove(func(p int32) bool { return p == partition })
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		err = nil // the generation ended before the task was ready
	}
	if errors.Is(err, checkpoint.ErrFenced) || errors.Is(err, checkpoint.ErrShorter) || errors.Is(err, source.ErrStale) {
		w.log.Warn("task is somebody else's, or its memory is stale: joining again", zap.Int32("partition", partition), zap.Error(err))
		return errRejoin
	}
	return err
}

// errRejoin ends a generation without ending the worker.
var errRejoin = errors.New("join the group again")

// finish stops a task for good, within the time a stop may take.
func (w *Worker) finish(stop context.Context, g source.Generation, t *Task) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), w.o.Config.StopTimeout)
	defer cancel()
	t.finish(ctx)
	w.commit(ctx, g, t)
}

// commitEvery is how often positions are shown to lag tools.
const commitEvery = 5 * time.Second

// commitUntil shows positions to lag tools until ctx ends. Recovery does not rely on them.
func (w *Worker) commitUntil(ctx context.Context, g source.Generation) {
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for _, t := range w.tasks.all() {
			w.commit(ctx, g, t)
		}
	}
}

func (w *Worker) commit(ctx context.Context, g source.Generation, t *Task) {
	commits, err := t.commits(ctx)
	if err == nil {
		err = w.kafka.Commit(ctx, g, commits)
	}
	if err != nil && ctx.Err() == nil {
		t.log.Debug("positions not committed", zap.Error(err))
	}
}
