package worker

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// task returns the partition's task: the one in memory if nobody else wrote to its log, else one recovered from the log.
func (w *Worker) task(ctx context.Context, g source.Generation, partition int32) (*Task, error) {
	t := w.tasks.get(partition)
	if t != nil {
		err := t.o.Writer.Reclaim(ctx, g.Member, g.ID, g.Check)
		if err == nil {
			t.configure(w.tasks.budgets())
			return t, nil
		}
		if !errors.Is(err, checkpoint.ErrFenced) && !errors.Is(err, checkpoint.ErrShorter) {
			return nil, err
		}
		w.tasks.remove(func(p int32) bool { return p == partition })
	}
	t, err := w.open(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	w.tasks.put(t)
	return t, nil
}

// open claims the partition's log and recovers its task.
func (w *Worker) open(ctx context.Context, g source.Generation, partition int32) (*Task, error) {
	writer, r, err := w.claim(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	if err := w.catchUp(ctx, writer, r, partition); err != nil {
		return nil, err
	}
	fetcher := w.kafka.Fetcher(partition)
	config, neighbours := w.tasks.budgets()
	lean := config.lean(w.o.Config)
	if lean {
		fetcher = fetcher.AtMost(config.fetchBytes())
	}
	t := NewTask(TaskOptions{
		Outputs: w.out, Config: config, Partition: partition, Tasks: g.Partitions, Group: w.o.Kafka.Group, Topics: w.topics,
		Source: fetcher, Writer: writer, Log: w.log, Lean: lean,
		MaxDeadLetters: w.o.Kafka.DeadLetters.MaxWaiting, SnapshotMaxAge: w.o.Kafka.Checkpoints.Retention / 4,
	})
	t.configure(config, neighbours)
	first := func(topic string) (int64, error) { return w.kafka.StartOffset(ctx, topic, partition) }
	if err := t.Recover(ctx, r, w.o.Rules, first); err != nil {
		t.out.forget(t.tracker)
		return nil, err
	}
	return t, nil
}

// claim takes the partition's log over and reads it. A log of another run is begun anew.
func (w *Worker) claim(ctx context.Context, g source.Generation, partition int32) (*checkpoint.Writer, *checkpoint.Recovery, error) {
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
		return nil, nil, fmt.Errorf("task %d: %w", partition, err)
	}
	return writer, r, nil
}

// catchUp claims with a higher birth when ClickHouse holds rows that the log has lost, so that what is made now replaces
// them.
func (w *Worker) catchUp(ctx context.Context, writer *checkpoint.Writer, r *checkpoint.Recovery, partition int32) error {
	known, err := w.clickhouse.progress(ctx, r.Claim.Run)
	if err != nil {
		return err
	}
	k := known[uint16(partition)]
	if k.Birth < r.Claim.Birth || k.Birth == r.Claim.Birth && k.Epoch <= r.LastN {
		return nil
	}
	if r.LastN == 0 && r.Snapshot == nil {
		if err := w.requireWholeInputs(ctx, r, partition, k); err != nil {
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

// requireWholeInputs is an error unless everything can be made again from the inputs. It is called when the log holds
// nothing of a run that ClickHouse has rows of.
func (w *Worker) requireWholeInputs(ctx context.Context, r *checkpoint.Recovery, partition int32, known sink.Mark) error {
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

// hint is where to begin reading the log, as noted beside the committed positions; 0 for its start.
func (w *Worker) hint(ctx context.Context, partition int32) int64 {
	commits, err := w.kafka.Committed(ctx, partition, w.topics[:1])
	if err != nil || len(commits) == 0 {
		return 0
	}
	return hintOf(commits[0].Note)
}
