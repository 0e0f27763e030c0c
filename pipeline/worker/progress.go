package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"friction/pipeline/status"
)

// stopPatience is how long a task that is told to stop goes on with the epoch in hand.
const stopPatience = 2 * time.Second

// patience returns what says when to break off the epoch in hand: some time after ctx has ended. Then what the engine
// knows is thrown away, and the next start makes that epoch from its beginning.
func patience(ctx context.Context) func() error {
	var ended time.Time
	return func() error {
		switch now := time.Now(); {
		case ctx.Err() == nil:
		case ended.IsZero():
			ended = now
		case now.Sub(ended) > stopPatience:
			return fmt.Errorf("stopped in the middle of an epoch, which the next start makes again: %w", ctx.Err())
		}
		return nil
	}
}

// progressed notes that a round of the loop has ended.
func (t *Task) progressed() { t.progressAt.Store(time.Now().UnixMilli()) }

// sinceProgress is how long ago a round of the loop last ended.
func (t *Task) sinceProgress() time.Duration {
	return time.Since(time.UnixMilli(t.progressAt.Load()))
}

// busyAfter is how long a round lasts before somebody else looks how far the task falls behind meanwhile.
const busyAfter = 3 * time.Second

// showBusyLag updates what is unread in the status of a task that is busy with one round. It may be called while the
// task works.
func (t *Task) showBusyLag(ctx context.Context) {
	before := t.status.Load()
	if before == nil || t.sinceProgress() < busyAfter {
		return
	}
	now := *before
	now.Inputs, now.Lag = slices.Clone(before.Inputs), 0
	for i := range now.Inputs {
		in := &now.Inputs[i]
		if end, err := t.o.Source.End(ctx, in.Topic); err == nil {
			in.End = max(in.End, end)
		}
		now.Lag += max(0, in.End-in.Next)
	}
	now.CaughtUp, now.AllIdle = now.CaughtUp && now.Lag == 0, false
	t.status.CompareAndSwap(before, &now) // the task's own word is newer
}

// progressReady holds while every task ends its rounds in time. A task that has nothing to do ends one each second.
func progressReady(tasks *taskSet, within time.Duration) status.Condition {
	c := status.Condition{Name: "progress", OK: true, Note: "every task ends its epochs in time"}
	for _, t := range tasks.all() {
		if age := t.sinceProgress(); age > within {
			c.OK = false
			c.Note = fmt.Sprintf("task %d has been busy with one epoch for %v (worker.progress_timeout is %v)", t.o.Partition, age.Round(time.Second), within)
		}
	}
	return c
}
