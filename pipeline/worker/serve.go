package worker

import (
	"context"
	"fmt"

	"friction/pipeline/status"

	"go.uber.org/zap"
)

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

// Ready tells what must hold for the worker to count as ready.
func (w *Worker) Ready() []status.Condition {
	w.mu.Lock()
	defer w.mu.Unlock()
	group := status.Condition{Name: "kafka", OK: w.joined, Note: "not yet a member of the group"}
	if w.joined {
		group.Note = fmt.Sprintf("%d of %d tasks working", len(w.tasks), w.assigned)
		group.OK = len(w.tasks) == w.assigned
	}
	var waiting int64
	for _, t := range w.tasks {
		waiting = max(waiting, t.unflushed.Load())
	}
	rows := status.Condition{
		Name: "clickhouse", OK: waiting <= int64(w.config.UnflushedBytes),
		Note: fmt.Sprintf("at most %d KiB of a task's rows wait for it", waiting>>10),
	}
	return append([]status.Condition{group, rows}, w.lettersReady()...)
}

// lettersReady holds while no task has to wait for the dead-letter topic.
func (w *Worker) lettersReady() []status.Condition {
	if w.letters == nil {
		return nil
	}
	waiting, failure := w.letters.state()
	c := status.Condition{Name: "dead letters", OK: true, Note: fmt.Sprintf("%d wait for topic %s", waiting, w.o.Kafka.DeadLetterTopic())}
	if failure != "" {
		c.Note += ": " + failure
	}
	for _, t := range w.tasks {
		c.OK = c.OK && t.debts.letters() <= t.maxLetters
	}
	return []status.Condition{c}
}
