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

// snapshots decides when a snapshot of a task is due and writes it beside the epochs. The goroutine of the task asks;
// the one that writes reports.
type snapshots struct {
	writer  *checkpoint.Writer
	metrics *Metrics
	log     *zap.Logger
	tasks   int // of this worker: all are recovered at the same time

	begun  time.Time // when the last one was begun
	begunN uint64    // after which epoch it is
	since  int       // records processed after it
	forced bool      // one is due whatever has happened
	rate   float64   // records a second that the engine processes, smoothed
	size   int       // of the last one, bytes

	writes  sync.WaitGroup
	mu      sync.Mutex
	writing bool
	took    time.Duration // to write the last one, or to recover since: the next waits twice that
}

const (
	// minRate, records a second, keeps a first, cold measurement from making snapshots due at once.
	minRate = 50_000
	// processingShare is the share of a recovery that processing takes; the rest is fetching, decoding and restoring
	// evicted sessions. With a million of them it was a third.
	processingShare = 0.25
	// maxRecoveryPause bounds how long a snapshot waits after a recovery: twice that.
	maxRecoveryPause = 5 * time.Second
)

// replayable is how many records a recovery processes again in that time, when all tasks of the worker recover at once.
func (s *snapshots) replayable(within time.Duration) float64 {
	return max(s.rate, minRate) * s.share() * within.Seconds()
}

// share is how fast a task recovers, as a share of how fast the engine processes when it is alone.
func (s *snapshots) share() float64 {
	return processingShare * min(1, float64(runtime.GOMAXPROCS(0))/float64(max(1, s.tasks)))
}

// processed notes that records were processed, and how long that took.
func (s *snapshots) processed(records int, took time.Duration) {
	s.since += records
	if records > 1000 && took > 0 {
		rate := float64(records) / took.Seconds()
		if s.rate == 0 {
			s.rate = rate
		}
		s.rate += (rate - s.rate) / 8
	}
}

// recovered notes what a recovery had to process again, and how long that took: the best guess of how long the next one
// will take.
func (s *snapshots) recovered(records int, took time.Duration) {
	s.since, s.begun = records, time.Now()
	s.took = min(took, maxRecoveryPause) // what has come in meanwhile is first
	if records > 1000 && took > 0 {
		s.rate = float64(records) / took.Seconds() / s.share()
	}
}

// old reports that the log needs another snapshot though nothing happens, before its retention removes the last one. An
// epoch without rows carries it. renew is the age from which on; 0 is never.
func (s *snapshots) old(now time.Time, renew time.Duration) bool {
	if renew <= 0 || s.begun.IsZero() || now.Sub(s.begun) < renew {
		return false
	}
	s.forced = true
	return true
}

// due reports whether to make one now, after epoch n. One is due when processing again what came since would take too
// long, or when the last one is old; but not before the log had twice the time that the last one took to write: where
// writing is slow, more of it would make everything slower.
func (s *snapshots) due(n uint64, now time.Time, c *Config) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writing {
		return false
	}
	if s.begun.IsZero() {
		s.begun = now
	}
	age := now.Sub(s.begun)
	long := float64(s.since) > s.replayable(c.ReplayTime)
	aged := s.since > 0 && age >= c.BaseEvery
	due := s.forced || age >= 2*s.took && (long || aged)
	if due {
		s.begun, s.begunN, s.since, s.forced, s.writing = now, n, 0, false, true
	}
	return due
}

// current reports that the last one holds all there is after epoch n.
func (s *snapshots) current(n uint64) bool { return s.since == 0 && s.begunN == n }

// encode makes a snapshot of all that a machine knows.
func (s *snapshots) encode(m *machine, h checkpoint.Header) *checkpoint.Snapshot {
	state := m.engine.AppendState(make([]byte, 0, s.size/8*9))
	s.size = len(state)
	return &checkpoint.Snapshot{Header: h, Config: m.rules.Encoded(), State: state}
}

// begin puts a snapshot into the log, in parts, while epochs go on. One that cannot be written is given up: the one
// before stays in force.
func (s *snapshots) begin(ctx context.Context, snapshot *checkpoint.Snapshot) {
	began := time.Now()
	part, err := s.writer.BeginSnapshot(ctx, snapshot)
	if err != nil {
		s.end(err)
		return
	}
	s.writes.Go(func() {
		err := part.Write(ctx, snapshot.State)
		if err == nil {
			err = part.Commit(ctx)
		}
		took := time.Since(began)
		if err == nil {
			s.metrics.snapshotWritten(took, len(snapshot.State))
			s.log.Info("snapshot written", zap.Uint64("epoch", snapshot.N), zap.Int("bytes", len(snapshot.State)), zap.Duration("took", took))
		}
		s.mu.Lock()
		s.took = took
		s.mu.Unlock()
		s.end(err)
	})
}

func (s *snapshots) end(err error) {
	s.mu.Lock()
	s.writing = false
	s.mu.Unlock()
	if err != nil && !errors.Is(err, checkpoint.ErrFenced) {
		s.log.Warn("snapshot not written, the one before stays in force", zap.Error(err))
	}
}

// wait waits until none is being written.
func (s *snapshots) wait() { s.writes.Wait() }

// write puts a whole snapshot into the log at once.
func (s *snapshots) write(ctx context.Context, snapshot *checkpoint.Snapshot) error {
	part, err := s.writer.BeginSnapshot(ctx, snapshot)
	if err == nil {
		err = part.Write(ctx, snapshot.State)
	}
	if err == nil {
		err = part.Commit(ctx)
	}
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}
