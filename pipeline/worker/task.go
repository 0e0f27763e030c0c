package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/source"
)

// TaskOptions say what a task reads, makes and writes.
type TaskOptions struct {
	Outputs
	Config    Config
	Partition int32
	Tasks     int      // of the whole group
	Group     string   // names the rows
	Topics    []string // sorted: records name them by index
	Source    Partition
	Writer    *checkpoint.Writer
	Log       *zap.Logger
	// Lean says that memory is scarce: none is kept for later that could be had again.
	Lean bool
	// Shares are what the task may use of the worker's memory.
	Shares shares
	// MayChange is asked before the rules of the task are changed to the worker's; nil allows it.
	MayChange func(context.Context) error
	// MaxDeadLetters is how many dead letters may wait for their topic before reading stops.
	MaxDeadLetters int
	// SnapshotMaxAge is the age at which an idle task writes another snapshot, well inside the log's retention; 0 is never.
	SnapshotMaxAge time.Duration
}

// Task owns one partition of every input topic. It reads, runs the engine, logs each epoch and hands its rows on, in this
// order. One goroutine runs it; a second one appends to the log.
type Task struct {
	epochs
	o      TaskOptions
	log    *zap.Logger // names the partition
	out    *output
	status atomic.Pointer[TaskStatus]
	acked  atomic.Pointer[checkpoint.Header] // of the newest epoch that is logged

	progressAt atomic.Int64                           // when a round of the loop last ended, unix ms
	interrupts func(ctx context.Context) func() error // says when to break off an epoch that is being made

	deserted map[string]bool // apps of which it has been said that nobody does anything
}

// NewTask makes a task. It must recover before it runs.
func NewTask(o TaskOptions) *Task {
	log := o.Log.With(zap.Int32("partition", o.Partition))
	t := &Task{o: o, log: log, interrupts: patience, deserted: map[string]bool{}, epochs: epochs{
		reader:    &reader{config: o.Config, inputs: newInputs(o.Topics), waiting: o.Shares.waiting, metrics: o.Metrics, log: log, rejects: o.rejects, partition: o.Partition},
		snapshots: &snapshots{writer: o.Writer, metrics: o.Metrics, log: log, tasks: 1},
		tracker:   newFlushTracker(o.Partition),
		forgot:    -1,
		pool:      &bufferPool{disabled: o.Lean},
		steps:     o.steps, lean: o.Lean, rejected: o.DeadLetters != nil,
	}}
	t.tracker.rows = o.Shares.rows
	t.reader.inputs.fetched = o.Shares.fetched
	t.out = &output{Outputs: o.Outputs, group: o.Group, tasks: o.Tasks, tracker: t.tracker, pool: t.pool}
	t.progressed()
	return t
}

// drop forgets what the task has not written yet, and gives its memory back.
func (t *Task) drop() {
	t.out.forget(t.tracker)
	t.o.Shares.close()
}

// configure sets the budgets in force, and how many tasks share the worker.
func (t *Task) configure(c Config, tasks int) { t.reader.config, t.snapshots.tasks = c, tasks }

// Run works until ctx ends, then logs what it has begun. It may be called again after it returned nil; after an error the
// task must be thrown away.
func (t *Task) Run(ctx context.Context) error {
	stopFetching := t.reader.inputs.prefetch(ctx, t.o.Source)
	defer stopFetching()
	queue := make(chan sealedEpoch, 1)
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
func (t *Task) loop(ctx context.Context, queue chan<- sealedEpoch, failed <-chan error) error {
	t.reader.clockAt = time.Now()
	t.reader.machine.interrupted = t.interrupts(ctx)
	t.progressed()
	t.publish(false)
	for ctx.Err() == nil || t.reader.machine.draining {
		if !t.waitForRoom(ctx) {
			return nil
		}
		e, err := t.epoch(ctx)
		if err != nil {
			return err
		}
		t.progressed()
		if e.epoch == nil {
			continue
		}
		select {
		case queue <- e:
		case err := <-failed:
			return err
		}
	}
	return nil
}

// lagEvery is how often a task that does not read looks how far it falls behind.
const lagEvery = time.Second

// waitForRoom blocks while too many bytes wait for ClickHouse, or too many dead letters for their topic: fetching stops,
// the group's heartbeats go on. It reports false when ctx has ended.
func (t *Task) waitForRoom(ctx context.Context) bool {
	for t.tracker.full(t.o.MaxDeadLetters) {
		look := time.NewTimer(lagEvery)
		select {
		case <-t.tracker.room:
		case <-look.C:
			t.showLag(ctx)
			t.progressed() // what it waits for has conditions and alerts of its own
		case <-ctx.Done():
			look.Stop()
			return false
		}
		look.Stop()
	}
	return true
}

// showLag updates the status of a task that does not read.
func (t *Task) showLag(ctx context.Context) {
	for _, in := range t.reader.inputs.list {
		if end, err := t.o.Source.End(ctx, in.topic); err == nil {
			in.end = max(in.end, end)
		}
	}
	t.publish(false)
}

// epoch reads what has come, moves the watermark once and makes the rows. Nothing is returned when nothing has happened.
func (t *Task) epoch(ctx context.Context) (sealedEpoch, error) {
	r, m := t.reader, t.reader.machine
	wall := time.Now().Add(r.config.EpochEvery)
	before, drained := m.engine.Watermark(), m.draining
	t.forget(t.o.Writer.Tombstones())
	read, err := r.read(ctx, wall, t.snapshots.processed)
	if err != nil {
		return sealedEpoch{}, err
	}
	idle, err := r.advance()
	if err != nil {
		return sealedEpoch{}, err
	}
	happened := read > 0 || len(t.forgotten) > 0 || m.engine.Watermark() != before || drained || m.draining || r.inputs.moved()
	var e sealedEpoch
	if happened || t.snapshots.old(time.Now(), t.o.SnapshotMaxAge) {
		e = t.seal(wall)
		t.warnDeserted()
	}
	t.publish(idle) // after seal: who sees that all is done must see the epoch that did it
	return e, nil
}

// fewUnattended is how many unattended events of an app nothing is said about.
const fewUnattended = 1000

// warnDeserted says once of each app that at least half of its events are in no session.
func (t *Task) warnDeserted() {
	if t.reader.machine.engine.Counters().Unattended < fewUnattended {
		return
	}
	for _, a := range t.reader.machine.engine.Deserted() {
		if a.Unattended >= fewUnattended && !t.deserted[a.App] {
			t.deserted[a.App] = true
			t.log.Warn("at least half of an app's events are in no session, because nobody did anything near them; if it sends what servers see, set sessions.acts: all",
				zap.String("app", a.App), zap.Uint64("unattended", a.Unattended), zap.Uint64("in_sessions", a.Attended))
		}
	}
}

// publish shows where the task stands.
func (t *Task) publish(allIdle bool) {
	s := statusOf(t.reader, allIdle)
	s.Partition, s.Epoch = t.o.Partition, t.n
	t.status.Store(s)
}

// Status is where the task stands; nil before its first epoch.
func (t *Task) Status() *TaskStatus {
	s := t.status.Load()
	if s == nil {
		return nil
	}
	now := *s
	now.Progress = t.progressAt.Load()
	now.Flushed, now.Unflushed, now.DeadLetters = t.tracker.flushed(), t.tracker.bytes.Load(), t.tracker.waitingDeadLetters()
	return &now
}

// append logs epochs in order and hands their rows on.
func (t *Task) append(ctx context.Context, queue <-chan sealedEpoch) error {
	for e := range queue {
		began := time.Now()
		if err := t.o.Writer.AppendEpoch(ctx, e.epoch); err != nil {
			return t.errorf("%w", err)
		}
		size, header := len(e.epoch.Rows), e.epoch.Header
		t.acked.Store(&header)
		t.o.Metrics.appended(time.Since(began), size, e.signals)
		t.out.steps.add(t.o.Partition, header.Watermark, e.windows)
		t.out.hand(t.reader.machine.rules, &header, e.epoch.Birth, e.epoch.Rows, e.rejected)
		if e.snapshot != nil {
			t.snapshots.begin(ctx, e.snapshot)
		}
	}
	return nil
}

// finish makes the next start quick: it waits until all rows are in ClickHouse and writes a snapshot. What ctx does not
// leave time for is done by the next start.
func (t *Task) finish(ctx context.Context) {
	t.snapshots.wait()
	if t.n == 0 || t.snapshots.current(t.n) {
		return
	}
	for t.tracker.flushed() < t.n {
		select {
		case <-t.tracker.room:
		case <-ctx.Done():
			t.log.Warn("stopped before all rows were in ClickHouse and all dead letters in their topic; the next start does it from the log",
				zap.Int64("bytes", t.tracker.bytes.Load()), zap.Int("letters", t.tracker.waitingDeadLetters()))
			return
		}
	}
	t.last.Flushed = t.tracker.flushed()
	t.snapshots.begin(ctx, t.snapshots.encode(t.reader.machine, t.last))
	t.snapshots.wait()
}

// commits are the positions of the newest epoch that is logged, to be shown to lag tools, with where to look in the log.
func (t *Task) commits(ctx context.Context) ([]source.Commit, error) {
	s, err := t.o.Writer.Status(ctx)
	if err != nil {
		return nil, err
	}
	var commits []source.Commit
	if h := t.acked.Load(); h != nil {
		for _, p := range h.Positions {
			commits = append(commits, source.Commit{Topic: p.Topic, Partition: t.o.Partition, Offset: p.To, Note: noteOf(s.Hint)})
		}
	}
	return commits, nil
}

// errorf is an error that names the task.
func (t *Task) errorf(format string, args ...any) error {
	return fmt.Errorf("task %d: %w", t.o.Partition, fmt.Errorf(format, args...))
}
