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
	"friction/pipeline/groupconfig"
	"friction/pipeline/rejects"
	"friction/pipeline/sink"
	"friction/pipeline/source"
	"friction/pipeline/status"
	"friction/pipeline/waiting"
)

// Worker is one member of the consumer group: it runs a task for every partition it is assigned.
type Worker struct {
	opener
	log *zap.Logger
}

// Serve runs a worker with its health and metrics over HTTP until ctx ends.
func Serve(ctx context.Context, o Options, http status.Config) error {
	limit, from := MemoryLimit()
	o.MemoryLimit = limit
	if limit > 0 {
		o.Log.Info("memory limit", zap.Int64("bytes", limit), zap.String("from", from))
	}
	w, err := New(o)
	if err != nil {
		return err
	}
	return w.runBeside(ctx, http)
}

// runBeside is Run with health and metrics over HTTP.
func (w *Worker) runBeside(ctx context.Context, http status.Config) error {
	return status.RunBeside(ctx, w.log, http, status.Options{Ready: w.Ready, Metrics: status.MetricsOf(w.o.Metrics.Registry)}, w.Run)
}

// New checks the options and prepares the connections.
func New(o Options) (*Worker, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	secret := o.Rules.Decode.Pseudonymise
	o.Kafka.DeadLetters.Secret = source.Secret{ID: secret.KeyID, Key: secret.Key}
	k, err := source.Connect(o.Kafka)
	if err != nil {
		return nil, err
	}
	k.OnRetry(func(what string, err error) {
		o.Log.Debug("Kafka: trying again", zap.String("what", what), zap.Error(err)) // if it lasts, patience says so
	})
	rows := NewInserter(nil, o.Config.InsertEvery, o.Metrics, o.Log)
	observer := o.Metrics.observer()
	observer.Refused = rows.refuse
	s, err := sink.Open(o.ClickHouse, o.Log, observer)
	if err != nil {
		k.Close()
		return nil, err
	}
	rows.sink, rows.maxBytes = s, insertBytes(o.MemoryLimit, o.Config.Memory)
	watch := rejects.New(rejects.Options{Share: o.Config.RejectedShare, Format: o.Rules.Decode.Format, Log: o.Log})
	w := &Worker{log: o.Log, opener: opener{
		o: o, kafka: k, topics: slices.Sorted(slices.Values(o.Kafka.Topics)),
		clickhouse: &clickhouse{Sink: s, group: o.Kafka.Group, run: o.Config.Run, log: o.Log},
		out:        Outputs{Inserter: rows, Metrics: o.Metrics, steps: newStepMetrics(o.Config.Metrics, o.Rules.Engine.Score), rejects: watch},
		tasks:      &taskSet{tasks: map[int32]*Task{}, config: o.Config},
		logOf:      func(p int32) checkpoint.Log { return k.CheckpointLog(p) },
	}}
	w.member = groupconfig.New(groupconfig.Options{
		Run: o.Config.Run, Rules: o.Rules, Promote: o.PromoteConfig, Alone: o.Alone, Log: k.CheckpointLog(0),
		Hint: func(ctx context.Context) int64 { return w.hint(ctx, 0) },
	})
	o.Metrics.memory.Set(float64(o.MemoryLimit))
	if o.Kafka.DeadLetters.Enabled {
		w.out.DeadLetters = NewDeadLetterWriter(k.DeadLetters(), func(partition int32) Fetcher { return k.Fetcher(partition) }, o.Log, o.Metrics)
		rows.deadLetters = w.out.DeadLetters
	}
	for _, c := range []prometheus.Collector{newTaskMetrics(w.Status), status.NewReadiness(w.Ready), w.out.steps, watch.Metric()} {
		if err := o.Metrics.Registry.Register(c); err != nil {
			return nil, errors.Join(fmt.Errorf("register metrics: %w", err), s.Close())
		}
	}
	return w, nil
}

// Status is where the worker's tasks stand, by partition.
func (w *Worker) Status() []TaskStatus { return w.tasks.status() }

// Ready is what must hold for the worker to count as ready. Records that cannot be read are said there and do not make it
// unready: another worker could not read them either.
func (w *Worker) Ready() []status.Condition {
	return append(readiness(w.tasks, w.out.DeadLetters, w.o.Kafka.DeadLetterTopic(), w.o.Config.ProgressTimeout), status.Condition{Name: "input", OK: true, Note: w.out.rejects.Note()})
}

// Run works until ctx ends, then stops cleanly: what was read is logged, its rows are in ClickHouse, and a snapshot is
// written, so that the next start processes nothing again.
func (w *Worker) Run(ctx context.Context) error {
	ctx = waiting.Forever(w.log).In(ctx)
	defer func() { _ = w.clickhouse.Close(); w.kafka.Close() }()
	if err := w.prepare(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			w.log.Info("worker stopped before it had begun")
			return nil
		}
		return err
	}
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.out.Inserter.Run(writing) })
	if w.out.DeadLetters != nil {
		wg.Go(func() { w.out.DeadLetters.Run(writing) })
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

// prepare makes sure that topics and tables are as they should be.
func (w *Worker) prepare(ctx context.Context) error {
	partitions, err := w.kafka.Verify(ctx)
	if err != nil {
		return err
	}
	if err := w.kafka.EnsureCheckpoints(ctx, partitions); err != nil {
		return err
	}
	if w.out.DeadLetters != nil {
		if err := w.kafka.DeadLetters().Ensure(ctx, partitions); err != nil {
			return err
		}
	}
	return w.clickhouse.check(ctx)
}

// join is a member of the group until ctx ends or a task cannot go on. Between two memberships the group may have changed
// its configuration.
func (w *Worker) join(ctx context.Context) error {
	for {
		if err := w.admit(ctx); err != nil {
			return err
		}
		err := w.kafka.Group().Run(ctx, func(lasts context.Context, g source.Generation) error {
			return (&generation{Generation: g, opener: &w.opener, log: w.log}).run(lasts, ctx)
		})
		switch {
		case !again(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err() // what it could not finish is somebody else's already
		}
	}
}
