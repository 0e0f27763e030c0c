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
	"friction/pipeline/source"
)

// Sink is where rows go. Inserting the same batches again must change nothing.
type Sink interface {
	Insert(ctx context.Context, batches []sink.Batch) error
}

// loggedRows are what an epoch made, on their way to the sink.
type loggedRows struct {
	tracker   *flushTracker // of the task
	pool      *bufferPool   // where the memory of rows goes afterwards
	epoch     uint64
	watermark event.Millis
	stamp     score.Stamp
	rows      []byte // encoded
	progress  score.ProgressRow
}

// batch is what the sink takes.
func (l *loggedRows) batch() (sink.Batch, error) {
	rows, err := score.DecodeRows(l.rows)
	if err != nil {
		return sink.Batch{}, fmt.Errorf("rows of epoch %d of task %d: %w", l.epoch, l.stamp.Task, err)
	}
	rows.Progress = []score.ProgressRow{l.progress}
	return sink.Batch{Stamp: l.stamp, Rows: rows}, nil
}

// Inserter puts the rows of all tasks of a worker into the sink, together, in the order in which each task logged them.
// Handing rows over never blocks: how much may wait is each task's own limit.
type Inserter struct {
	sink        Sink // nil throws rows away
	every       time.Duration
	maxBytes    int               // of encoded rows in one insert
	deadLetters *DeadLetterWriter // for rows that ClickHouse refuses; may be nil
	metrics     *Metrics
	log         *zap.Logger

	mu      sync.Mutex
	waiting []loggedRows
	refused []sink.Refused // of the insert that is going on
}

// maxInsertBytes bounds what one insert takes.
const maxInsertBytes = 64 << 20

// NewInserter inserts into a sink about once every interval; without a sink rows are thrown away.
func NewInserter(to Sink, every time.Duration, metrics *Metrics, log *zap.Logger) *Inserter {
	return &Inserter{sink: to, every: every, maxBytes: maxInsertBytes, metrics: metrics, log: log}
}

// refuse is called by the sink with a row that ClickHouse does not take.
func (i *Inserter) refuse(r sink.Refused) {
	i.mu.Lock()
	i.refused = append(i.refused, r)
	i.mu.Unlock()
}

// takeRefused returns the rows that were refused since it was called last, by epoch.
func (i *Inserter) takeRefused() map[epochKey][]sink.Refused {
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

// add hands rows over.
func (i *Inserter) add(l loggedRows) {
	i.mu.Lock()
	i.waiting = append(i.waiting, l)
	i.mu.Unlock()
}

// Run inserts until ctx ends.
func (i *Inserter) Run(ctx context.Context) {
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

// flush inserts what waits, as much as one insert takes, and reports to the tasks. It returns whether it should be called
// again at once. What could not be inserted waits on; the sink retries by itself what may pass.
func (i *Inserter) flush(ctx context.Context) (again bool) {
	batch, more := i.next()
	if len(batch) == 0 {
		return false
	}
	err := i.insert(ctx, batch)
	refused := i.takeRefused()
	if err != nil {
		if ctx.Err() == nil {
			i.log.Error("rows not inserted, will try again", zap.Int("epochs", len(batch)), zap.Error(err))
		}
		i.mu.Lock()
		i.waiting = append(batch, i.waiting...)
		i.mu.Unlock()
		return false
	}
	for k := range batch {
		l := &batch[k]
		i.setAside(l, refused[epochKey{l.stamp.Task, l.stamp.Version}])
		l.tracker.rowsDone(l.epoch, len(l.rows))
		i.metrics.inserted(l.watermark)
		l.pool.put(l.rows)
	}
	return more
}

// insert puts rows into the sink.
func (i *Inserter) insert(ctx context.Context, batch []loggedRows) (err error) {
	if i.sink == nil {
		return nil
	}
	batches := make([]sink.Batch, len(batch))
	for k := range batch {
		if batches[k], err = batch[k].batch(); err != nil {
			return err
		}
	}
	return i.sink.Insert(ctx, batches)
}

// setAside makes dead letters of the rows of an epoch that ClickHouse does not take. They are to be written before the
// epoch counts as flushed.
func (i *Inserter) setAside(l *loggedRows, rows []sink.Refused) {
	dead := make([]source.DeadLetter, len(rows))
	for k, r := range rows {
		dead[k] = source.DeadLetter{
			Topic: r.Table, Partition: l.tracker.partition, Offset: int64(l.epoch), Reason: source.RowRefused, Error: r.Why,
			At: event.Millis(time.Now().UnixMilli()), RecordTime: l.watermark, Row: r.Table + "/" + event.DigestOf(r.Line).String(), Value: r.Line,
		}
		i.metrics.refused.WithLabelValues(r.Table).Inc()
	}
	i.deadLetters.add(epochLetters{tracker: l.tracker, epoch: l.epoch, rows: dead})
}

// next removes from what waits as much as one insert takes.
func (i *Inserter) next() (batch []loggedRows, more bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	n, size := 0, 0
	for n < len(i.waiting) && (n == 0 || size+len(i.waiting[n].rows) <= i.maxBytes) {
		size += len(i.waiting[n].rows)
		n++
	}
	batch = slices.Clone(i.waiting[:n])
	i.waiting = slices.Delete(i.waiting, 0, n)
	return batch, len(i.waiting) > 0
}

// forget drops what waits of a task that is thrown away: who takes the log over inserts it from there. What is being
// inserted at this moment may still arrive; it is what the log says, so it does no harm.
func (i *Inserter) forget(f *flushTracker) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.waiting = slices.DeleteFunc(i.waiting, func(l loggedRows) bool { return l.tracker == f })
}
