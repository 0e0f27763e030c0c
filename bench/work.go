package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/sink"
	"friction/pipeline/worker"
)

// work runs a real worker, a member of its group, until all rows of all records
// are in ClickHouse; of a live task until the traffic ends.
func work(ctx context.Context, t *task, w *watch) (int, error) {
	rules, err := rulesOf(t.Name)
	if err != nil {
		return 0, err
	}
	c := sink.DefaultConfig()
	c.DSN, c.Database = t.ClickHouse, t.Database
	metrics := worker.NewMetrics("bench")
	worker, err := worker.New(worker.Options{
		Config: worker.DefaultConfig(), Kafka: t.kafka(), Rules: rules, ClickHouse: c, Log: zap.NewNop(), Metrics: metrics,
	})
	if err != nil {
		return 0, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(running) }()
	if err := poll(ctx, ended, func() bool { return worker.Ready()[0].OK }); err != nil { // it has joined its group and has its tasks
		return 0, err
	}
	w.start()
	all, err := follow(ctx, t, worker, ended)
	w.stop()
	if err != nil {
		return 0, err
	}
	if w.m.Inserts, err = inserts(metrics); err != nil {
		return 0, err
	}
	stop()
	if err := <-ended; err != nil {
		return 0, err
	}
	if t.Live {
		return int(all.Consumed), nil
	}
	return int(all.Consumed), t.check(all)
}

// follow waits until a worker is done, or the traffic ends.
func follow(ctx context.Context, t *task, worker *worker.Worker, ended <-chan error) (all event.Counters, err error) {
	if t.Live {
		err = poll(ctx, ended, func() bool { return false })
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		for _, s := range worker.Status() {
			all.Add(s.Counters)
		}
		return all, err
	}
	err = poll(ctx, ended, func() bool {
		all = event.Counters{}
		done := 0
		for _, s := range worker.Status() {
			all.Add(s.Counters)
			if s.CaughtUp && s.Flushed == s.Epoch {
				done++
			}
		}
		return done == t.Partitions && all.Consumed >= uint64(t.Counts.Events)
	})
	return all, err
}

// poll waits until done says so, the worker ends, or ctx does.
func poll(ctx context.Context, ended <-chan error, done func() bool) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if done() {
				return nil
			}
		case err := <-ended:
			return fmt.Errorf("the worker ended: %w", errors.Join(errors.New("too early"), err))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// inserts are how many there were, by table.
func inserts(m *worker.Metrics) (map[string]int, error) {
	families, err := m.Registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	out := map[string]int{}
	for _, f := range families {
		if f.GetName() != "friction_sink_insert_duration_seconds" {
			continue
		}
		for _, s := range f.GetMetric() {
			for _, l := range s.GetLabel() {
				if l.GetName() == "table" {
					out[l.GetValue()] = int(s.GetHistogram().GetSampleCount())
				}
			}
		}
	}
	return out, nil
}
