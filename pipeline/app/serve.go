package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"friction/pipeline/console"
)

// Serve runs a worker with its health and metrics over HTTP until ctx ends.
func Serve(ctx context.Context, o WorkerOptions, door console.Config) error {
	limit, from := MemoryLimit()
	o.MemoryLimit = limit
	if limit > 0 {
		o.Log.Info("memory limit", zap.Int64("bytes", limit), zap.String("from", from))
	}
	w, err := NewWorker(o)
	if err != nil {
		return err
	}
	return w.runBehind(ctx, door)
}

// runBehind is Run with a door beside it.
func (w *Worker) runBehind(ctx context.Context, door console.Config) error {
	return besideDoor(ctx, w.log, door, console.Options{Ready: w.Ready, Metrics: exposed(w.o.Metrics.Registry)}, w.Run)
}

func exposed(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.HTTPErrorOnError})
}

// besideDoor runs something with its health and metrics over HTTP; without an address, alone.
func besideDoor(ctx context.Context, log *zap.Logger, door console.Config, shown console.Options, run func(context.Context) error) error {
	if door.Addr == "" {
		return run(ctx)
	}
	server, err := console.Listen(door, shown)
	if err != nil {
		return err
	}
	log.Info("health and metrics", zap.String("addr", "http://"+server.Addr()))
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	var served error
	wg.Go(func() { served = server.Run(serving) })
	err = run(ctx)
	stop()
	wg.Wait()
	return errors.Join(err, served)
}

// Ready tells what must hold for the worker to count as ready.
func (w *Worker) Ready() []console.Condition {
	w.mu.Lock()
	defer w.mu.Unlock()
	group := console.Condition{Name: "kafka", OK: w.joined, Note: "not yet a member of the group"}
	if w.joined {
		group.Note = fmt.Sprintf("%d of %d tasks working", len(w.tasks), w.assigned)
		group.OK = len(w.tasks) == w.assigned
	}
	var waiting int64
	for _, t := range w.tasks {
		waiting = max(waiting, t.unflushed.Load())
	}
	rows := console.Condition{
		Name: "clickhouse", OK: waiting <= int64(w.config.UnflushedBytes),
		Note: fmt.Sprintf("at most %d KiB of a task's rows wait for it", waiting>>10),
	}
	return append([]console.Condition{group, rows}, w.lettersReady()...)
}

// lettersReady holds while no task has to wait for the dead-letter topic.
func (w *Worker) lettersReady() []console.Condition {
	if w.letters == nil {
		return nil
	}
	waiting, failure := w.letters.state()
	c := console.Condition{Name: "dead letters", OK: true, Note: fmt.Sprintf("%d wait for topic %s", waiting, w.o.Kafka.DeadLetterTopic())}
	if failure != "" {
		c.Note += ": " + failure
	}
	for _, t := range w.tasks {
		c.OK = c.OK && t.debts.letters() <= t.maxLetters
	}
	return []console.Condition{c}
}
