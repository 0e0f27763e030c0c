package worker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// task returns the partition's task: the one in memory if nobody else wrote to
// its log, else one recovered from the log.
func (w *Worker) task(ctx context.Context, g source.Generation, partition int32) (*task, error) {
	w.mu.Lock()
	t := w.tasks[partition]
	w.mu.Unlock()
	if t != nil {
		err := t.writer.Reclaim(ctx, g.Member, g.ID, g.Check)
		if err == nil {
			t.config = w.budgets()
			return t, nil
		}
		if !errors.Is(err, checkpoint.ErrFenced) && !errors.Is(err, checkpoint.ErrShorter) {
			return nil, err
		}
		w.abandon(func(p int32) bool { return p == partition })
	}
	t, err := w.open(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.tasks[partition] = t
	w.mu.Unlock()
	return t, nil
}

// open claims the partition's log and recovers its task.
func (w *Worker) open(ctx context.Context, g source.Generation, partition int32) (*task, error) {
	log := w.logOf(partition)
	opt := checkpoint.Options{
		Claim:    checkpoint.Claim{Run: w.o.Config.Run, Birth: 1, Member: g.Member, Generation: g.ID},
		Hint:     w.hint(ctx, partition),
		MayClaim: g.Check, ChunkBytes: w.chunkBytes,
	}
	writer, r, err := checkpoint.Open(ctx, log, opt)
	if err == nil && r.Claim.Run != w.o.Config.Run {
		w.log.Info("new run", zap.Int32("partition", partition), zap.String("from", r.Claim.Run), zap.String("to", w.o.Config.Run))
		opt.NewRun = true
		writer, r, err = checkpoint.Open(ctx, log, opt)
	}
	if err != nil {
		return nil, fmt.Errorf("task %d: %w", partition, err)
	}
	if err := w.catchUp(ctx, writer, r, partition); err != nil {
		return nil, err
	}
	fetcher, config := w.kafka.Fetcher(partition), w.budgets()
	lean := config.lean(w.o.Config)
	if lean {
		fetcher = fetcher.AtMost(config.fetchBytes())
	}
	t := &task{
		config: config, used: used{lean: lean}, partition: partition, tasks: g.Partitions, group: w.o.Kafka.Group,
		renew: w.o.Kafka.Checkpoints.Retention / 4, log: w.log, fetcher: fetcher, end: fetcher.End,
		writer: writer, inserter: w.inserter, letters: w.letters, maxLetters: w.o.Kafka.DeadLetters.MaxWaiting, steps: w.steps, metrics: w.o.Metrics,
		wake: make(chan struct{}, 1), room: make(chan struct{}, 1), bases: bases{tasks: len(g.Tasks)},
	}
	for i, topic := range w.topics {
		t.inputs = append(t.inputs, &input{topic: topic, index: uint8(i)})
	}
	first := func(topic string) (int64, error) { return w.kafka.StartOffset(ctx, topic, partition) }
	if err := t.recover(ctx, r, w.o.Rules, first); err != nil {
		w.forget(t)
		return nil, err
	}
	return t, nil
}

// catchUp claims with a higher birth when ClickHouse holds rows that the log has
// lost, so that what is made now replaces them.
func (w *Worker) catchUp(ctx context.Context, writer *checkpoint.Writer, r *checkpoint.Recovery, partition int32) error {
	var known map[uint16]sink.Mark
	err := w.patiently(ctx, func(ctx context.Context) (err error) {
		known, err = w.sink.Progress(ctx, w.o.Kafka.Group, r.Claim.Run)
		return err
	})
	if err != nil {
		return err
	}
	k := known[uint16(partition)]
	if k.Birth < r.Claim.Birth || k.Birth == r.Claim.Birth && k.Epoch <= r.LastN {
		return nil
	}
	if r.LastN == 0 && r.Snapshot == nil {
		if err := w.whole(ctx, r, partition, k); err != nil {
			return err
		}
	}
	w.log.Warn("ClickHouse knows more than the log; what was lost is made again", zap.Int32("partition", partition),
		zap.Uint64("clickhouse_birth", k.Birth), zap.Uint64("clickhouse_epoch", k.Epoch), zap.Uint64("log_epoch", r.LastN))
	if err := writer.Raise(ctx, k.Birth+1); err != nil {
		return fmt.Errorf("task %d: %w", partition, err)
	}
	r.Claim.Birth = k.Birth + 1
	return nil
}

// whole is an error unless everything can be made again from the inputs: the log
// holds nothing of a run that ClickHouse has rows of.
func (w *Worker) whole(ctx context.Context, r *checkpoint.Recovery, partition int32, known sink.Mark) error {
	for _, topic := range w.topics {
		first, _, err := w.kafka.Bounds(ctx, topic, partition)
		if err != nil {
			return err
		}
		if first > 0 || w.o.Kafka.Start != source.Earliest {
			return fmt.Errorf("task %d: checkpoint topic %s holds nothing of run %s, ClickHouse has its rows up to epoch %d, and topic %s is not there from its first record on "+
				"(it begins at %d, kafka.start is %s), so they cannot be made again: bring the checkpoint topic back, or start a new run with --run NAME",
				partition, w.o.Kafka.CheckpointTopic(), r.Claim.Run, known.Epoch, topic, first, w.o.Kafka.Start)
		}
	}
	return nil
}

// hint is what was noted last, 0 for none: reading then begins at the log's start.
func (w *Worker) hint(ctx context.Context, partition int32) int64 {
	commits, err := w.kafka.Committed(ctx, partition, w.topics[:1])
	if err != nil || len(commits) == 0 {
		return 0
	}
	text, _ := strings.CutPrefix(commits[0].Note, "checkpoint=")
	hint, _ := strconv.ParseInt(text, 10, 64)
	return hint
}
