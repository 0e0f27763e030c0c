package worker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// task owns one partition of every input topic: it reads, runs the engine, logs
// each epoch and hands its rows on, in this order. One goroutine runs it; a
// second one appends to the log.
type task struct {
	config     Config
	partition  int32
	tasks      int // of the whole group
	group      string
	maxLetters int           // that may wait for their topic
	renew      time.Duration // the age at which an idle task writes another base, well inside the log's retention
	log        *zap.Logger
	rules      *rules.Rules
	engine     *engine.Engine
	decoder    *decode.Decoder
	fetcher    Rereader
	end        func(ctx context.Context, topic string) (int64, error) // of a topic, asked for once; may be nil
	writer     *checkpoint.Writer
	inserter   *inserter
	letters    *letters // nil when there is no dead-letter topic
	steps      *stepSeries
	metrics    *Metrics

	claim    checkpoint.Claim
	inputs   []*input
	wake     chan struct{}
	n        uint64 // of the last epoch made
	last     checkpoint.Header
	clockAt  time.Time
	missed   uint64 // records that were gone before they could be read
	holes    uint64 // of these, what recovery found gone that had been read once
	holed    bool   // recovery could not make the state it should have
	unknown  uint64 // fields the decoder has counted and the engine knows of
	draining bool   // the last Run stopped because the rows had reached their limit
	bases    bases
	used     used

	debts     debts
	unflushed atomic.Int64  // bytes of rows logged or about to be, not yet in ClickHouse
	room      chan struct{} // signalled when unflushed, or what is owed in letters, has shrunk
	status    atomic.Pointer[TaskStatus]
	acked     atomic.Pointer[checkpoint.Header] // of the newest epoch that is logged
}

// TaskStatus is what a task tells of itself.
type TaskStatus struct {
	Partition int32
	Epoch     uint64
	Flushed   uint64 // highest epoch whose rows are in ClickHouse, and its dead letters in their topic
	Watermark event.Millis
	Counters  event.Counters
	Open      int
	Lag       int64 // records not yet read
	Unflushed int64 // bytes of logged rows not yet in ClickHouse
	Letters   int   // dead letters not yet written
	Inputs    []InputStatus
	CaughtUp  bool
	AllIdle   bool
	Settled   bool // nothing is open, waiting, or changed and not yet written
}

// InputStatus is how far one topic has been read.
type InputStatus struct {
	Topic     string
	Next, End int64        // offset of the next record; high watermark
	Start     int64        // first offset that retention has left; -1 when nobody says
	TopicTime event.Millis // highest event time accepted
}

// made is an epoch on its way to the log, and a base to write behind it.
type made struct {
	epoch   *checkpoint.Epoch
	signals []string          // the kind of each signal found
	shown   []score.WindowRow // what its gauges show
	base    *checkpoint.Snapshot

	rejected []score.RejectedRow // what it owes letters for
}

// run works until ctx ends, then logs what is in hand. It may be called again
// after it returned nil; after an error the task must be thrown away.
func (t *task) run(ctx context.Context) error {
	fetching, stopFetching := context.WithCancel(ctx)
	var fetchers sync.WaitGroup
	for _, in := range t.inputs {
		in.batches = make(chan fetched, 1)
		in.hand, in.emptySince, in.movedAt = nil, time.Time{}, time.Now()
		fetchers.Go(func() { in.prefetch(fetching, t.fetcher, in.next, t.wake) })
	}
	defer fetchers.Wait()
	defer stopFetching()

	queue := make(chan made, 1)
	failed := make(chan error, 1)
	var appender sync.WaitGroup
	appender.Go(func() {
		if err := t.append(context.WithoutCancel(ctx), queue); err != nil {
			failed <- err
			for range queue { // the task is lost; what it made is made again by who recovers
			}
		}
	})
	err := t.loop(ctx, queue, failed)
	close(queue)
	appender.Wait()
	select {
	case lost := <-failed:
		err = errors.Join(err, lost)
	default:
	}
	return err
}

// loop makes epochs until ctx ends and what was begun is done.
func (t *task) loop(ctx context.Context, queue chan<- made, failed <-chan error) error {
	t.clockAt = time.Now()
	for ctx.Err() == nil || t.draining {
		if !t.waitForRoom(ctx) {
			return nil
		}
		m, err := t.epoch(ctx)
		if err != nil {
			return err
		}
		if m.epoch == nil {
			continue
		}
		select {
		case queue <- m:
		case err := <-failed:
			return err
		}
	}
	return nil
}

// waitForRoom blocks while too many bytes wait for ClickHouse, or too many letters
// for their topic: fetching stops, the group's heartbeats go on. It reports false
// when ctx has ended.
func (t *task) waitForRoom(ctx context.Context) bool {
	for t.unflushed.Load() > int64(t.config.UnflushedBytes) || t.debts.letters() > t.maxLetters {
		look := time.NewTimer(lagEvery)
		select {
		case <-t.room:
		case <-look.C:
			t.showLag(ctx)
		case <-ctx.Done():
			look.Stop()
			return false
		}
		look.Stop()
	}
	return true
}

// lagEvery is how often a task that does not read looks how far it falls behind.
const lagEvery = time.Second

// showLag shows the lag of a task that does not read.
func (t *task) showLag(ctx context.Context) {
	for _, in := range t.inputs {
		if t.end == nil {
			break
		}
		if end, err := t.end(ctx, in.topic); err == nil {
			in.end = max(in.end, end)
		}
	}
	t.publish(false)
}

// epoch reads what has come, moves the watermark once and makes the rows. The
// epoch is nil when nothing has happened.
func (t *task) epoch(ctx context.Context) (made, error) {
	wall := time.Now().Add(t.config.EpochEvery)
	before, drained := t.engine.Watermark(), t.draining
	read, err := t.read(ctx, wall)
	if err != nil {
		return made{}, err
	}
	idle := t.advance()
	var m made
	if read > 0 || t.engine.Watermark() != before || drained || t.draining || t.moved() || t.bases.old(time.Now(), t.renew) {
		m = t.seal(wall)
	}
	t.publish(idle) // after seal: who sees that all is done must see the epoch that did it
	return m, nil
}

// moved reports a position that has moved though no record was taken.
func (t *task) moved() bool {
	for _, in := range t.inputs {
		if in.next != in.from {
			return true
		}
	}
	return false
}

// seal makes the epoch of what has been read and processed since the last one.
func (t *task) seal(wall time.Time) made {
	m := t.takeRows()
	t.n++
	t.last = t.mark(wall)
	m.epoch.Header = t.last
	for _, in := range t.inputs {
		in.from = in.next
	}
	if !t.draining && t.bases.due(t.n, time.Now(), t.config) {
		m.base = t.base(t.last)
	}
	t.unflushed.Add(int64(len(m.epoch.Rows)))
	return m
}

// takeRows takes the rows of an epoch from the engine and encodes them. From here
// on they are bytes, for the log and for the inserter, and the engine makes the
// next ones in their memory.
func (t *task) takeRows() made {
	rows := t.engine.TakeRows()
	encoded := score.AppendRows(t.used.take(), rows)
	if t.used.lean {
		encoded = bytes.Clone(encoded) // takes half of what was taken to be on the safe side
	}
	m := made{
		epoch: &checkpoint.Epoch{Rows: encoded},
		shown: t.steps.pick(t.partition, t.engine.Watermark(), rows.Windows),
	}
	if t.letters != nil {
		m.rejected = slices.Clone(rows.Rejected)
	}
	for i := range rows.Signals {
		m.signals = append(m.signals, rows.Signals[i].Kind)
	}
	if !t.used.lean {
		t.engine.Reuse(rows)
	}
	return m
}

// mark is where the task stands.
func (t *task) mark(wall time.Time) checkpoint.Header {
	m := checkpoint.Header{
		N: t.n, Watermark: t.engine.Watermark(), WallClock: event.Millis(wall.UnixMilli()),
		Cursor: checkpoint.Cursor{Done: !t.draining}, Flushed: t.debts.flushed(), Counters: t.counters(),
		EngineVersion: engine.Version, ConfigRevision: t.rules.Revision,
	}
	for i, in := range t.inputs {
		m.Positions = append(m.Positions, checkpoint.Position{
			Topic: in.topic, From: in.from, To: in.next, End: in.end, TopicTime: t.engine.TopicTime(i), Fingerprint: in.mark,
		})
	}
	return m
}

// append logs epochs in order and hands their rows to the inserter.
func (t *task) append(ctx context.Context, queue <-chan made) error {
	for m := range queue {
		began := time.Now()
		if err := t.writer.AppendEpoch(ctx, m.epoch); err != nil {
			return fmt.Errorf("task %d: %w", t.partition, err)
		}
		size, mark := len(m.epoch.Rows), m.epoch.Header
		t.acked.Store(&mark)
		t.metrics.appended(time.Since(began), size, m.signals)
		t.steps.took(t.partition, mark.Watermark, m.shown)
		t.insert(&mark, m.epoch.Birth, m.epoch.Rows, m.rejected)
		if m.base != nil {
			t.bases.begin(ctx, t, m.base)
		}
	}
	return nil
}

// finish makes the next start quick: it waits until all rows are in ClickHouse
// and writes a base. What ctx does not leave time for is made up for then.
func (t *task) finish(ctx context.Context) {
	t.bases.parts.Wait()
	if t.n == 0 || t.bases.since == 0 && t.bases.writtenN == t.n {
		return
	}
	for t.debts.flushed() < t.n {
		select {
		case <-t.room:
		case <-ctx.Done():
			t.log.Warn("stopped before all rows were in ClickHouse and all dead letters in their topic; the next start does it from the log",
				zap.Int32("partition", t.partition), zap.Int64("bytes", t.unflushed.Load()), zap.Int("letters", t.debts.letters()))
			return
		}
	}
	t.last.Flushed = t.debts.flushed()
	t.bases.begin(ctx, t, t.base(t.last))
	t.bases.parts.Wait()
}

// insert hands the encoded rows of a logged epoch on, and what it rejected.
func (t *task) insert(m *checkpoint.Header, birth uint64, rows []byte, rejected []score.RejectedRow) {
	if t.letters != nil && len(rejected) > 0 {
		t.letters.add(mail{task: t, n: m.N, rejected: rejected})
	}
	t.inserter.add(pending{
		task: t, n: m.N, watermark: m.Watermark,
		stamp: score.Stamp{
			Group: t.group, Run: t.claim.Run, Task: uint16(t.partition), Version: score.Version(birth, m.N),
			Tasks: uint16(t.tasks), Settle: t.rules.Settle(),
		},
		rows: rows, progress: progress(m, birth, session.Millis(t.rules.Engine.Score.EmitEvery)),
	})
}

// refused is told which rows of an epoch ClickHouse does not take. They owe a letter
// before the epoch counts as flushed.
func (t *task) refused(p pending, rows []sink.Refused) {
	if len(rows) == 0 {
		return
	}
	letters := make([]source.DeadLetter, len(rows))
	for i, r := range rows {
		letters[i] = source.DeadLetter{
			Topic: r.Table, Partition: t.partition, Offset: int64(p.n), Reason: source.RowRefused, Error: r.Why,
			At: event.Millis(time.Now().UnixMilli()), RecordTime: p.watermark, Row: r.Table + "/" + event.DigestOf(r.Line).String(), Value: r.Line,
		}
		t.metrics.refused.WithLabelValues(r.Table).Inc()
	}
	if t.letters != nil {
		t.letters.add(mail{task: t, n: p.n, rows: letters})
	}
}

// inserted is told by the inserter that the rows of an epoch are in ClickHouse.
func (t *task) inserted(p pending) {
	t.debts.inserted(p.n)
	t.unflushed.Add(-int64(len(p.rows)))
	t.metrics.inserted(p.watermark)
	t.used.keep(p.rows)
	t.signalRoom()
}

// paid is told that n letters of an epoch are in their topic.
func (t *task) paid(epoch uint64, n int) {
	t.debts.pay(epoch, n)
	t.signalRoom()
}

func (t *task) owe(epoch uint64, n int) { t.debts.owe(epoch, n) }

func (t *task) signalRoom() {
	select {
	case t.room <- struct{}{}:
	default:
	}
}

func progress(m *checkpoint.Header, birth uint64, emit event.Millis) score.ProgressRow {
	row := score.ProgressRow{
		Birth: birth, Epoch: m.N, Watermark: m.Watermark, WallClock: m.WallClock,
		Open: m.Counters.SessionsOpened - m.Counters.SessionsClosed, Counters: m.Counters, Config: m.ConfigRevision,
	}
	if m.Cursor.Done && m.Watermark > 0 {
		row.RowsUntil = m.Watermark - m.Watermark%emit
	}
	for _, p := range m.Positions {
		row.Positions = append(row.Positions, score.Position{Topic: p.Topic, Next: p.To, End: p.End, TopicTime: p.TopicTime})
	}
	return row
}

// logged is the positions of the newest epoch that has been logged, by topic.
func (t *task) logged() map[string]int64 {
	out := map[string]int64{}
	if m := t.acked.Load(); m != nil {
		for _, p := range m.Positions {
			out[p.Topic] = p.To
		}
	}
	return out
}
