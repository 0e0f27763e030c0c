package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
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
	watermark event.Millis
	stamp     score.Stamp
	rows      []byte // encoded
	progress  score.ProgressRow
}

// batch is what the sink takes.
func (p *pending) batch() (sink.Batch, error) {
	rows, err := score.DecodeRows(p.rows)
	if err != nil {
		return sink.Batch{}, fmt.Errorf("rows of epoch %d of task %d: %w", p.n, p.stamp.Task, err)
	}
	rows.Progress = []score.ProgressRow{p.progress}
	return sink.Batch{Stamp: p.stamp, Rows: rows}, nil
}

// inserter puts the rows of all tasks of a worker into the sink, together, in
// the order in which each task logged them. Handing rows over never blocks: how
// much may wait is each task's own limit.
type inserter struct {
	sink  Sink
	every time.Duration
	log   *zap.Logger

	most int // bytes of encoded rows of one insert

	mu      sync.Mutex
	waiting []pending
	refused []sink.Refused // of the insert that is going on
}

func newInserter(s Sink, every time.Duration, log *zap.Logger) *inserter {
	return &inserter{sink: s, every: every, log: log, most: maxBatchBytes}
}

// refuse is given a row that the sink does not take.
func (i *inserter) refuse(r sink.Refused) {
	i.mu.Lock()
	i.refused = append(i.refused, r)
	i.mu.Unlock()
}

// takeRefused are the rows that were refused since it was asked last, by epoch.
func (i *inserter) takeRefused() map[epochKey][]sink.Refused {
	i.mu.Lock()
	defer i.mu.Unlock()
	byEpoch := map[epochKey][]sink.Refused{}
	for _, r := range i.refused {
		key := epochKey{r.Stamp.Task, r.Stamp.Version}
		byEpoch[key] = append(byEpoch[key], r)
	}
	i.refused = nil
	return byEpoch
}

type epochKey struct {
	task    uint16
	version uint64
}

func (i *inserter) add(p pending) {
	i.mu.Lock()
	i.waiting = append(i.waiting, p)
	i.mu.Unlock()
}

// run inserts until ctx ends, about once every interval.
func (i *inserter) run(ctx context.Context) {
	tick := time.NewTicker(i.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for i.flush(ctx) {
			}
		case <-ctx.Done():
			return
		}
	}
}

// maxBatchBytes bounds what one insert takes.
const maxBatchBytes = 64 << 20

// flush inserts what waits, as much as one insert takes, and tells the tasks. It
// reports whether it should be called again at once. What could not be inserted
// waits on; the sink retries by itself what may pass.
func (i *inserter) flush(ctx context.Context) (again bool) {
	taken, more := i.take()
	if len(taken) == 0 {
		return false
	}
	err := i.insert(ctx, taken)
	refused := i.takeRefused()
	if err != nil {
		if ctx.Err() == nil {
			i.log.Error("rows not inserted, will try again", zap.Int("epochs", len(taken)), zap.Error(err))
		}
		i.mu.Lock()
		i.waiting = append(taken, i.waiting...)
		i.mu.Unlock()
		return false
	}
	for _, p := range taken {
		p.task.refused(p, refused[epochKey{p.stamp.Task, p.stamp.Version}])
		p.task.inserted(p)
	}
	return more
}

// insert puts rows into the sink; without one they are thrown away.
func (i *inserter) insert(ctx context.Context, taken []pending) (err error) {
	if i.sink == nil {
		return nil
	}
	batches := make([]sink.Batch, len(taken))
	for k := range taken {
		if batches[k], err = taken[k].batch(); err != nil {
			return err
		}
	}
	return i.sink.Insert(ctx, batches)
}

func (i *inserter) take() (taken []pending, more bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, size := 0, 0
	for n < len(i.waiting) && (n == 0 || size+len(i.waiting[n].rows) <= i.most) {
		size += len(i.waiting[n].rows)
		n++
	}
	taken = slices.Clone(i.waiting[:n])
	i.waiting = slices.Delete(i.waiting, 0, n)
	return taken, len(i.waiting) > 0
}

// forget drops what a task that is thrown away has left behind: who takes the
// log over inserts it from there. What is being inserted at this moment may
// still arrive; it is what the log says, so it does no harm.
func (i *inserter) forget(t *task) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.waiting = slices.DeleteFunc(i.waiting, func(p pending) bool { return p.task == t })
}
