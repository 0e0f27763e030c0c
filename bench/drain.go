package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/source"
	"friction/pipeline/worker"
)

// drainAll is all the work of a worker but for ClickHouse: every partition's task with its checkpoint log, until
// everything is read and logged.
func drainAll(ctx context.Context, t *task, w *watch) (int, error) {
	rules, err := rulesOf(t.Name)
	if err != nil {
		return 0, err
	}
	w.start()
	c, err := drain(ctx, t.kafka(), rules)
	w.stop()
	if err != nil {
		return 0, err
	}
	return int(c.Consumed), t.check(c)
}

// drain runs every partition's task without a group until all records have been read and processed. The group of the
// configuration must be new; it names the checkpoint topic. Rows are thrown away once they are logged.
func drain(ctx context.Context, c source.Config, r *rules.Rules) (event.Counters, error) {
	var all event.Counters
	k, err := source.Connect(c)
	if err != nil {
		return all, err
	}
	defer k.Close()
	partitions, err := k.Verify(ctx)
	if err != nil {
		return all, err
	}
	if err := k.EnsureCheckpoints(ctx, partitions); err != nil {
		return all, err
	}
	config, metrics := worker.DefaultConfig(), worker.NewMetrics("drain")
	out := worker.Outputs{Inserter: worker.NewInserter(nil, config.InsertEvery, metrics, zap.NewNop()), Metrics: metrics}
	inserting, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { out.Inserter.Run(inserting) })
	defer wg.Wait()
	defer stop()
	read := make([]event.Counters, partitions)
	failures := make([]error, partitions)
	var working sync.WaitGroup
	for p := range partitions {
		o := worker.TaskOptions{
			Outputs: out, Config: config, Partition: int32(p), Tasks: 1, Group: c.Group, Topics: slices.Sorted(slices.Values(c.Topics)),
			Source: k.Fetcher(int32(p)), Log: zap.NewNop(),
		}
		working.Go(func() { read[p], failures[p] = drainTask(ctx, k, o, r) })
	}
	working.Wait()
	for p := range read {
		if failures[p] != nil {
			return all, fmt.Errorf("task %d: %w", p, failures[p])
		}
		all.Add(read[p])
	}
	return all, nil
}

// drainTask runs one task until it has caught up and all its rows are logged.
func drainTask(ctx context.Context, k *source.Cluster, o worker.TaskOptions, r *rules.Rules) (read event.Counters, err error) {
	writer, found, err := checkpoint.Open(ctx, k.CheckpointLog(o.Partition), checkpoint.Options{Claim: checkpoint.Claim{Run: o.Config.Run, Birth: 1}})
	if err != nil {
		return read, err
	}
	o.Writer = writer
	t := worker.NewTask(o)
	first := func(topic string) (int64, error) { return k.StartOffset(ctx, topic, o.Partition) }
	if err := t.Recover(ctx, found, r, first); err != nil {
		return read, err
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- t.Run(running) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return read, err
			}
			return t.Status().Counters, nil
		case <-tick.C:
			if s := t.Status(); s != nil && s.CaughtUp && s.Unflushed == 0 {
				stop()
			}
		}
	}
}

// check makes sure that what was measured is the work that was to be done.
func (t *task) check(c event.Counters) error {
	want := t.Counts
	switch {
	case c.Consumed != uint64(want.Events):
		return fmt.Errorf("%d records were consumed, %d written", c.Consumed, want.Events)
	case c.Rejected+c.Late+c.Capped+c.Duplicates+c.Filtered > 0:
		return fmt.Errorf("records were set aside: %+v", c)
	case c.SessionsOpened > uint64(want.Sessions) || (c.SessionsOpened+c.Pending)*100 < uint64(want.Sessions)*99:
		return fmt.Errorf("%d sessions were opened, the load has %d", c.SessionsOpened, want.Sessions)
	case c.Signals*100 < uint64(want.RageClicks)*95:
		return fmt.Errorf("%d signals were found, the load has %d rage clicks", c.Signals, want.RageClicks)
	case t.Name == peersName && c.Signals > uint64(want.RageClicks):
		return fmt.Errorf("%d rage clicks were found, the load has %d", c.Signals, want.RageClicks)
	}
	return nil
}
