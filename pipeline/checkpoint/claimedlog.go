package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"friction/pipeline/event"
)

// claimedLog is a log with our claim on it. Every append is shown to the validator, which
// says what counts. An append without a clear answer is settled by another claim.
type claimedLog struct {
	log       Log
	opt       Options
	appending chan struct{} // full while an append is in flight

	// All below is used only by the goroutine that has the lock.
	valid             *validator
	claimAt           int64 // offset of our claim
	claim             Claim
	lastEpoch         uint64       // highest epoch that is ours or was recovered
	unsettled         bool         // an append has no clear answer yet: claim before the next one
	snapshotUnsettled bool         // a part of a snapshot has no clear answer: claim before the next snapshot
	fatal             error        // why nothing can be appended any more
	snapshotHeader    Header       // of the newest snapshot that counts
	snapshotAt        int64        // its first record, -1 for none
	snapshotSum       event.Digest // of the last snapshot that was seen to count
	bytesAtSnapshot   int64        // valid.bytes when it began
	flushed           uint64       // highest epoch whose rows are known to be in ClickHouse
	newest            *Epoch       // our newest epoch, with its offsets
	claims            int          // claims made again after the first
	buf               []byte       // the record in hand

	tombstones atomic.Pointer[[]Tombstone] // as valid has them; anybody may read it
}

// errUnclear is an append without a clear answer. It stays inside: a claim
// settles it.
var errUnclear = errors.New("no clear answer to an append")

func (l *claimedLog) lock(ctx context.Context) error {
	select {
	case l.appending <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *claimedLog) unlock() { <-l.appending }

// ensureClaim makes sure that our claim is in force and that no append of ours may
// still arrive and count: it claims again until that is so.
func (l *claimedLog) ensureClaim(ctx context.Context) error {
	for l.fatal == nil && l.unsettled {
		if err := l.claimAgain(ctx); err != nil {
			return err
		}
	}
	return l.fatal
}

// claimAgain appends one claim and reads up to it. What stands before it is certain
// then; what arrives behind it under an older claim never counts.
func (l *claimedLog) claimAgain(ctx context.Context) error {
	at, value, err := l.appendClaim(ctx)
	if err != nil {
		return err
	}
	l.claims++
	l.claimAt, l.unsettled = at, false
	return l.confirm(ctx, at, value)
}

// appendClaim appends our claim until it is acknowledged.
func (l *claimedLog) appendClaim(ctx context.Context) (at int64, value []byte, err error) {
	value = (&chunk{kind: kindClaim, last: true, body: l.claim.appendTo(nil)}).appendRecord(nil)
	for pauses := l.pauses(); ; {
		if l.opt.MayClaim != nil {
			if err := l.opt.MayClaim(ctx); err != nil {
				return 0, nil, fmt.Errorf("claim the checkpoint log: %w", err)
			}
		}
		at, err = l.log.Append(ctx, value)
		if err == nil || refused(err) || ctx.Err() != nil {
			return at, value, err
		}
		if err := sleep(ctx, pauses.NextBackOff()); err != nil {
			return 0, nil, err
		}
	}
}

// appendParts appends an epoch in parts under our claim. It stops early when the claim
// is no longer in force.
func (l *claimedLog) appendParts(ctx context.Context, n uint64, head, rows []byte) error {
	c := chunk{kind: kindEpoch, claim: l.claimAt, nonce: l.claim.Nonce, n: n}
	for !c.last {
		size := min(len(head), l.opt.ChunkBytes)
		c.body, head = head[:size], head[size:]
		size = min(len(rows), l.opt.ChunkBytes-size)
		c.tail, rows = rows[:size], rows[size:]
		c.last = len(head)+len(rows) == 0
		if _, err := l.appendChunk(ctx, &c); err != nil || l.unsettled {
			return err
		}
	}
	return nil
}

// appendChunk appends one part, shows it to the validator, and makes c ready to become
// the next part.
func (l *claimedLog) appendChunk(ctx context.Context, c *chunk) (at int64, err error) {
	l.buf = c.appendRecord(l.buf[:0])
	at, err = l.log.Append(ctx, l.buf)
	switch {
	case refused(err):
		return 0, err
	case err != nil:
		l.unsettled = true
		return 0, fmt.Errorf("%w: %w", errUnclear, err)
	}
	c.prev = c.sum
	c.index++
	return at, l.confirm(ctx, at, l.buf)
}

// confirm shows the validator everything up to our record at offset at. Usually nothing
// lies before it, and the record need not be read back.
func (l *claimedLog) confirm(ctx context.Context, at int64, value []byte) error {
	if at < l.valid.next {
		l.fatal = fmt.Errorf("%w: a record was given offset %d after %d", ErrShorter, at, l.valid.next-1)
		return l.fatal
	}
	if at == l.valid.next {
		if err := l.observe(at, value); err != nil {
			return err
		}
	} else if err := l.catchUp(ctx, at); err != nil {
		return err
	}
	if l.fatal != nil {
		return l.fatal
	}
	if now := l.valid.configuration; now.Number > l.claim.Configuration.Number {
		l.claim.Configuration, l.unsettled = now, true // the next claim has to repeat it
	}
	if l.valid.claimAt == l.claimAt {
		return nil
	}
	return l.overtaken()
}

// overtaken decides what a claim behind ours means. One of our own that arrived late is
// answered with another claim, and so is one of another member while our generation
// is the group's. Otherwise the log belongs to somebody else.
func (l *claimedLog) overtaken() error {
	if l.valid.claim.Nonce != l.claim.Nonce && l.opt.MayClaim == nil {
		l.fatal = &FencedError{By: l.valid.claim, At: l.valid.claimAt}
		return l.fatal
	}
	l.unsettled = true
	return nil
}

// catchUp reads the log up to and including offset at.
func (l *claimedLog) catchUp(ctx context.Context, at int64) error {
	if err := l.readThrough(ctx, at, l.observe); err != nil {
		l.unsettled = true
		return l.readFailed(err)
	}
	return nil
}

// readThrough reads the log until the validator has read the record at offset at. A record
// that was acknowledged a moment ago may not be readable yet.
func (l *claimedLog) readThrough(ctx context.Context, at int64, observe func(offset int64, value []byte) error) error {
	for pauses := l.pauses(); ; {
		if err := l.log.Read(ctx, l.valid.next, observe); err != nil {
			return err
		}
		if l.valid.next > at {
			return nil
		}
		if err := sleep(ctx, pauses.NextBackOff()); err != nil {
			return err
		}
	}
}

// readFailed ends the writer if the log no longer holds what comes after its last record.
func (l *claimedLog) readFailed(err error) error {
	if gone := outOfRange(err); gone != nil {
		l.fatal = gone
		return gone
	}
	return fmt.Errorf("read the checkpoint log from offset %d: %w", l.valid.next, err)
}

// observe takes one record into account.
func (l *claimedLog) observe(offset int64, value []byte) error {
	f, err := l.valid.read(offset, value)
	l.showTombstones()
	switch {
	case err != nil:
		l.fatal = err
	case f.newRun, f.epoch != nil && l.valid.claim.Nonce != l.claim.Nonce:
		l.fatal = &FencedError{By: l.valid.claim, At: l.valid.claimAt}
	case f.claimed && l.valid.birth > l.claim.Birth:
		l.fatal = &FencedError{By: l.valid.claim, At: l.valid.claimAt}
	case f.epoch != nil:
		l.lastEpoch, l.newest = f.epoch.N, f.epoch
		l.flushed = max(l.flushed, f.epoch.Flushed)
	case f.snapshot != nil:
		l.snapshotSum = l.valid.snapshot.prev
		l.noteSnapshot(f.snapshot, f.since)
	}
	return err
}

// showTombstones lets the task see which tombstones it has to apply.
func (l *claimedLog) showTombstones() {
	if shown := l.tombstones.Load(); len(l.valid.tombstones) > 0 || shown != nil && len(*shown) > 0 {
		list := slices.Clone(l.valid.tombstones)
		l.tombstones.Store(&list)
	}
}

// noteSnapshot makes a snapshot that counts the newest one.
func (l *claimedLog) noteSnapshot(b *Snapshot, since int64) {
	if l.snapshotAt >= 0 && b.N < l.snapshotHeader.N {
		return
	}
	l.snapshotHeader, l.snapshotAt, l.bytesAtSnapshot = b.Header, b.At, l.valid.bytes-since
	l.flushed = max(l.flushed, b.Flushed)
	l.valid.dropClaims(l.valid.hint(l.snapshotAt, min(l.snapshotHeader.N, l.flushed)))
}

// pauses are those between attempts: they double from the first one to twenty times as long.
func (l *claimedLog) pauses() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: l.opt.Retry, Multiplier: 2, MaxInterval: 20 * l.opt.Retry}
}

// sleep waits for a time, or until ctx ends.
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
