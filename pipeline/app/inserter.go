package app

import (
	"context"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// Sink is where rows go. Inserting the same batches again must change nothing.
type Sink interface {
	Insert(ctx context.Context, batches []sink.Batch) error
}

// pending is what an epoch made, on its way to the sink.
type pending struct {
	task      *task
	n         uint64
	size      int64 // encoded, bytes
	watermark event.Millis
	stamp     score.Stamp
	rows      *score.Rows
}

// inserter puts the rows of all tasks of a worker into the sink, together, in
// the order in which each task logged them.
type inserter struct {
	sink  Sink
	every time.Duration
	log   *zap.Logger
	queue chan pending
	drop  chan dropped
}

type dropped struct {
	task *task
	done chan struct{}
}

func newInserter(s Sink, every time.Duration, log *zap.Logger) *inserter {
	return &inserter{sink: s, every: every, log: log, queue: make(chan pending, 64), drop: make(chan dropped)}
}

func (i *inserter) add(p pending) { i.queue <- p }

// run inserts until ctx ends, about once every interval.
func (i *inserter) run(ctx context.Context) {
	var waiting []pending
	timer := time.NewTimer(i.every)
	defer timer.Stop()
	for {
		select {
		case p := <-i.queue:
			waiting = append(waiting, p)
		case d := <-i.drop:
			waiting = without(waiting, d.task)
			close(d.done)
		case <-timer.C:
			waiting = i.flush(ctx, i.drain(waiting))
			timer.Reset(i.every)
		case <-ctx.Done():
			return
		}
	}
}

func (i *inserter) drain(waiting []pending) []pending {
	for {
		select {
		case p := <-i.queue:
			waiting = append(waiting, p)
		default:
			return waiting
		}
	}
}

// maxBatchBytes bounds what one insert takes.
const maxBatchBytes = 64 << 20

// flush inserts what waits and tells the tasks. What could not be inserted
// waits on; the sink retries by itself what may pass.
func (i *inserter) flush(ctx context.Context, waiting []pending) []pending {
	for len(waiting) > 0 {
		var batches []sink.Batch
		size := int64(0)
		for _, p := range waiting {
			if size > 0 && size+p.size > maxBatchBytes {
				break
			}
			size += p.size
			batches = append(batches, sink.Batch{Stamp: p.stamp, Rows: p.rows})
		}
		if err := i.sink.Insert(ctx, batches); err != nil {
			if ctx.Err() == nil {
				i.log.Error("rows not inserted, will try again", zap.Int("epochs", len(batches)), zap.Error(err))
			}
			return waiting
		}
		for _, p := range waiting[:len(batches)] {
			p.task.inserted(p)
		}
		waiting = waiting[len(batches):]
	}
	return nil
}

// forget drops what a task that is thrown away has left behind: who takes the
// log over inserts it from there.
func (i *inserter) forget(ctx context.Context, t *task) {
	d := dropped{t, make(chan struct{})}
	select {
	case i.drop <- d:
		<-d.done
	case <-ctx.Done():
	}
}

func without(list []pending, t *task) []pending {
	kept := list[:0]
	for _, p := range list {
		if p.task != t {
			kept = append(kept, p)
		}
	}
	return kept
}
