package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/journey"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// WorkerOptions say what a worker reads, makes and writes.
type WorkerOptions struct {
	Config     Config
	Kafka      source.Config
	Rules      *Rules
	ClickHouse sink.Config
	Log        *zap.Logger
	Metrics    *Metrics
	// MemoryLimit is how much memory the process may use, bytes; 0 for no limit. Budgets
	// of tasks are cut to it.
	MemoryLimit int64
}

// Worker is one member of the consumer group: it runs a task for every partition
// it is assigned.
type Worker struct {
	o        WorkerOptions
	log      *zap.Logger
	kafka    *source.Cluster
	topics   []string // sorted: records name them by index
	sink     *sink.Sink
	inserter *inserter
	steps    *stepSeries
	letters  *letters                             // nil when there is no dead-letter topic
	logOf    func(partition int32) checkpoint.Log // a task's log

	chunkBytes int // of a record of a log; 0 for the default

	mu       sync.Mutex
	tasks    map[int32]*task // in memory, also between generations
	joined   bool
	assigned int    // tasks of the generation
	config   Config // with budgets that fit the memory and the tasks
}

// NewWorker checks the options and prepares the connections.
func NewWorker(o WorkerOptions) (*Worker, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	k, err := source.Connect(o.Kafka)
	if err != nil {
		return nil, err
	}
	k.OnRetry(func(what string, err error) {
		o.Log.Warn("Kafka: trying again", zap.String("what", what), zap.Error(err))
	})
	rows := newInserter(nil, o.Config.InsertEvery, o.Log)
	observer := o.Metrics.observer()
	observer.Refused = rows.refuse
	s, err := sink.Open(o.ClickHouse, o.Log, observer)
	if err != nil {
		k.Close()
		return nil, err
	}
	rows.sink = s
	if o.MemoryLimit > 0 { // decoded and in columns, rows take several times their bytes
		rows.most = min(rows.most, max(leastBudget, int(o.MemoryLimit/64)))
	}
	w := &Worker{
		o: o, log: o.Log, kafka: k, topics: slices.Sorted(slices.Values(o.Kafka.Topics)), sink: s, tasks: map[int32]*task{}, config: o.Config,
		inserter: rows, logOf: func(p int32) checkpoint.Log { return k.CheckpointLog(p) },
		steps: newStepSeries(o.Config.Metrics, o.Rules.Engine.Score),
	}
	o.Metrics.memory.Set(float64(o.MemoryLimit))
	if o.Kafka.DeadLetters.Enabled {
		w.letters = newLetters(k, func(partition int32) Fetcher { return k.Fetcher(partition) }, o.Log, o.Metrics)
	}
	for _, c := range []prometheus.Collector{newTaskSeries(w.Status), newReadySeries(w.Ready), w.steps} {
		if err := o.Metrics.Registry.Register(c); err != nil {
			return nil, errors.Join(fmt.Errorf("register metrics: %w", err), s.Close())
		}
	}
	return w, nil
}

// Run works until ctx ends, then stops cleanly: what was read is logged, its rows
// are in ClickHouse, and a base is written, so that the next start replays
// nothing.
func (w *Worker) Run(ctx context.Context) error {
	defer func() { _ = w.sink.Close(); w.kafka.Close() }()
	if err := w.prepare(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			w.log.Info("worker stopped before it had begun")
			return nil
		}
		return err
	}
	writing, stopWriting := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { w.inserter.run(writing) })
	if w.letters != nil {
		wg.Go(func() { w.letters.run(writing) })
	}
	err := w.join(ctx)
	stopWriting()
	wg.Wait()
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		w.log.Info("worker stopped")
		return nil
	}
	return err
}

// journeySteps is what ClickHouse keeps of the configured journeys.
func journeySteps(c journey.Config) ([]sink.JourneyStep, error) {
	var steps []sink.JourneyStep
	for _, j := range c.List {
		for i, x := range j.Steps {
			rule, err := json.Marshal(x.Match)
			if err != nil {
				return nil, fmt.Errorf("write down journey %s: %w", j.Name, err)
			}
			steps = append(steps, sink.JourneyStep{
				App: j.App, Journey: j.Name, Index: uint16(i), Step: x.Name, Rule: string(rule), Required: !x.Optional,
				Mode: string(cmp.Or(j.Mode, journey.Ordered)),
			})
		}
	}
	return steps, nil
}

// join is a member of the group until ctx ends or a task cannot go on.
func (w *Worker) join(ctx context.Context) error {
	for {
		err := w.kafka.Group().Run(ctx, func(generation context.Context, g source.Generation) error {
			return w.generation(generation, ctx, g)
		})
		switch {
		case !errors.Is(err, errRejoin):
			return err
		case ctx.Err() != nil:
			return ctx.Err() // what it could not finish is somebody else's already
		}
	}
}

// prepare makes sure that topics and tables are as they should be, and that
// ClickHouse knows the run.
func (w *Worker) prepare(ctx context.Context) error {
	partitions, err := w.kafka.Verify(ctx)
	if err != nil {
		return err
	}
	if err := w.kafka.EnsureCheckpoints(ctx, partitions); err != nil {
		return err
	}
	if w.letters != nil {
		if err := w.kafka.EnsureDeadLetters(ctx, partitions); err != nil {
			return err
		}
	}
	if err := w.tables(ctx); err != nil {
		return err
	}
	register := func(ctx context.Context) error { return w.sink.Register(ctx, w.o.Kafka.Group, w.o.Config.Run) }
	if err := w.patiently(ctx, register); err != nil {
		return err
	}
	if err := w.patiently(ctx, w.registerWeights); err != nil {
		return err
	}
	steps, err := journeySteps(w.o.Rules.Engine.Journeys)
	if err != nil {
		return err
	}
	return w.patiently(ctx, func(ctx context.Context) error { return w.sink.RegisterJourneys(ctx, w.o.Rules.Revision, steps) })
}

// patiently asks ClickHouse again and again while it is away or busy, and a few
// times when it is not clear what is wrong.
func (w *Worker) patiently(ctx context.Context, ask func(context.Context) error) error {
	unclear := 5
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := ask(ctx)
		if err != nil && ctx.Err() != nil {
			return ctx.Err() // whatever the client makes of it
		}
		e, ok := errors.AsType[*sink.Error](err)
		if !ok || e.Fault == sink.Lasting || unclear == 0 {
			return err
		}
		if e.Fault == sink.Unclear {
			unclear--
		}
		w.log.Warn("ClickHouse does not answer, waiting", zap.Error(err))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tables waits until ClickHouse answers and checks that it has every table.
func (w *Worker) tables(ctx context.Context) error {
	if err := w.patiently(ctx, w.sink.Ping); err != nil {
		return err
	}
	var steps []sink.StepStatus
	err := w.patiently(ctx, func(ctx context.Context) (err error) {
		steps, err = w.sink.Migrator().Status(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s.State == sink.StepPending {
			return fmt.Errorf("ClickHouse has not all tables that this version needs (%s is missing): run friction migrate up", s.Key())
		}
	}
	return nil
}

func (w *Worker) registerWeights(ctx context.Context) error {
	weights := map[string]sink.Weight{}
	for name, x := range w.o.Rules.Engine.Score.Weights {
		weights[name] = sink.Weight{Weight: x.Weight, Cap: uint32(x.Cap)}
	}
	return w.sink.RegisterWeights(ctx, "", w.o.Rules.Engine.Score.WeightsVersion(), weights)
}

// generation serves the partitions of one generation of the group and returns
// when all its tasks have stopped. stop ends when the worker itself is to stop.
func (w *Worker) generation(ctx, stop context.Context, g source.Generation) error {
	w.o.Metrics.rejoins.Inc()
	w.log.Info("generation joined", zap.Int32("generation", g.ID), zap.String("member", g.Member), zap.Int32s("partitions", g.Tasks))
	w.abandon(func(p int32) bool { return !slices.Contains(g.Tasks, p) })
	config := w.budget(len(g.Tasks))
	w.mu.Lock()
	w.joined, w.assigned, w.config = true, len(g.Tasks), config
	w.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	failures := make(chan error, len(g.Tasks)+1)
	for _, p := range g.Tasks {
		wg.Go(func() {
			if err := w.serve(ctx, stop, g, p); err != nil {
				failures <- err
				cancel() // one task that cannot go on ends the generation: it is joined again
			}
		})
	}
	wg.Go(func() { w.commitUntil(ctx, g) })
	<-ctx.Done()
	wg.Wait()
	close(failures)
	var fatal, again error
	for err := range failures {
		if errors.Is(err, errRejoin) {
			again = err
		} else {
			fatal = errors.Join(fatal, err)
		}
	}
	return cmp.Or(fatal, again)
}

// budget is the configuration for so many tasks: what may wait in memory is shared
// among them.
func (w *Worker) budget(tasks int) Config {
	c, short := w.o.Config.within(w.o.MemoryLimit, tasks)
	if short {
		w.log.Warn("the memory limit is too small for so many tasks: raise it, or run more workers",
			zap.Int64("limit", w.o.MemoryLimit), zap.Int("tasks", tasks))
	}
	if c != w.o.Config {
		w.log.Info("budgets are cut to the memory limit", zap.Int64("limit", w.o.MemoryLimit), zap.Int("tasks", tasks),
			zap.Int("unflushed_bytes", c.UnflushedBytes), zap.Int("reorder_bytes", c.ReorderBytes), zap.Int("epoch_bytes", c.EpochBytes))
	}
	return c
}

func (w *Worker) budgets() Config {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.config
}

// serve runs one task while the generation lasts. What went wrong in a way that
// opening it again can mend is logged; anything else is returned.
func (w *Worker) serve(ctx, stop context.Context, g source.Generation, partition int32) error {
	t, err := w.task(ctx, g, partition)
	if err == nil {
		t.bases.tasks = len(g.Tasks)
		err = t.run(ctx)
	}
	if err == nil {
		if stop.Err() != nil {
			w.finish(stop, g, t)
		}
		return nil
	}
	w.abandon(func(p int32) bool { return p == partition })
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		err = nil // the generation ended before the task was ready
	}
	if errors.Is(err, checkpoint.ErrFenced) || errors.Is(err, checkpoint.ErrShorter) || errors.Is(err, source.ErrStale) {
		w.log.Warn("task is somebody else's, or its memory is stale: joining again", zap.Int32("partition", partition), zap.Error(err))
		return errRejoin
	}
	return err
}

// errRejoin ends a generation without ending the worker.
var errRejoin = errors.New("join the group again")

// finish stops a task for good, within the time a stop may take.
func (w *Worker) finish(stop context.Context, g source.Generation, t *task) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), w.o.Config.StopTimeout)
	defer cancel()
	t.finish(ctx)
	w.commit(ctx, g, t)
}

// task returns the partition's task: the one in memory if nobody else wrote to
// its log, else one recovered from the log.
func (w *Worker) task(ctx context.Context, g source.Generation, partition int32) (*task, error) {
	w.mu.Lock()
	t := w.tasks[partition]
	w.mu.Unlock()
	if t != nil {
		err := t.writer.Reclaim(ctx, g.Member, g.ID, g.Check)
		if err == nil {
			t.config = w.budgets()
			return t, nil
		}
		if !errors.Is(err, checkpoint.ErrFenced) && !errors.Is(err, checkpoint.ErrShorter) {
			return nil, err
		}
		w.abandon(func(p int32) bool { return p == partition })
	}
	t, err := w.open(ctx, g, partition)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.tasks[partition] = t
	w.mu.Unlock()
	return t, nil
}

// open claims the partition's log and recovers its task.
func (w *Worker) open(ctx context.Context, g source.Generation, partition int32) (*task, error) {
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
		return nil, fmt.Errorf("task %d: %w", partition, err)
	}
	if err := w.catchUp(ctx, writer, r, partition); err != nil {
		return nil, err
	}
	fetcher, config := w.kafka.Fetcher(partition), w.budgets()
	lean := config.lean(w.o.Config)
	if lean {
		fetcher = fetcher.AtMost(config.fetchBytes())
	}
	t := &task{
		config: config, used: used{lean: lean}, partition: partition, tasks: g.Partitions, group: w.o.Kafka.Group,
		renew: w.o.Kafka.Checkpoints.Retention / 4, log: w.log, fetcher: fetcher, end: fetcher.End,
		writer: writer, inserter: w.inserter, letters: w.letters, maxLetters: w.o.Kafka.DeadLetters.MaxWaiting, steps: w.steps, metrics: w.o.Metrics,
		wake: make(chan struct{}, 1), room: make(chan struct{}, 1), bases: bases{tasks: len(g.Tasks)},
	}
	for i, topic := range w.topics {
		t.inputs = append(t.inputs, &input{topic: topic, index: uint8(i)})
	}
	first := func(topic string) (int64, error) { return w.kafka.StartOffset(ctx, topic, partition) }
	if err := t.recover(ctx, r, w.o.Rules, first); err != nil {
		w.forget(t)
		return nil, err
	}
	return t, nil
}

// catchUp claims with a higher birth when ClickHouse holds rows that the log has
// lost, so that what is made now replaces them.
func (w *Worker) catchUp(ctx context.Context, writer *checkpoint.Writer, r *checkpoint.Recovery, partition int32) error {
	var known map[uint16]sink.Mark
	err := w.patiently(ctx, func(ctx context.Context) (err error) {
		known, err = w.sink.Progress(ctx, w.o.Kafka.Group, r.Claim.Run)
		return err
	})
	if err != nil {
		return err
	}
	k := known[uint16(partition)]
	if k.Birth < r.Claim.Birth || k.Birth == r.Claim.Birth && k.Epoch <= r.LastN {
		return nil
	}
	if r.LastN == 0 && r.Base == nil {
		if err := w.whole(ctx, r, partition, k); err != nil {
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

// whole is an error unless everything can be made again from the inputs: the log
// holds nothing of a run that ClickHouse has rows of.
func (w *Worker) whole(ctx context.Context, r *checkpoint.Recovery, partition int32, known sink.Mark) error {
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

// abandon drops tasks from memory, with what they have not inserted yet.
func (w *Worker) abandon(which func(partition int32) bool) {
	w.mu.Lock()
	var gone []*task
	for p, t := range w.tasks {
		if which(p) {
			gone = append(gone, t)
			delete(w.tasks, p)
		}
	}
	w.mu.Unlock()
	for _, t := range gone {
		w.forget(t)
	}
}

// forget drops what a task that is thrown away has not written yet.
func (w *Worker) forget(t *task) {
	w.inserter.forget(t)
	w.letters.forget(t)
	w.steps.forget(t.partition)
}

// Status tells where the worker's tasks stand, by partition.
func (w *Worker) Status() []TaskStatus {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []TaskStatus
	for _, t := range w.tasks {
		if s := t.status.Load(); s != nil {
			now := *s
			now.Flushed, now.Unflushed, now.Letters = t.debts.flushed(), t.unflushed.Load(), t.debts.letters()
			all = append(all, now)
		}
	}
	slices.SortFunc(all, func(a, b TaskStatus) int { return int(a.Partition - b.Partition) })
	return all
}

// commitEvery is how often positions are shown to lag tools.
const commitEvery = 5 * time.Second

// commitUntil shows positions to lag tools. They are never the truth.
func (w *Worker) commitUntil(ctx context.Context, g source.Generation) {
	tick := time.NewTicker(commitEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		w.mu.Lock()
		tasks := make([]*task, 0, len(w.tasks))
		for _, t := range w.tasks {
			tasks = append(tasks, t)
		}
		w.mu.Unlock()
		for _, t := range tasks {
			w.commit(ctx, g, t)
		}
	}
}

func (w *Worker) commit(ctx context.Context, g source.Generation, t *task) {
	s, err := t.writer.Status(ctx)
	if err == nil {
		var commits []source.Commit
		for topic, next := range t.logged() {
			commits = append(commits, source.Commit{Topic: topic, Partition: t.partition, Offset: next, Note: note(s.Hint)})
		}
		err = w.kafka.Commit(ctx, g, commits)
	}
	if err != nil && ctx.Err() == nil {
		w.log.Debug("positions not committed", zap.Int32("partition", t.partition), zap.Error(err))
	}
}

// note keeps the hint of a checkpoint log beside committed positions.
func note(hint int64) string { return "checkpoint=" + strconv.FormatInt(hint, 10) }

// hint is what was noted last, 0 for none: reading then begins at the log's start.
func (w *Worker) hint(ctx context.Context, partition int32) int64 {
	commits, err := w.kafka.Committed(ctx, partition, w.topics[:1])
	if err != nil || len(commits) == 0 {
		return 0
	}
	text, _ := strings.CutPrefix(commits[0].Note, "checkpoint=")
	hint, _ := strconv.ParseInt(text, 10, 64)
	return hint
}
