package checkpoint

import (
	"context"
	"errors"
	"fmt"

	"friction/pipeline/event"
)

// Writer appends to a log that it has claimed. AppendEpoch and the parts of one
// snapshot may be written from two goroutines; one append at a time is in flight.
type Writer struct{ claimedLog }

// Status is what a task needs to decide when a snapshot is due, and to show.
type Status struct {
	Claim        Claim
	ClaimAt      int64        // offset
	LastN        uint64       // newest epoch that counts
	HasSnapshot  bool         // a snapshot counts
	SnapshotN    uint64       // the epoch it stands after
	SnapshotTime event.Millis // wall clock of the newest snapshot
	EpochsSince  uint64       // epochs behind the snapshot, or all when there is none
	BytesSince   int64        // bytes of their records
	Hint         int64        // offset to open from next time; -1: from the start
	Claims       int          // claims made again since it was opened
}

// Status reports how the log stands. It waits for an append in flight.
func (w *Writer) Status(ctx context.Context) (Status, error) {
	if err := w.lock(ctx); err != nil {
		return Status{}, err
	}
	defer w.unlock()
	s := Status{
		Claim: w.claim, ClaimAt: w.claimAt, LastN: w.valid.lastN, HasSnapshot: w.snapshotAt >= 0, SnapshotN: w.snapshotHeader.N, SnapshotTime: w.snapshotHeader.WallClock,
		EpochsSince: w.valid.lastN - w.snapshotHeader.N, BytesSince: w.valid.bytes - w.bytesAtSnapshot, Hint: -1, Claims: w.claims,
	}
	if s.HasSnapshot {
		s.Hint = w.valid.hint(w.snapshotAt, min(w.snapshotHeader.N, w.flushed))
	}
	return s, nil
}

// AppendEpoch logs e, whose number must follow the last one, and returns once it
// counts. It fills in RowsSum, RowsLen, Birth, At and End. Appends without a clear
// answer are settled here, by claiming again and reading: e is either found to
// count, or written again. An ErrFenced means that the task's state is stale.
// After ctx has ended, e may count or not: call again with the same e, or Open.
func (w *Writer) AppendEpoch(ctx context.Context, e *Epoch) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	if e.N == 0 || e.N > w.lastEpoch+1 || e.N < w.lastEpoch || e.N == w.lastEpoch && !w.unsettled {
		return fmt.Errorf("append epoch %d: the next one is %d", e.N, w.lastEpoch+1)
	}
	e.RowsSum, e.RowsLen = event.DigestOf(e.Rows), len(e.Rows)
	head := e.appendHead(nil)
	for {
		if err := w.ensureClaim(ctx); err != nil {
			return fmt.Errorf("append epoch %d: %w", e.N, err)
		}
		if w.lastEpoch >= e.N {
			e.Birth, e.At, e.End = w.newest.Birth, w.newest.At, w.newest.End
			return nil
		}
		if err := w.appendParts(ctx, e.N, head, e.Rows); err != nil && !errors.Is(err, errUnclear) {
			return fmt.Errorf("append epoch %d: %w", e.N, err)
		}
	}
}

// Rows reads the encoded rows of an epoch of this log.
func (w *Writer) Rows(ctx context.Context, e *Epoch) ([]byte, error) {
	if e.Rows != nil || e.RowsLen == 0 {
		return e.Rows, nil
	}
	body, err := readEpoch(ctx, w.log, e)
	if err != nil {
		return nil, fmt.Errorf("read rows of epoch %d: %w", e.N, err)
	}
	return body, nil
}

// Reclaim claims the log again for a new generation of the group, so that the task
// can continue with its state in memory. It is an ErrFenced if somebody else wrote
// in between. mayClaim replaces [Options].MayClaim, which was about the old
// generation.
func (w *Writer) Reclaim(ctx context.Context, member string, generation int32, mayClaim func(context.Context) error) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	w.claim.Member, w.claim.Generation, w.opt.MayClaim = member, generation, mayClaim
	w.unsettled = true
	return w.ensureClaim(ctx)
}

// Raise claims with a higher birth, because ClickHouse holds rows of this run
// that the log does not know of. Epochs logged from now on replace them.
func (w *Writer) Raise(ctx context.Context, birth uint64) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	if birth <= w.claim.Birth {
		return fmt.Errorf("raise birth of run %s: %d is not above %d", w.claim.Run, birth, w.claim.Birth)
	}
	w.claim.Birth = birth
	w.unsettled = true
	return w.ensureClaim(ctx)
}
