package worker

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
)

// DrainOptions say what is read to its end.
type DrainOptions struct {
	Config Config
	Kafka  source.Config
	Rules  *rules.Rules
	Sink   Sink // nil throws rows away
	Log    *zap.Logger
}

// Drain runs every partition's task without a group until all records have been
// read and processed: the work of a worker, for measuring. The group of o.Kafka
// must be new; it names the checkpoint topic.
func Drain(ctx context.Context, o DrainOptions) (event.Counters, error) {
	var all event.Counters
	k, err := source.Connect(o.Kafka)
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
	ins := newInserter(o.Sink, o.Config.InsertEvery, o.Log)
	inserting, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { ins.run(inserting) })
	defer wg.Wait()
	defer stop()
	metrics := NewMetrics("drain")
	tasks := make([]*task, partitions)
	failures := make([]error, partitions)
	var working sync.WaitGroup
	for p := range partitions {
		working.Go(func() { tasks[p], failures[p] = drain(ctx, o, k, ins, metrics, int32(p)) })
	}
	working.Wait()
	for p, t := range tasks {
		if failures[p] != nil {
			return all, fmt.Errorf("task %d: %w", p, failures[p])
		}
		all.Add(t.engine.Counters())
	}
	return all, nil
}

func drain(ctx context.Context, o DrainOptions, k *source.Cluster, ins *inserter, m *Metrics, partition int32) (*task, error) {
	writer, r, err := checkpoint.Open(ctx, k.CheckpointLog(partition), checkpoint.Options{Claim: checkpoint.Claim{Run: o.Config.Run, Birth: 1}})
	if err != nil {
		return nil, err
	}
	t := &task{
		config: o.Config, partition: partition, tasks: 1, group: o.Kafka.Group, log: o.Log, fetcher: k.Fetcher(partition),
		writer: writer, inserter: ins, metrics: m, wake: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
	for i, topic := range slices.Sorted(slices.Values(o.Kafka.Topics)) {
		t.inputs = append(t.inputs, &input{topic: topic, index: uint8(i)})
	}
	first := func(topic string) (int64, error) { return k.StartOffset(ctx, topic, partition) }
	if err := t.recover(ctx, r, o.Rules, first); err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- t.run(running) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			stop()
			return t, err
		case <-tick.C:
			if s := t.status.Load(); s != nil && s.CaughtUp && t.unflushed.Load() == 0 {
				stop()
			}
		}
	}
}
