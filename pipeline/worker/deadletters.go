package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// DeadLetterTopic is where dead letters go. Writing one twice does no harm: it names its record.
type DeadLetterTopic interface {
	Write(ctx context.Context, list []source.DeadLetter) error
}

// epochLetters are the dead letters that one logged epoch of a task is to write.
type epochLetters struct {
	tracker  *flushTracker // of the task
	epoch    uint64
	rejected []score.RejectedRow // records that were set aside
	rows     []source.DeadLetter // rows that ClickHouse refused
}

func (e *epochLetters) count() int { return len(e.rejected) + len(e.rows) }

// DeadLetterWriter copies what logged epochs have set aside to the dead-letter topic, for all tasks of a worker. The log
// says which records; what they held is read from their topic again, so that only a few words of each wait in memory.
// Handing over never blocks: how much may wait is each task's own limit.
type DeadLetterWriter struct {
	to      DeadLetterTopic
	from    func(partition int32) Fetcher
	log     *zap.Logger
	metrics *Metrics

	mu      sync.Mutex
	waiting []epochLetters
	wake    chan struct{}
	failure string // of the last try; empty when it succeeded
}

// NewDeadLetterWriter writes to a topic what it reads again from the partition that it is told.
func NewDeadLetterWriter(to DeadLetterTopic, from func(partition int32) Fetcher, log *zap.Logger, metrics *Metrics) *DeadLetterWriter {
	return &DeadLetterWriter{to: to, from: from, log: log, metrics: metrics, wake: make(chan struct{}, 1)}
}

// add hands over what an epoch has set aside. A nil writer writes nothing.
func (w *DeadLetterWriter) add(e epochLetters) {
	if w == nil || e.count() == 0 {
		return
	}
	e.tracker.addDeadLetters(e.epoch, e.count())
	w.mu.Lock()
	w.waiting = append(w.waiting, e)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// forget drops what waits of a task that is thrown away: who takes its log over finds it there.
func (w *DeadLetterWriter) forget(f *flushTracker) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waiting = slices.DeleteFunc(w.waiting, func(e epochLetters) bool { return e.tracker == f })
}

// The pauses between two tries to write.
const (
	firstPause = time.Second
	maxPause   = 30 * time.Second
)

// Run writes dead letters until ctx ends. What fails is tried again forever, and reported: in the log, by metrics, and
// by readiness once a task has to wait for it.
func (w *DeadLetterWriter) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if len(w.next()) == 0 {
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
			continue
		}
		try := func() (struct{}, error) { return struct{}{}, w.writeNext(ctx) }
		pauses := &backoff.ExponentialBackOff{InitialInterval: firstPause, Multiplier: 2, MaxInterval: maxPause}
		_, _ = backoff.Retry(ctx, try, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0)) // it fails only when ctx ends
	}
}

// writeNext tries once to write what waits at the front, which may have been forgotten since the last try.
func (w *DeadLetterWriter) writeNext(ctx context.Context) error {
	batch := w.next()
	if len(batch) == 0 {
		return nil
	}
	err := w.writeBatch(ctx, batch)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.report(err, batch[0].tracker.partition)
	if err == nil {
		w.done(batch)
	}
	return err
}

// maxLettersAtOnce is how many dead letters are written before their epochs count as done.
const maxLettersAtOnce = 10_000

// next is what waits at the front, with what is behind it of the same task.
func (w *DeadLetterWriter) next() []epochLetters {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, count := 0, 0
	for n < len(w.waiting) && w.waiting[n].tracker == w.waiting[0].tracker && (n == 0 || count < maxLettersAtOnce) {
		count += w.waiting[n].count()
		n++
	}
	return slices.Clone(w.waiting[:n])
}

// done drops what was written, unless its task was thrown away meanwhile.
func (w *DeadLetterWriter) done(batch []epochLetters) {
	f, last := batch[0].tracker, batch[len(batch)-1].epoch
	w.mu.Lock()
	n := 0
	for n < len(batch) && n < len(w.waiting) && w.waiting[n].tracker == f && w.waiting[n].epoch <= last {
		n++
	}
	w.waiting = w.waiting[n:]
	w.mu.Unlock()
	for i := range batch {
		f.deadLettersDone(batch[i].epoch, batch[i].count())
	}
}

// report keeps how the last try went.
func (w *DeadLetterWriter) report(err error, partition int32) {
	text := ""
	if err != nil {
		text = err.Error()
		w.metrics.deadLetterFailures.Inc()
		w.log.Warn("dead letters not written, will try again", zap.Int32("partition", partition), zap.Error(err))
	}
	w.mu.Lock()
	w.failure = text
	w.mu.Unlock()
}

// state is how many dead letters wait, and why they were not written the last time.
func (w *DeadLetterWriter) state() (waiting int, failure string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.waiting {
		waiting += w.waiting[i].count()
	}
	return waiting, w.failure
}

// writeBatch writes the dead letters of some epochs of one task.
func (w *DeadLetterWriter) writeBatch(ctx context.Context, batch []epochLetters) error {
	var rejected []score.RejectedRow
	for i := range batch {
		if err := w.write(ctx, batch[i].rows); err != nil {
			return err
		}
		rejected = append(rejected, batch[i].rejected...)
	}
	slices.SortStableFunc(rejected, func(a, b score.RejectedRow) int { // so that one fetch serves many
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
	})
	for len(rejected) > 0 {
		n, err := w.writeRejected(ctx, batch[0].tracker.partition, rejected)
		if err != nil {
			return err
		}
		rejected = rejected[n:]
	}
	return nil
}

// writeRejected reads rejected records again as far as one fetch brings them, and writes their dead letters. It returns
// how many of the rows are done.
func (w *DeadLetterWriter) writeRejected(ctx context.Context, partition int32, rows []score.RejectedRow) (int, error) {
	topic := rows[0].Topic
	b, err := w.from(partition).Fetch(ctx, topic, rows[0].Offset)
	if n := countGone(err, rows); n > 0 {
		return n, w.write(ctx, lettersWithoutRecords(partition, rows[:n]))
	}
	if err != nil {
		return 0, err
	}
	defer b.Release()
	next := b.Next
	if next <= rows[0].Offset {
		next = rows[0].Offset + 1 // nothing came: the record is not there
	}
	var out []source.DeadLetter
	n, at := 0, 0
	for ; n < len(rows) && rows[n].Topic == topic && rows[n].Offset < next; n++ {
		for at < len(b.Records) && b.Records[at].Offset < rows[n].Offset {
			at++
		}
		d := letterOf(partition, &rows[n])
		if at < len(b.Records) && b.Records[at].Offset == rows[n].Offset {
			addRecord(&d, &b.Records[at])
		} else {
			d.Cut = source.Gone
		}
		out = append(out, d)
	}
	return n, w.write(ctx, out)
}

func (w *DeadLetterWriter) write(ctx context.Context, out []source.DeadLetter) error {
	if len(out) == 0 {
		return nil
	}
	if err := w.to.Write(ctx, out); err != nil {
		return err
	}
	for i := range out {
		w.metrics.deadLetters.WithLabelValues(out[i].Reason).Inc()
	}
	return nil
}

// countGone is how many of the rows' records are no longer there, given the error of reading the first one of them.
func countGone(err error, rows []score.RejectedRow) (n int) {
	var outside *source.RangeError
	var topic *source.TopicError
	var damaged *source.CorruptError
	switch {
	case errors.As(err, &outside):
		for n < len(rows) && rows[n].Topic == rows[0].Topic && (rows[n].Offset < outside.First || rows[n].Offset >= outside.Last) {
			n++
		}
		return max(n, 1)
	case errors.As(err, &topic), errors.As(err, &damaged):
		return 1
	}
	return 0
}

func lettersWithoutRecords(partition int32, rows []score.RejectedRow) []source.DeadLetter {
	out := make([]source.DeadLetter, len(rows))
	for i := range rows {
		out[i] = letterOf(partition, &rows[i])
		out[i].Cut = source.Gone
	}
	return out
}

func letterOf(partition int32, r *score.RejectedRow) source.DeadLetter {
	return source.DeadLetter{
		Topic: r.Topic, Partition: partition, Offset: r.Offset, RecordTime: r.RecordTime, Reason: r.Reason, Error: r.Detail,
		At: event.Millis(time.Now().UnixMilli()),
	}
}

// addRecord puts the record as it came into its dead letter.
func addRecord(d *source.DeadLetter, rec *event.Record) {
	d.Key, d.Value = rec.Key, rec.Value
	if rec.Size > len(rec.Value) {
		d.Cut = "value" // it was too large to be held
	}
	headers, err := source.ReadHeaders(rec)
	if err != nil {
		d.Cut = cmp.Or(d.Cut, "headers")
	}
	d.Headers = headers
}
