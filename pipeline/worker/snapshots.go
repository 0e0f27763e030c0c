package worker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
)

// bases decides when a base is due and writes it beside the epochs.
type bases struct {
	mu      sync.Mutex
	writing bool

	written  time.Time     // when the last one was begun
	writtenN uint64        // after which epoch it stands
	since    int           // records processed after it
	overdue  bool          // one is due whatever has happened
	took     time.Duration // to write the last one, or to recover since: the next waits twice that
	size     int           // of the last one, bytes
	rate     float64       // records a second that the engine processes, smoothed
	tasks    int           // of this worker: all are recovered at the same time
	parts    sync.WaitGroup
}

const (
	// slowest keeps a first, cold measurement from making bases due at once.
	slowest = 50_000
	// processing is the share of a recovery that it takes; the rest is fetching, decoding and getting sessions that
	// sleep up. With a million of them it was a third.
	processing = 0.25
	// breath bounds how long a base waits after a recovery: twice that.
	breath = 5 * time.Second
)

// replayable is how many records a recovery processes again in that time, when
// all tasks of the worker recover at once.
func (b *bases) replayable(within time.Duration) float64 {
	return max(b.rate, slowest) * b.share() * within.Seconds()
}

// share is how fast a task recovers, of how fast the engine processes when it is
// alone.
func (b *bases) share() float64 {
	return processing * min(1, float64(runtime.GOMAXPROCS(0))/float64(max(1, b.tasks)))
}

func (b *bases) processed(records int, took time.Duration) {
	b.since += records
	if records > 1000 && took > 0 {
		rate := float64(records) / took.Seconds()
		if b.rate == 0 {
			b.rate = rate
		}
		b.rate += (rate - b.rate) / 8
	}
}

// recovered notes what a recovery had to process again, and how long that took: the
// best guess of how long the next one will take.
func (b *bases) recovered(records int, took time.Duration) {
	b.since, b.written = records, time.Now()
	b.took = min(took, breath) // what has come in meanwhile is first
	if records > 1000 && took > 0 {
		b.rate = float64(records) / took.Seconds() / b.share()
	}
}

// old reports that the log needs another base though nothing happens, lest its
// retention takes the last one. An epoch without rows carries it.
func (b *bases) old(now time.Time, renew time.Duration) bool {
	if renew <= 0 || b.written.IsZero() || now.Sub(b.written) < renew {
		return false
	}
	b.overdue = true
	return true
}

// due reports whether to take one now, after epoch n.
func (b *bases) due(n uint64, now time.Time, c Config) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.writing {
		return false
	}
	if b.written.IsZero() {
		b.written = now
	}
	rested := now.Sub(b.written) >= 2*b.took // where writing is slow, more of it would make everything slower
	due := b.overdue || rested && (float64(b.since) > b.replayable(c.ReplayTime) ||
		b.since > 0 && now.Sub(b.written) >= c.BaseEvery)
	if due {
		b.written, b.writtenN, b.since, b.overdue, b.writing = now, n, 0, false, true
	}
	return due
}

// base is all the task knows after an epoch.
func (t *task) base(m checkpoint.Header) *checkpoint.Snapshot {
	state := t.engine.AppendState(make([]byte, 0, t.bases.size/8*9))
	t.bases.size = len(state)
	return &checkpoint.Snapshot{Header: m, Config: t.rules.Encoded(), State: state}
}

// begin puts a base into the log, in parts, while epochs go on. One that cannot be
// written is given up: the one before stays in force.
func (b *bases) begin(ctx context.Context, t *task, base *checkpoint.Snapshot) {
	began := time.Now()
	part, err := t.writer.BeginSnapshot(ctx, base)
	if err != nil {
		b.end(t, err)
		return
	}
	b.parts.Go(func() {
		err := part.Write(ctx, base.State)
		if err == nil {
			err = part.Commit(ctx)
		}
		took := time.Since(began)
		if err == nil {
			t.metrics.based(took, len(base.State))
			t.log.Info("base written", zap.Int32("partition", t.partition), zap.Uint64("epoch", base.N),
				zap.Int("bytes", len(base.State)), zap.Duration("took", took))
		}
		b.mu.Lock()
		b.took = took
		b.mu.Unlock()
		b.end(t, err)
	})
}

func (b *bases) end(t *task, err error) {
	b.mu.Lock()
	b.writing = false
	b.mu.Unlock()
	if err != nil && !errors.Is(err, checkpoint.ErrFenced) {
		t.log.Warn("base not written, the one before stays in force", zap.Int32("partition", t.partition), zap.Error(err))
	}
}

// writeBase puts a whole base into the log.
func writeBase(ctx context.Context, w *checkpoint.Writer, base *checkpoint.Snapshot) error {
	part, err := w.BeginSnapshot(ctx, base)
	if err != nil {
		return fmt.Errorf("write base: %w", err)
	}
	if err := part.Write(ctx, base.State); err != nil {
		return fmt.Errorf("write base: %w", err)
	}
	if err := part.Commit(ctx); err != nil {
		return fmt.Errorf("write base: %w", err)
	}
	return nil
}
