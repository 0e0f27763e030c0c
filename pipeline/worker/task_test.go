package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/score"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	maybeRunProcess()
	goleak.VerifyTestMain(m)
}

// world is a partition of two topics, a checkpoint log and a table store, all of
// which outlive its processes.
type world struct {
	*shoptest.Shop
	log         *checkpoint.Memory
	rows        *store
	deadLetters *postbox
}

// store keeps the last version of every row, as a replacing table does.
type store struct {
	mu      sync.Mutex
	rows    map[string]string
	version map[string]uint64
}

func (s *store) Insert(_ context.Context, batches []sink.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range batches {
		for key, row := range keyed(b.Rows) {
			if b.Stamp.Version >= s.version[key] {
				s.version[key], s.rows[key] = b.Stamp.Version, row
			}
		}
	}
	return nil
}

// keyed is every row but progress, as text, by table and key.
func keyed(r *score.Rows) map[string]string {
	out := map[string]string{}
	put := func(key string, row any) { out[key] = fmt.Sprintf("%+v", row) }
	for _, x := range r.Sessions {
		put("session "+x.SessionID.String(), x)
	}
	for _, x := range r.Visits {
		put(fmt.Sprint("visit ", x.SessionID, x.Journey, x.Step, x.Attempt, x.Visit), x)
	}
	for _, x := range r.Signals {
		put("signal "+x.SignalID.String(), x)
	}
	for _, x := range r.Windows {
		put(fmt.Sprint("window ", x.App, x.Journey, x.Step, x.WindowStart, x.Part), x)
	}
	for _, x := range r.Panes {
		put(fmt.Sprint("pane ", x.App, x.Journey, x.Step, x.Dimension, x.Value, x.PaneStart, x.Part), x)
	}
	for _, x := range r.Late {
		put(fmt.Sprint("late ", x.Topic, x.Offset), x)
	}
	for _, x := range r.Rejected {
		put(fmt.Sprint("rejected ", x.Topic, x.Offset), x)
	}
	return out
}

// shopWorld is the simulated shop before anything has been done with it.
func shopWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w := &world{Shop: shoptest.New(t, seed)}
	w.reset()
	return w
}

func (w *world) reset() {
	w.log, w.deadLetters = &checkpoint.Memory{}, &postbox{}
	w.rows = &store{rows: map[string]string{}, version: map[string]uint64{}}
}

// process is one life of a task: everything it does stops working when it is killed.
type process struct {
	*world
	dead   atomic.Bool
	budget atomic.Int64 // steps until it is killed; negative for never
	batch  int
}

var errKilled = errors.New("killed")

func (l *process) step() error {
	if n := l.budget.Add(-1); n == 0 {
		l.dead.Store(true)
	}
	if l.dead.Load() {
		return errKilled
	}
	return nil
}

func (l *process) Fetch(ctx context.Context, topic string, from int64) (*source.Batch, error) {
	all := l.Records[topic]
	end := min(from+int64(l.batch), int64(len(all)))
	if from >= int64(len(all)) { // waiting is no step: a slow machine would die of it
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
		if l.dead.Load() {
			return nil, errKilled
		}
		end = from
	} else if err := l.step(); err != nil {
		return nil, err
	}
	return &source.Batch{Records: slices.Clone(all[from:end]), Next: end, End: int64(len(all)), Bytes: int(end-from) * 300}, nil
}

func (l *process) Reread(ctx context.Context, topic string, from int64) (*source.Batch, error) {
	return l.Fetch(ctx, topic, from)
}

func (l *process) End(_ context.Context, topic string) (int64, error) {
	return int64(len(l.Records[topic])), nil
}

func (l *process) Insert(ctx context.Context, b []sink.Batch) error {
	if err := l.step(); err != nil {
		return err
	}
	if err := l.rows.Insert(ctx, b); err != nil {
		return err
	}
	return l.step() // killed after the insert, before anybody knows of it
}

type mortalLog struct {
	*checkpoint.Memory
	*process
}

func (m mortalLog) Append(ctx context.Context, value []byte) (int64, error) {
	if m.step() != nil {
		return 0, &checkpoint.Refusal{Err: errKilled}
	}
	at, err := m.Memory.Append(ctx, value)
	if m.step() != nil {
		return 0, &checkpoint.Refusal{Err: errKilled} // killed after the append, before the answer
	}
	return at, err
}

// live runs a task until everything is read and closed, or it is killed.
func (w *world) live(t testing.TB, budget int64, batch int, c Config) (finished bool) {
	t.Helper()
	l := &process{world: w, batch: batch}
	l.budget.Store(budget)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log := mortalLog{w.log, l}
	writer, r, err := checkpoint.Open(ctx, log, checkpoint.Options{Claim: checkpoint.Claim{Run: "1", Birth: 1}})
	if err != nil {
		return false
	}
	metrics := NewMetrics("test")
	out := Outputs{
		Inserter: NewInserter(l, c.InsertEvery, metrics, zap.NewNop()), DeadLetters: NewDeadLetterWriter(l, w.read, zap.NewNop(), metrics), Metrics: metrics,
	}
	var wg sync.WaitGroup
	writing, stopWriting := context.WithCancel(t.Context())
	wg.Go(func() { out.Inserter.Run(writing) })
	wg.Go(func() { out.DeadLetters.Run(writing) })
	defer wg.Wait()
	defer stopWriting()
	k := NewTask(TaskOptions{Outputs: out, Config: c, Topics: w.Topics, Source: l, Writer: writer, Log: zap.NewNop(), MaxDeadLetters: 1000})
	looks := int64(0)
	k.interrupts = func(context.Context) func() error {
		return func() error {
			if looks++; looks == 20*budget { // killed while it decodes or processes
				l.dead.Store(true)
				return errKilled
			}
			return nil
		}
	}
	if err := k.Recover(ctx, r, w.Rules, func(string) (int64, error) { return 0, nil }); err != nil {
		if !errors.Is(err, errKilled) {
			t.Errorf("recover: %v", err)
		}
		return false
	}
	k.reader.machine.every = 150
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	for {
		select {
		case err := <-done:
			if err != nil && !l.dead.Load() {
				t.Errorf("run: %v", err)
			}
			return false
		case <-time.After(3 * time.Millisecond):
		}
		s := k.Status()
		if s == nil || !s.AllIdle || !s.Settled || s.Epoch != s.Flushed {
			if !l.dead.Load() {
				continue
			}
		}
		stop()
		<-done
		if !l.dead.Load() {
			c := s.Counters
			if !c.Balanced() {
				t.Errorf("counters do not balance: %+v", c)
			}
		}
		return !l.dead.Load()
	}
}

func quick() Config {
	c := DefaultConfig()
	c.EpochEvery, c.InsertEvery, c.IdleTimeout, c.WhenIdle = 5*time.Millisecond, time.Millisecond, 20*time.Millisecond, Close
	c.BaseEvery, c.ReplayTime, c.EpochBytes = 30*time.Millisecond, 50*time.Millisecond, 64<<10
	return c
}

// A task killed at any instant, again and again, leaves the rows of one that
// was never killed.
func TestKilledTaskLeavesTheSameRows(t *testing.T) {
	w := shopWorld(t, 1)
	if !w.live(t, -1, 500, quick()) {
		t.Fatal("the undisturbed process did not finish")
	}
	want := w.rows.rows
	w.checkLetters(t)
	if len(want) < 500 {
		t.Fatalf("only %d rows: the world is too small to prove anything", len(want))
	}
	seeds, longest := 6, int64(60)
	if testing.Short() {
		seeds, longest = 1, 60
	}
	for seed := range seeds {
		w.reset()
		dice := rand.New(rand.NewPCG(uint64(seed), 7))
		lives := 1
		for !w.live(t, 1+dice.Int64N(longest), 1+dice.IntN(800), quick()) {
			if lives++; lives > 5000 {
				t.Fatal("no progress")
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		t.Logf("seed %d: %d lives", seed, lives)
		if lives < 3 {
			t.Errorf("seed %d: only %d lives", seed, lives)
		}
		compare(t, fmt.Sprint("seed ", seed), want, w.rows.rows)
		w.checkLetters(t)
	}
}

func compare(t testing.TB, what string, want, got map[string]string) {
	t.Helper()
	shown := 0
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if got[key] != want[key] && shown < 5 {
			shown++
			t.Errorf("%s: %s\n want %s\n got  %s", what, key, want[key], got[key])
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok && shown < 5 {
			shown++
			t.Errorf("%s: %s should not be there: %s", what, key, got[key])
		}
	}
}
