package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"time"

	"friction/pipeline/event"
)

// Writer appends to a log that it has claimed. AppendEpoch and the parts of one
// snapshot may be written from two goroutines; their appends take turns.
type Writer struct {
	log       Log
	opt       Options
	appending chan struct{} // one append in flight

	// The rest belongs to whoever has the turn.
	valid             *validator
	claimAt           int64 // offset of our claim
	claim             Claim
	lastEpoch         uint64       // highest epoch that is ours or was recovered
	unsettled         bool         // an append has no clear answer yet: claim before the next one
	snapshotUnsettled bool         // a part of a snapshot has no clear answer: claim before the next snapshot
	fatal             error        // taken over, for good
	last              Header       // of the newest snapshot that counts
	snapshotAt        int64        // its first record, -1 for none
	snapshotSum       event.Digest // of the last snapshot that was seen to count
	bytesAtSnapshot   int64        // j.bytes when it began
	flushed           uint64
	newest            *Epoch // where the newest epoch of ours lies
	claims            int    // claims made again after the first
	buf               []byte
}

// errUnclear is an append without a clear answer. It stays inside: a claim
// settles it.
var errUnclear = errors.New("no clear answer to an append")

// Status is what the app needs to decide when a snapshot is due, and to show.
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

func (w *Writer) lock(ctx context.Context) error {
	select {
	case w.appending <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *Writer) unlock() { <-w.appending }

// Status tells how the log stands. It waits for an append in flight.
func (w *Writer) Status(ctx context.Context) (Status, error) {
	if err := w.lock(ctx); err != nil {
		return Status{}, err
	}
	defer w.unlock()
	s := Status{
		Claim: w.claim, ClaimAt: w.claimAt, LastN: w.valid.lastN, HasSnapshot: w.snapshotAt >= 0, SnapshotN: w.last.N, SnapshotTime: w.last.WallClock,
		EpochsSince: w.valid.lastN - w.last.N, BytesSince: w.valid.bytes - w.bytesAtSnapshot, Hint: -1, Claims: w.claims,
	}
	if s.HasSnapshot {
		s.Hint = w.valid.hint(w.snapshotAt, min(w.last.N, w.flushed))
	}
	return s, nil
}

// AppendEpoch logs e, whose number must follow the last one, and returns once it
// counts. It fills in RowsSum, RowsLen, Birth, At and End. Appends without a clear
// answer are settled here, by claiming again and reading: e is either found to
// count or written again. An ErrFenced means that the memory behind e is stale.
// After ctx has ended e may count or not: call again with the same e, or Open.
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
		if err := w.ready(ctx); err != nil {
			return fmt.Errorf("append epoch %d: %w", e.N, err)
		}
		if w.lastEpoch >= e.N {
			e.Birth, e.At, e.End = w.newest.Birth, w.newest.At, w.newest.End
			return nil
		}
		if err := w.putAll(ctx, e.N, head, e.Rows); err != nil && !errors.Is(err, errUnclear) {
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

// Reclaim takes the log over again for a new generation of the group, keeping
// what is in memory. It is an ErrFenced if somebody else wrote in between.
// mayClaim takes the place of [Options].MayClaim, which spoke for the old
// generation.
func (w *Writer) Reclaim(ctx context.Context, member string, generation int32, mayClaim func(context.Context) error) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	w.claim.Member, w.claim.Generation, w.opt.MayClaim = member, generation, mayClaim
	w.unsettled = true
	return w.ready(ctx)
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
	return w.ready(ctx)
}

// ready makes sure that our claim is in force and that every append of ours has
// a clear answer.
func (w *Writer) ready(ctx context.Context) error {
	for w.fatal == nil && w.unsettled {
		if err := w.claimAgain(ctx); err != nil {
			return err
		}
	}
	return w.fatal
}

// claimAgain appends one claim, until acknowledged, and reads up to it.
func (w *Writer) claimAgain(ctx context.Context) error {
	at, value, err := w.appendClaim(ctx)
	if err != nil {
		return err
	}
	w.claims++
	w.claimAt, w.unsettled = at, false
	return w.settle(ctx, at, value)
}

// appendClaim appends our claim until it is acknowledged.
func (w *Writer) appendClaim(ctx context.Context) (at int64, value []byte, err error) {
	value = (&chunk{kind: kindClaim, last: true, body: w.claim.appendTo(nil)}).appendRecord(nil)
	pause := w.opt.Retry
	for {
		if w.opt.MayClaim != nil {
			if err := w.opt.MayClaim(ctx); err != nil {
				return 0, nil, fmt.Errorf("claim the checkpoint log: %w", err)
			}
		}
		at, err = w.log.Append(ctx, value)
		if err == nil || refused(err) || ctx.Err() != nil {
			return at, value, err
		}
		if err := sleep(ctx, pause); err != nil {
			return 0, nil, err
		}
		pause = min(2*pause, 20*w.opt.Retry)
	}
}

// putAll appends an epoch in parts under our claim and settles each. It stops
// early when the claim is no longer in force.
func (w *Writer) putAll(ctx context.Context, n uint64, head, rows []byte) error {
	c := chunk{kind: kindEpoch, claim: w.claimAt, nonce: w.claim.Nonce, n: n}
	for !c.last {
		size := min(len(head), w.opt.ChunkBytes)
		c.body, head = head[:size], head[size:]
		size = min(len(rows), w.opt.ChunkBytes-size)
		c.tail, rows = rows[:size], rows[size:]
		c.last = len(head)+len(rows) == 0
		if _, err := w.put(ctx, &c); err != nil || w.unsettled {
			return err
		}
	}
	return nil
}

// put appends one part, lets the validator see it, and makes c ready to become the
// next part.
func (w *Writer) put(ctx context.Context, c *chunk) (at int64, err error) {
	w.buf = c.appendRecord(w.buf[:0])
	at, err = w.log.Append(ctx, w.buf)
	switch {
	case refused(err):
		return 0, err
	case err != nil:
		w.unsettled = true
		return 0, fmt.Errorf("%w: %w", errUnclear, err)
	}
	c.prev = c.sum
	c.index++
	return at, w.settle(ctx, at, w.buf)
}

// settle lets the validator see everything up to our record at offset at, which it
// takes from memory if nothing lies before it.
func (w *Writer) settle(ctx context.Context, at int64, value []byte) error {
	if at < w.valid.next {
		w.fatal = fmt.Errorf("%w: a record was given offset %d after %d", ErrShorter, at, w.valid.next-1)
		return w.fatal
	}
	if at == w.valid.next {
		if err := w.see(at, value); err != nil {
			return err
		}
	} else if err := w.catchUp(ctx, at); err != nil {
		return err
	}
	if w.fatal != nil || w.valid.force == w.claimAt {
		return w.fatal
	}
	return w.overtaken()
}

// overtaken decides what a claim behind ours means: one of our own that came
// late, or one of somebody who may be wrong, is answered with another claim.
func (w *Writer) overtaken() error {
	if w.valid.claim.Nonce != w.claim.Nonce && w.opt.MayClaim == nil {
		w.fatal = &FencedError{By: w.valid.claim, At: w.valid.force}
		return w.fatal
	}
	w.unsettled = true
	return nil
}

// catchUp reads up to and with offset at.
func (w *Writer) catchUp(ctx context.Context, at int64) error {
	for pause := w.opt.Retry; ; pause = min(2*pause, 20*w.opt.Retry) {
		err := w.log.Read(ctx, w.valid.next, w.see)
		if err != nil {
			w.unsettled = true
			return w.readFailed(err)
		}
		if w.valid.next > at {
			return nil
		}
		if err := sleep(ctx, pause); err != nil {
			w.unsettled = true
			return err
		}
	}
}

// readFailed ends the writer if its place in the log is gone.
func (w *Writer) readFailed(err error) error {
	if gone := outOfRange(err); gone != nil {
		w.fatal = gone
		return gone
	}
	return fmt.Errorf("read the checkpoint log from offset %d: %w", w.valid.next, err)
}

// see takes one record into account.
func (w *Writer) see(offset int64, value []byte) error {
	f, err := w.valid.read(offset, value)
	switch {
	case err != nil:
		w.fatal = err
	case f.newRun, f.epoch != nil && w.valid.claim.Nonce != w.claim.Nonce:
		w.fatal = &FencedError{By: w.valid.claim, At: w.valid.force}
	case f.claimed && w.valid.birth > w.claim.Birth:
		w.fatal = &FencedError{By: w.valid.claim, At: w.valid.force}
	case f.epoch != nil:
		w.lastEpoch, w.newest = f.epoch.N, f.epoch
		w.flushed = max(w.flushed, f.epoch.Flushed)
	case f.snapshot != nil:
		w.snapshotSum = w.valid.snapshot.prev
		w.noteSnapshot(f.snapshot, f.since)
	}
	return err
}

func (w *Writer) noteSnapshot(b *Snapshot, since int64) {
	if w.snapshotAt >= 0 && b.N < w.last.N {
		return
	}
	w.last, w.snapshotAt, w.bytesAtSnapshot = b.Header, b.At, w.valid.bytes-since
	w.flushed = max(w.flushed, b.Flushed)
	w.valid.forget(w.valid.hint(w.snapshotAt, min(w.last.N, w.flushed)))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
