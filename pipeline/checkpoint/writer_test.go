package checkpoint

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"friction/pipeline/event"
)

// scriptedLog is a log whose next appends have the results that the test prepared.
type scriptedLog struct {
	Memory
	fates []func(ctx context.Context, value []byte) (int64, error)
}

func (r *scriptedLog) Append(ctx context.Context, value []byte) (int64, error) {
	if len(r.fates) == 0 {
		return r.Memory.Append(ctx, value)
	}
	fate := r.fates[0]
	r.fates = r.fates[1:]
	return fate(ctx, value)
}

func (r *scriptedLog) then(fates ...func(context.Context, []byte) (int64, error)) {
	r.fates = append(r.fates, fates...)
}

func fine(r *scriptedLog) func(context.Context, []byte) (int64, error) { return r.Memory.Append }

func unanswered(r *scriptedLog) func(context.Context, []byte) (int64, error) {
	return func(ctx context.Context, v []byte) (int64, error) {
		_, _ = r.Memory.Append(ctx, v)
		return 0, errNoAnswer
	}
}

func vanished(context.Context, []byte) (int64, error) { return 0, errNoAnswer }

func quick(o Options) Options {
	o.Retry = time.Nanosecond
	if o.Claim.Run == "" {
		o.Claim.Run = "run-1"
	}
	return o
}

func mustOpen(t *testing.T, log Log, o Options) (*Writer, *Recovery) {
	t.Helper()
	w, r, err := Open(t.Context(), log, quick(o))
	if err != nil {
		t.Fatal(err)
	}
	return w, r
}

func mustAppend(t *testing.T, w *Writer, n, flushed uint64) *Epoch {
	t.Helper()
	e := &Epoch{Header: Header{N: n, Flushed: flushed}, Rows: []byte(fmt.Sprint("rows of ", n))}
	if err := w.AppendEpoch(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	return e
}

func mustStatus(t *testing.T, w *Writer) Status {
	t.Helper()
	s, err := w.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func fullMark(n uint64) Header {
	m := Header{
		N: n, Watermark: 17, WallClock: 1_790_000_000_000, Flushed: n - 1, EngineVersion: "1.2.3", ConfigRevision: "abc",
		Positions: []Position{{"clicks", 5, 9, 12, event.Beginning, event.DigestOf([]byte("x"))}, {"telemetry", 0, 0, 0, -3, event.Digest{}}},
		Cursor:    Cursor{Done: true, Time: event.Never, Kind: 2, Key: event.Key{Hi: 1, Lo: 1 << 63}},
	}
	m.Counters.Consumed, m.Counters.ByReason[event.Late] = 9, 2
	return m
}

func TestStateComesBackAsItWas(t *testing.T) {
	var log Memory
	w, r := mustOpen(t, &log, Options{Claim: Claim{Member: "m", Generation: 3}, ChunkBytes: 50})
	if r.LastN != 0 || r.Snapshot != nil || len(r.Epochs) != 0 || r.Claim.Run != "run-1" || r.Claim.Birth != 1 {
		t.Fatalf("a new log gave %+v", r)
	}
	mustAppend(t, w, 1, 0)
	e2 := &Epoch{Header: fullMark(2), Rows: bytes.Repeat([]byte("row"), 100)}
	if err := w.AppendEpoch(t.Context(), e2); err != nil {
		t.Fatal(err)
	}
	snapshot := &Snapshot{Header: fullMark(2), Config: []byte("gap: 30m"), State: bytes.Repeat([]byte("state"), 77)}
	if err := w.AppendSnapshot(t.Context(), snapshot); err != nil {
		t.Fatal(err)
	}
	e3 := &Epoch{Header: fullMark(3)}
	if err := w.AppendEpoch(t.Context(), e3); err != nil {
		t.Fatal(err)
	}

	w, r = mustOpen(t, &log, Options{Claim: Claim{Run: "unused", Member: "m2", Generation: 4}})
	if r.LastN != 3 || r.Flushed != 2 || r.SnapshotN() != 2 || r.Claim.Run != "run-1" {
		t.Fatalf("recovered %+v", r)
	}
	if !reflect.DeepEqual(r.Snapshot.Header, snapshot.Header) || string(r.Snapshot.Config) != "gap: 30m" || !bytes.Equal(r.Snapshot.State, snapshot.State) {
		t.Fatalf("snapshot: %+v", r.Snapshot)
	}
	if len(r.Epochs) != 1 || !reflect.DeepEqual(r.Epochs[0].Header, e3.Header) {
		t.Fatalf("epochs: %+v", r.Epochs)
	}
	if rows, err := w.Rows(t.Context(), &Epoch{Header: e2.Header, RowsSum: e2.RowsSum, RowsLen: e2.RowsLen, At: e2.At, End: e2.End}); err != nil || !bytes.Equal(rows, e2.Rows) {
		t.Fatalf("rows: %q, %v", rows, err)
	}
}

func TestAppendsWithoutAnswer(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{})
	log.then(unanswered(log))
	mustAppend(t, w, 1, 0) // was there
	log.then(vanished)
	mustAppend(t, w, 2, 0) // was not
	log.then(unanswered(log), vanished, unanswered(log))
	mustAppend(t, w, 3, 0) // and two claims after it had no answer either
	if s := mustStatus(t, w); s.LastN != 3 || s.Claims != 3 {
		t.Fatalf("status %+v", s)
	}
	_, r := mustOpen(t, log, Options{})
	if len(r.Epochs) != 3 {
		t.Fatalf("%d epochs count", len(r.Epochs))
	}
}

func TestAnEpochLandsAfterItWasGivenUp(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{})
	var late []byte
	log.then(func(_ context.Context, v []byte) (int64, error) {
		late = bytes.Clone(v)
		return 0, errNoAnswer
	})
	e := mustAppend(t, w, 1, 0)
	if _, err := log.Memory.Append(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, w, 2, 0)
	_, r := mustOpen(t, log, Options{})
	if len(r.Epochs) != 2 || r.Epochs[0].At != e.At {
		t.Fatalf("epochs %+v; the first was acknowledged at %d", r.Epochs, e.At)
	}
}

func TestARefusalIsNotTriedAgain(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{ChunkBytes: 40})
	log.then(fine(log), func(context.Context, []byte) (int64, error) { return 0, &Refusal{errors.New("too large")} })
	e := &Epoch{Header: Header{N: 1}, Rows: bytes.Repeat([]byte("r"), 100)}
	var refusal *Refusal
	if err := w.AppendEpoch(t.Context(), e); !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	if err := w.AppendEpoch(t.Context(), e); err != nil { // half of it is there, under the same claim
		t.Fatal(err)
	}
	if s := mustStatus(t, w); s.LastN != 1 || s.Claims != 0 {
		t.Fatalf("status %+v", s)
	}
}

func TestEndOfContextLeavesAQuestionThatIsAnsweredLater(t *testing.T) {
	for _, landed := range []bool{false, true} {
		log := &scriptedLog{}
		w, _ := mustOpen(t, log, Options{})
		ctx, cancel := context.WithCancel(t.Context())
		log.then(func(_ context.Context, v []byte) (int64, error) {
			if landed {
				_, _ = log.Memory.Append(t.Context(), v)
			}
			cancel()
			return 0, ctx.Err()
		})
		e := &Epoch{Header: Header{N: 1}, Rows: []byte("r")}
		if err := w.AppendEpoch(ctx, e); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
		if err := w.Reclaim(t.Context(), "m", 2, nil); err != nil {
			t.Fatal(err)
		}
		if got := mustStatus(t, w).LastN == 1; got != landed {
			t.Fatalf("counts: %v, landed: %v", got, landed)
		}
		if landed {
			mustAppend(t, w, 2, 0)
			continue
		}
		if err := w.AppendEpoch(t.Context(), e); err != nil || e.At == 0 {
			t.Fatalf("again: %v, %+v", err, e)
		}
	}
}

func TestFenced(t *testing.T) {
	var log Memory
	a, _ := mustOpen(t, &log, Options{Claim: Claim{Member: "a", Generation: 1}})
	mustAppend(t, a, 1, 0)
	b, r := mustOpen(t, &log, Options{Claim: Claim{Member: "b", Generation: 2}})
	if r.LastN != 1 {
		t.Fatalf("b recovered %+v", r)
	}
	err := a.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 2}})
	var fenced *FencedError
	if !errors.Is(err, ErrFenced) || !errors.As(err, &fenced) || fenced.By.Member != "b" || fenced.By.Generation != 2 || fenced.At != b.claimAt {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), `member "b", generation 2`) {
		t.Fatalf("the error does not say who: %v", err)
	}
	if err := a.Reclaim(t.Context(), "a", 9, nil); !errors.Is(err, ErrFenced) {
		t.Fatalf("a fenced writer came back: %v", err)
	}
	mustAppend(t, b, 2, 0)
	if _, r := mustOpen(t, &log, Options{}); r.LastN != 2 {
		t.Fatalf("recovered %+v", r)
	}
}

func TestAClaimOfSomebodyWhoWroteNothingIsAnswered(t *testing.T) {
	var log Memory
	asked := 0
	may := func(context.Context) error { asked++; return nil }
	a, _ := mustOpen(t, &log, Options{Claim: Claim{Member: "a"}, MayClaim: may})
	mustAppend(t, a, 1, 0)
	zombie, _ := mustOpen(t, &log, Options{Claim: Claim{Member: "z"}})
	mustAppend(t, a, 2, 0)
	if err := zombie.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 2}}); !errors.Is(err, ErrFenced) {
		t.Fatalf("zombie: %v", err)
	}
	mustAppend(t, a, 3, 0)
	if s := mustStatus(t, a); s.LastN != 3 || s.Claims == 0 || asked < 2 {
		t.Fatalf("status %+v, asked %d times", s, asked)
	}
}

func TestWhoMayNotClaimDoesNot(t *testing.T) {
	log := &scriptedLog{}
	gone := errors.New("generation 3 is over")
	may := error(nil)
	w, _ := mustOpen(t, log, Options{MayClaim: func(context.Context) error { return may }})
	may = gone
	log.then(vanished)
	_, end, _ := log.Bounds(t.Context())
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 1}}); !errors.Is(err, gone) {
		t.Fatalf("got %v", err)
	}
	if _, now, _ := log.Bounds(t.Context()); now != end {
		t.Fatal("it claimed all the same")
	}
	if _, _, err := Open(t.Context(), log, quick(Options{MayClaim: func(context.Context) error { return gone }})); !errors.Is(err, gone) {
		t.Fatalf("open: %v", err)
	}
}

func TestReclaimKeepsMemoryUnlessSomebodyWrote(t *testing.T) {
	var log Memory
	a, _ := mustOpen(t, &log, Options{Claim: Claim{Member: "a"}})
	mustAppend(t, a, 1, 0)
	if _, r := mustOpen(t, &log, Options{Claim: Claim{Member: "b"}}); r.LastN != 1 {
		t.Fatal(r)
	}
	if err := a.Reclaim(t.Context(), "a", 5, nil); err != nil {
		t.Fatalf("b wrote nothing: %v", err)
	}
	mustAppend(t, a, 2, 0)
	b, _ := mustOpen(t, &log, Options{Claim: Claim{Member: "b"}})
	mustAppend(t, b, 3, 0)
	if err := a.Reclaim(t.Context(), "a", 6, nil); !errors.Is(err, ErrFenced) {
		t.Fatalf("b wrote epoch 3: %v", err)
	}
}

func TestRaise(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	mustAppend(t, w, 1, 0)
	if err := w.Raise(t.Context(), 1); err == nil {
		t.Fatal("a birth was raised to itself")
	}
	if err := w.Raise(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	if e := mustAppend(t, w, 2, 0); e.Birth != 8 {
		t.Fatalf("epoch 2 is of birth %d", e.Birth)
	}
	_, r := mustOpen(t, &log, Options{Claim: Claim{Birth: 3}})
	if r.Claim.Birth != 8 || r.Epochs[0].Birth != 1 || r.Epochs[1].Birth != 8 {
		t.Fatalf("recovered %+v", r)
	}
}

func TestNewRunLeavesEverythingBehind(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	mustAppend(t, w, 1, 0)
	if _, _, err := Open(t.Context(), &log, quick(Options{NewRun: true})); err == nil {
		t.Fatal("a new run got the name of the old one")
	}
	n, r := mustOpen(t, &log, Options{NewRun: true, Claim: Claim{Run: "run-2"}})
	if r.LastN != 0 || len(r.Epochs) != 0 || r.Claim.Run != "run-2" || r.Claim.Birth != 2 {
		t.Fatalf("new run: %+v", r)
	}
	mustAppend(t, n, 1, 0)
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 2}}); !errors.Is(err, ErrFenced) {
		t.Fatalf("the old run goes on: %v", err)
	}
	log.Cut(2)
	_, r = mustOpen(t, &log, Options{})
	if r.LastN != 1 || r.Claim.Run != "run-2" {
		t.Fatalf("after a cut: %+v", r)
	}
}

func TestALogThatRetentionEmptiedIsNotANewOne(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	mustAppend(t, w, 1, 0)
	log.Cut(99)
	for range 2 { // the first attempt must not make the second look right
		if _, _, err := Open(t.Context(), &log, quick(Options{})); !errors.Is(err, ErrLost) {
			t.Fatalf("got %v", err)
		}
	}
	if _, r := mustOpen(t, &log, Options{NewRun: true, Claim: Claim{Run: "run-2"}}); r.LastN != 0 {
		t.Fatal(r)
	}
	if _, r := mustOpen(t, &log, Options{}); r.Claim.Run != "run-2" {
		t.Fatal(r)
	}
}

func TestRetention(t *testing.T) {
	// 0 claim, 1–3 epochs, 4 claim, 5 snapshot 3 (flushed 1), 6 epoch 4, 7 claim, 8 snapshot 4 (flushed 3), 9 epoch 5
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	for n := uint64(1); n <= 3; n++ {
		mustAppend(t, w, n, 0)
	}
	for n := uint64(3); n <= 4; n++ {
		if err := w.AppendSnapshot(t.Context(), &Snapshot{Header: Header{N: n, Flushed: 2*n - 5}}); err != nil {
			t.Fatal(err)
		}
		mustAppend(t, w, n+1, 0)
	}
	if s := mustStatus(t, w); s.Hint != 4 || s.EpochsSince != 1 || s.SnapshotN != 4 || !s.HasSnapshot {
		t.Fatalf("status %+v", s)
	}
	for _, c := range []struct {
		cut      int64
		accept   bool
		err      error
		snapshot uint64
		flushed  uint64
		epochs   []uint64
	}{
		{0, false, nil, 4, 3, []uint64{4, 5}},
		{4, false, nil, 4, 3, []uint64{4, 5}},
		{5, false, ErrRowsLost, 0, 0, nil},
		{5, true, nil, 4, 3, []uint64{5}},
		{8, true, ErrLost, 0, 0, nil},
	} {
		cut := Memory{values: log.values}
		cut.Cut(c.cut)
		_, r, err := Open(t.Context(), &cut, quick(Options{AcceptMissingRows: c.accept}))
		if !errors.Is(err, c.err) {
			t.Fatalf("cut to %d: %v, want %v", c.cut, err, c.err)
		}
		if err != nil {
			continue
		}
		var epochs []uint64
		for _, e := range r.Epochs {
			epochs = append(epochs, e.N)
		}
		if r.SnapshotN() != c.snapshot || r.Flushed != c.flushed || !reflect.DeepEqual(epochs, c.epochs) || r.LastN != 5 {
			t.Fatalf("cut to %d: snapshot %d, flushed %d, epochs %d", c.cut, r.SnapshotN(), r.Flushed, epochs)
		}
	}
}

// counting notes from where a log was read.
type counting struct {
	Memory
	reads []int64
}

func (c *counting) Read(ctx context.Context, from int64, fn func(int64, []byte) error) error {
	c.reads = append(c.reads, from)
	return c.Memory.Read(ctx, from, fn)
}

func TestHints(t *testing.T) {
	log := &counting{}
	w, _ := mustOpen(t, log, Options{})
	for n := uint64(1); n <= 3; n++ {
		mustAppend(t, w, n, n)
	}
	if err := w.AppendSnapshot(t.Context(), &Snapshot{Header: Header{N: 3, Flushed: 3}}); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, w, 4, 3)
	hint := mustStatus(t, w).Hint
	if len(log.reads) != 1 {
		t.Fatalf("a quiet writer read the log: %d", log.reads)
	}
	for _, c := range []struct {
		hint int64
		want []int64
	}{{hint, []int64{hint}}, {0, []int64{0}}, {-1, []int64{0}}, {hint + 1, []int64{hint + 1, 0}}, {99, []int64{0}}} {
		log.reads = nil
		if _, r := mustOpen(t, log, Options{Hint: c.hint}); r.LastN != 4 || r.SnapshotN() != 3 {
			t.Fatalf("hint %d: %+v", c.hint, r)
		}
		if !reflect.DeepEqual(log.reads, c.want) {
			t.Fatalf("hint %d: read from %d, want %d", c.hint, log.reads, c.want)
		}
	}
}

func TestALogThatLostItsEnd(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	for n := uint64(1); n <= 3; n++ {
		mustAppend(t, w, n, 0)
	}
	log.Lose(2)
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 4}}); !errors.Is(err, ErrShorter) {
		t.Fatalf("got %v", err)
	}
	w, r := mustOpen(t, &log, Options{})
	if r.LastN != 1 {
		t.Fatalf("recovered %+v", r)
	}
	if err := w.Raise(t.Context(), r.Claim.Birth+1); err != nil { // ClickHouse had epoch 3
		t.Fatal(err)
	}
	mustAppend(t, w, 2, 0)
}

func TestABaseIsVoidAfterAClaim(t *testing.T) {
	log := &scriptedLog{}
	w, _ := mustOpen(t, log, Options{ChunkBytes: 30})
	mustAppend(t, w, 1, 0)
	b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Write(t.Context(), make([]byte, 200)); err != nil {
		t.Fatal(err)
	}
	log.then(vanished)
	mustAppend(t, w, 2, 0) // claims again
	if err := b.Commit(t.Context()); !errors.Is(err, ErrSnapshotVoid) {
		t.Fatalf("got %v", err)
	}
	log.then(fine(log), vanished, unanswered(log), unanswered(log)) // the claim, the first part, twice and thrice, the second
	if err := w.AppendSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}, State: make([]byte, 100)}); err != nil {
		t.Fatal(err)
	}
	if _, r := mustOpen(t, log, Options{}); r.SnapshotN() != 1 || r.LastN != 2 || len(r.Snapshot.State) != 100 {
		t.Fatalf("recovered %+v", r)
	}
	if _, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 9}}); err == nil {
		t.Fatal("a snapshot was begun of an epoch to come")
	}
}

func TestPartsOfEverySize(t *testing.T) {
	for chunk := 1; chunk < 140; chunk += 3 {
		for size := range 9 {
			var log Memory
			w, _ := mustOpen(t, &log, Options{ChunkBytes: chunk})
			state := bytes.Repeat([]byte("s"), size*chunk/4)
			b, err := w.BeginSnapshot(t.Context(), &Snapshot{})
			if err != nil {
				t.Fatal(err)
			}
			for rest := state; len(rest) > 0; {
				n := min(len(rest), 7)
				if err := b.Write(t.Context(), rest[:n]); err != nil {
					t.Fatal(err)
				}
				rest = rest[n:]
			}
			if err := b.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			for at, v := range log.values {
				if len(v) > chunk+overhead && at > 0 {
					t.Fatalf("parts of %d: a record of %d bytes", chunk, len(v))
				}
			}
			if _, r := mustOpen(t, &log, Options{}); !bytes.Equal(r.Snapshot.State, state) {
				t.Fatalf("parts of %d: a state of %d bytes came back with %d", chunk, len(state), len(r.Snapshot.State))
			}
		}
	}
}

func TestABaseAndEpochsFromTwoGoroutines(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{ChunkBytes: 64})
	mustAppend(t, w, 1, 0)
	state := bytes.Repeat([]byte("0123456789"), 5000)
	b, err := w.BeginSnapshot(t.Context(), &Snapshot{Header: Header{N: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := b.Write(t.Context(), state); err != nil {
			t.Error(err)
		}
		if err := b.Commit(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for n := uint64(2); n <= 60; n++ {
		mustAppend(t, w, n, 0)
		if s := mustStatus(t, w); s.LastN != n {
			t.Errorf("status %+v after epoch %d", s, n)
		}
	}
	wg.Wait()
	if _, r := mustOpen(t, &log, Options{}); r.LastN != 60 || r.SnapshotN() != 1 || !bytes.Equal(r.Snapshot.State, state) {
		t.Fatalf("recovered epoch %d, snapshot %d", r.LastN, r.SnapshotN())
	}
}

func TestNumbersMustFollow(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	for _, n := range []uint64{0, 2, 7} {
		if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: n}}); err == nil {
			t.Errorf("epoch %d was taken as the first", n)
		}
	}
	mustAppend(t, w, 1, 0)
	if err := w.AppendEpoch(t.Context(), &Epoch{Header: Header{N: 1}}); err == nil {
		t.Error("epoch 1 was taken twice")
	}
	if _, _, err := Open(t.Context(), &Memory{}, Options{}); err == nil {
		t.Error("a new log was opened without the name of a run")
	}
}

func TestRowsThatAreNotWhereTheyWereAreDamage(t *testing.T) {
	var log Memory
	w, _ := mustOpen(t, &log, Options{})
	e1, e2 := mustAppend(t, w, 1, 0), mustAppend(t, w, 2, 0)
	e1.Rows, e1.At, e1.End = nil, e2.At, e2.End
	var damage *CorruptError
	if _, err := w.Rows(t.Context(), e1); !errors.As(err, &damage) {
		t.Fatalf("got %v", err)
	}
}

func BenchmarkAppendEpoch(b *testing.B) {
	w, _, err := Open(b.Context(), discard{new(int64)}, quick(Options{}))
	if err != nil {
		b.Fatal(err)
	}
	rows := make([]byte, 4<<20)
	b.SetBytes(int64(len(rows)))
	for n := uint64(1); b.Loop(); n++ {
		if err := w.AppendEpoch(b.Context(), &Epoch{Header: Header{N: n}, Rows: rows}); err != nil {
			b.Fatal(err)
		}
	}
}

// discard acknowledges appends and keeps nothing.
type discard struct{ end *int64 }

func (d discard) Append(context.Context, []byte) (int64, error) { *d.end++; return *d.end - 1, nil }
func (d discard) Read(context.Context, int64, func(int64, []byte) error) error {
	return nil
}
func (d discard) Bounds(context.Context) (int64, int64, error) { return 0, 0, nil }
