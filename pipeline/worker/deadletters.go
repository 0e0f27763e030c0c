package worker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/source"
)

// Letters is where records go that were set aside. Writing one twice is no harm:
// it names its record.
type Letters interface {
	WriteDeadLetters(ctx context.Context, letters []source.DeadLetter) error
}

// mail is what one logged epoch of a task owes to the dead-letter topic.
type mail struct {
	task     *task
	n        uint64
	rejected []score.RejectedRow
	rows     []source.DeadLetter // rows that ClickHouse refused
}

func (m *mail) letters() int { return len(m.rejected) + len(m.rows) }

// letters brings what logged epochs have set aside to the dead-letter topic. The
// log says which records; what they held is read from their topic again, so that
// nothing waits in memory but a few words each. Handing over never blocks: how
// much may wait is each task's own limit.
type letters struct {
	to      Letters
	from    func(partition int32) Fetcher
	log     *zap.Logger
	metrics *Metrics

	mu      sync.Mutex
	waiting []mail
	wake    chan struct{}
	failure string // of the last try, "" when it succeeded
}

func newLetters(to Letters, from func(partition int32) Fetcher, log *zap.Logger, metrics *Metrics) *letters {
	return &letters{to: to, from: from, log: log, metrics: metrics, wake: make(chan struct{}, 1)}
}

func (l *letters) add(m mail) {
	m.task.owe(m.n, m.letters())
	l.mu.Lock()
	l.waiting = append(l.waiting, m)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// forget drops what a task that is thrown away has left behind: who takes its log
// over finds it there.
func (l *letters) forget(t *task) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(m mail) bool { return m.task == t })
}

// run writes letters until ctx ends. What fails is tried again for ever, and told:
// by the log, by metrics, and by readiness once a task has to wait for it.
func (l *letters) run(ctx context.Context) {
	for pause := time.Second; ctx.Err() == nil; {
		batch := l.next()
		if len(batch) == 0 {
			select {
			case <-l.wake:
			case <-ctx.Done():
			}
			continue
		}
		err := l.deliver(ctx, batch)
		if ctx.Err() != nil {
			return
		}
		l.report(err, batch[0].task)
		if err == nil {
			l.done(batch)
			pause = time.Second
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// manyLetters is how many are written before what they were owed for counts as done.
const manyLetters = 10_000

// next is the mail at the front, with what waits behind it of the same task.
func (l *letters) next() []mail {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, letters := 0, 0
	for n < len(l.waiting) && l.waiting[n].task == l.waiting[0].task && (n == 0 || letters < manyLetters) {
		letters += l.waiting[n].letters()
		n++
	}
	return slices.Clone(l.waiting[:n])
}

// done drops mail that was delivered, unless its task was thrown away meanwhile.
func (l *letters) done(batch []mail) {
	t, last := batch[0].task, batch[len(batch)-1].n
	l.mu.Lock()
	n := 0
	for n < len(batch) && n < len(l.waiting) && l.waiting[n].task == t && l.waiting[n].n <= last {
		n++
	}
	l.waiting = l.waiting[n:]
	l.mu.Unlock()
	for i := range batch {
		t.paid(batch[i].n, batch[i].letters())
	}
}

func (l *letters) report(err error, t *task) {
	text := ""
	if err != nil {
		text = err.Error()
		l.metrics.letterFailures.Inc()
		l.log.Warn("dead letters not written, will try again", zap.Int32("partition", t.partition), zap.Error(err))
	}
	l.mu.Lock()
	l.failure = text
	l.mu.Unlock()
}

// state is how many letters wait, and why they did not go out the last time.
func (l *letters) state() (waiting int, failure string) {
	if l == nil {
		return 0, ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.waiting {
		waiting += l.waiting[i].letters()
	}
	return waiting, l.failure
}

// deliver writes what some epochs of one task owe.
func (l *letters) deliver(ctx context.Context, batch []mail) error {
	var rejected []score.RejectedRow
	for i := range batch {
		if err := l.write(ctx, batch[i].rows); err != nil {
			return err
		}
		rejected = append(rejected, batch[i].rejected...)
	}
	slices.SortStableFunc(rejected, func(a, b score.RejectedRow) int { // so that a fetch serves many
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
	})
	for len(rejected) > 0 {
		n, err := l.some(ctx, batch[0].task, rejected)
		if err != nil {
			return err
		}
		rejected = rejected[n:]
	}
	return nil
}

// some reads records again as far as one fetch brings them, and writes their
// letters. It returns how many of the rows are done.
func (l *letters) some(ctx context.Context, t *task, rows []score.RejectedRow) (int, error) {
	topic := rows[0].Topic
	b, err := l.from(t.partition).Fetch(ctx, topic, rows[0].Offset)
	if n, gone := missing(err, rows); gone {
		return n, l.write(ctx, withoutRecords(t.partition, rows[:n]))
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
		d := letterOf(t.partition, &rows[n])
		if at < len(b.Records) && b.Records[at].Offset == rows[n].Offset {
			enclose(&d, &b.Records[at])
		} else {
			d.Cut = source.Gone
		}
		out = append(out, d)
	}
	return n, l.write(ctx, out)
}

func (l *letters) write(ctx context.Context, out []source.DeadLetter) error {
	if len(out) == 0 {
		return nil
	}
	if err := l.to.WriteDeadLetters(ctx, out); err != nil {
		return err
	}
	for i := range out {
		l.metrics.letters.WithLabelValues(out[i].Reason).Inc()
	}
	return nil
}

// missing is how many of the rows' records are not there any more, given what
// reading the first one of them said.
func missing(err error, rows []score.RejectedRow) (n int, gone bool) {
	var outside *source.RangeError
	var topic *source.TopicError
	var damaged *source.CorruptError
	switch {
	case errors.As(err, &outside):
		for n < len(rows) && rows[n].Topic == rows[0].Topic && (rows[n].Offset < outside.First || rows[n].Offset >= outside.Last) {
			n++
		}
		return max(n, 1), true
	case errors.As(err, &topic), errors.As(err, &damaged):
		return 1, true
	}
	return 0, false
}

func withoutRecords(partition int32, rows []score.RejectedRow) []source.DeadLetter {
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

// enclose puts the record as it came into its letter.
func enclose(d *source.DeadLetter, rec *event.Record) {
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
