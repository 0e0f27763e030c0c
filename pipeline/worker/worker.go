package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/rules"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/status"
)

// Options say what a worker reads, makes and writes.
type Options struct {
	Config     Config
	Kafka      source.Config
	Rules      *rules.Rules
	ClickHouse sink.Config
	Log        *zap.Logger
	Metrics    *Metrics
	// MemoryLimit is how much memory the process may use, bytes; 0 for no limit. Budgets
	// of tasks are cut to it.
	MemoryLimit int64
}

// Worker is one member of the consumer group: it runs a task for every partition
// it is assigned.
type Worker struct {
	o        Options
	log      *zap.Logger
	kafka    *source.Cluster
	topics   []string // sorted: records name them by index
	sink     *sink.Sink
	inserter *inserter
	steps    *stepSeries
	letters  *letters                             // nil when there is no dead-letter topic
	logOf    func(partition int32) checkpoint.Log // a task's log

	chunkBytes int // of a record of a log; 0 for the default

	mu       sync.Mutex
	tasks    map[int32]*task // in memory, also between generations
	joined   bool
	assigned int    // tasks of the generation
	config   Config // with budgets that fit the memory and the tasks
}

// NewWorker checks the options and prepares the connections.
func New(o Options) (*Worker, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	k, err := source.Connect(o.Kafka)
	if err != nil {
		return nil, err
	}
	k.OnRetry(func(what string, err error) {
		o.Log.Warn("Kafka: trying again", zap.String("what", what), zap.Error(err))
	})
	rows := newInserter(nil, o.Config.InsertEvery, o.Log)
	observer := o.Metrics.observer()
	observer.Refused = rows.refuse
	s, err := sink.Open(o.ClickHouse, o.Log, observer)
	if err != nil {
		k.Close()
		return nil, err
	}
	rows.sink = s
	if o.MemoryLimit > 0 { // decoded and in columns, rows take several times their bytes
		rows.most = min(rows.most, max(leastBudget, int(o.MemoryLimit/64)))
	}
	w := &Worker{
		o: o, log: o.Log, kafka: k, topics: slices.Sorted(slices.Values(o.Kafka.Topics)), sink: s, tasks: map[int32]*task{}, config: o.Config,
		inserter: rows, logOf: func(p int32) checkpoint.Log { return k.CheckpointLog(p) },
		steps: newStepSeries(o.Config.Metrics, o.Rules.Engine.Score),
	}
	o.Metrics.memory.Set(float64(o.MemoryLimit))
	if o.Kafka.DeadLetters.Enabled {
		w.letters = newLetters(k, func(partition int32) Fetcher { return k.Fetcher(partition) }, o.Log, o.Metrics)
	}
	for _, c := range []prometheus.Collector{newTaskSeries(w.Status), status.NewReadiness(w.Ready), w.steps} {
		if err := o.Metrics.Registry.Register(c); err != nil {
			return nil, errors.Join(fmt.Errorf("register metrics: %w", err), s.Close())
		}
	}
	return w, nil
}

// Run works until ctx ends, then stops cleanly: what was read is logged, its rows
// are in ClickHouse, and a base is written, so that the next start replays
// nothing.
func (w *Worker) Run(ctx context.Context) error {
	defer func() { _ = w.sink.Close(); w.kafka.Close() }()
	if err := w.prepare(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			w.log.Info("worker stopped before it had begun")
			return nil
		}
		return err
	}
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.inserter.run(writing) })
	if w.letters != nil {
		wg.Go(func() { w.letters.run(writing) })
	}
	err := w.join(ctx)
	stopWriting()
	wg.Wait()
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		w.log.Info("worker stopped")
		return nil
	}
	return err
}

// join is a member of the group until ctx ends or a task cannot go on.
func (w *Worker) join(ctx context.Context) error {
	for {
		err := w.kafka.Group().Run(ctx, func(generation context.Context, g source.Generation) error {
			return w.generation(generation, ctx, g)
		})
		switch {
		case !errors.Is(err, errRejoin):
			return err
		case ctx.Err() != nil:
			return ctx.Err() // what it could not finish is somebody else's already
		}
	}
}

// abandon drops tasks from memory, with what they have not inserted yet.
func (w *Worker) abandon(which func(partition int32) bool) {
	w.mu.Lock()
	var gone []*task
	for p, t := range w.tasks {
		if which(p) {
			gone = append(gone, t)
			delete(w.tasks, p)
		}
	}
	w.mu.Unlock()
	for _, t := range gone {
		w.forget(t)
	}
}

// forget drops what a task that is thrown away has not written yet.
func (w *Worker) forget(t *task) {
	w.inserter.forget(t)
	w.letters.forget(t)
	w.steps.forget(t.partition)
}

// Status tells where the worker's tasks stand, by partition.
func (w *Worker) Status() []TaskStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []TaskStatus
	for _, t := range w.tasks {
		if s := t.status.Load(); s != nil {
			now := *s
			now.Flushed, now.Unflushed, now.Letters = t.debts.flushed(), t.unflushed.Load(), t.debts.letters()
			all = append(all, now)
		}
	}
	slices.SortFunc(all, func(a, b TaskStatus) int { return int(a.Partition - b.Partition) })
	return all
}
