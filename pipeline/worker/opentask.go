package worker

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/groupconfig"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// opener gets the tasks of a worker: from memory, or recovered from their logs.
type opener struct {
	o          Options
	kafka      *source.Cluster
	topics     []string // sorted: records name them by index
	clickhouse *clickhouse
	out        Outputs
	tasks      *taskSet
	member     *groupconfig.Member

	logOf      func(partition int32) checkpoint.Log // the log of a task
	chunkBytes int                                  // of a record of a log; 0 for the default
}

// task returns the partition's task: the one in memory if nobody else wrote to its log, else one recovered from the log.
func (op *opener) task(ctx context.Context, g source.Generation, partition int32) (*Task, error) {
	t := op.tasks.get(partition)
	if t != nil {
		err := t.o.Writer.Reclaim(ctx, g.Member, g.ID, g.Check)
		if err == nil {
			config, neighbours, _ := op.tasks.budgets()
			t.configure(config, neighbours)
			return t, nil
		}
		if !errors.Is(err, checkpoint.ErrFenced) && !errors.Is(err, checkpoint.ErrShorter) {
			return nil, err
		}
		op.tasks.remove(func(p int32) bool { return p == partition })
	}
	t, err := op.open(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	op.tasks.put(t)
	return t, nil
}

// open claims the partition's log and recovers its task.
func (op *opener) open(ctx context.Context, g source.Generation, partition int32) (*Task, error) {
	writer, r, err := op.claim(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	if err := op.catchUp(ctx, writer, r, partition); err != nil {
		return nil, err
	}
	fetcher := op.kafka.Fetcher(partition)
	config, neighbours, lean := op.tasks.budgets()
	if lean {
		fetcher = fetcher.AtMost(config.fetchBytes())
	}
	t := NewTask(TaskOptions{
		Outputs: op.out, Config: config, Partition: partition, Tasks: g.Partitions, Group: op.o.Kafka.Group, Topics: op.topics,
		Source: fetcher, Writer: writer, Log: op.o.Log, Lean: lean, MayChange: op.member.Check, Shares: op.tasks.memory.shares(),
		MaxDeadLetters: op.o.Kafka.DeadLetters.MaxWaiting, SnapshotMaxAge: op.o.Kafka.Checkpoints.Retention / 4,
	})
	t.configure(config, neighbours)
	first := func(topic string) (int64, error) { return op.kafka.StartOffset(ctx, topic, partition) }
	if err := t.Recover(ctx, r, op.o.Rules, first); err != nil {
		t.drop()
		return nil, err
	}
	return t, nil
}

// claim takes the partition's log over and reads it. A log of another run is begun anew.
func (op *opener) claim(ctx context.Context, g source.Generation, partition int32) (*checkpoint.Writer, *checkpoint.Recovery, error) {
	log := op.logOf(partition)
	opt := checkpoint.Options{
		Claim:    checkpoint.Claim{Run: op.o.Config.Run, Birth: 1, Member: g.Member, Generation: g.ID},
		Hint:     op.hint(ctx, partition),
		MayClaim: g.Check, ChunkBytes: op.chunkBytes,
	}
	writer, r, err := checkpoint.Open(ctx, log, opt)
	if err == nil && r.Claim.Run != op.o.Config.Run {
		if err := op.member.Check(ctx); err != nil {
			return nil, nil, err // the other run is the newer one
		}
		op.o.Log.Info("new run", zap.Int32("partition", partition), zap.String("from", r.Claim.Run), zap.String("to", op.o.Config.Run))
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
func (op *opener) catchUp(ctx context.Context, writer *checkpoint.Writer, r *checkpoint.Recovery, partition int32) error {
	known, err := op.clickhouse.progress(ctx, r.Claim.Run)
	if err != nil {
		return err
	}
	k := known[uint16(partition)]
	if k.Birth < r.Claim.Birth || k.Birth == r.Claim.Birth && k.Epoch <= r.LastN {
		return nil
	}
	if r.LastN == 0 && r.Snapshot == nil {
		if err := op.requireWholeInputs(ctx, r, partition, k); err != nil {
			return err
		}
	}
	op.o.Log.Warn("ClickHouse has rows of later epochs than the checkpoint log, which has lost its end; the lost epochs are made again", zap.Int32("partition", partition),
		zap.Uint64("clickhouse_birth", k.Birth), zap.Uint64("clickhouse_epoch", k.Epoch), zap.Uint64("log_epoch", r.LastN))
	if err := writer.Raise(ctx, k.Birth+1); err != nil {
		return fmt.Errorf("task %d: %w", partition, err)
	}
	r.Claim.Birth = k.Birth + 1
	return nil
}

// requireWholeInputs is an error unless everything can be made again from the inputs. It is called when the log holds
// nothing of a run that ClickHouse has rows of.
func (op *opener) requireWholeInputs(ctx context.Context, r *checkpoint.Recovery, partition int32, known sink.TaskProgress) error {
	for _, topic := range op.topics {
		first, _, err := op.kafka.Bounds(ctx, topic, partition)
		if err != nil {
			return err
		}
		if first > 0 || op.o.Kafka.Start != source.Earliest {
			return fmt.Errorf("task %d: checkpoint topic %s holds nothing of run %s, ClickHouse has its rows up to epoch %d, and topic %s is not there from its first record on "+
				"(it begins at %d, kafka.start is %s), so they cannot be made again: bring the checkpoint topic back, or start a new run with --run NAME",
				partition, op.o.Kafka.CheckpointTopic(), r.Claim.Run, known.Epoch, topic, first, op.o.Kafka.Start)
		}
	}
	return nil
}

// hint is where to begin reading the log, as noted beside the committed positions; 0 for its start.
func (op *opener) hint(ctx context.Context, partition int32) int64 {
	commits, err := op.kafka.Committed(ctx, partition, op.topics[:1])
	if err != nil || len(commits) == 0 {
		return 0
	}
	return hintOf(commits[0].Note)
}
