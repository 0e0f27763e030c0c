package checkpoint

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Recovery is what the log holds for a task that starts.
type Recovery struct {
	Claim    Claim     // in force: its run and birth stamp the rows to come
	Snapshot *Snapshot // newest that counts; nil if there is none yet
	Epochs   []Epoch   // that count, in order: all after the snapshot, and before it those whose rows may not be in ClickHouse
	LastN    uint64    // newest epoch that counts; the next one is LastN + 1
	Flushed  uint64    // highest epoch whose rows are known to be in ClickHouse
}

// SnapshotN is the epoch after which the recovered state stands: 0 without a snapshot.
func (r *Recovery) SnapshotN() uint64 {
	if r.Snapshot == nil {
		return 0
	}
	return r.Snapshot.N
}

// Open claims the log and returns what to recover from: every epoch that counts
// below the claim. No other epoch will ever be added below it.
func Open(ctx context.Context, log Log, opt Options) (*Writer, *Recovery, error) {
	opt.ChunkBytes = cmp.Or(opt.ChunkBytes, defaultChunk)
	opt.Retry = cmp.Or(opt.Retry, 100*time.Millisecond)
	if opt.ChunkBytes < 0 || opt.Retry < 0 {
		return nil, nil, errors.New("open checkpoint log: sizes and pauses cannot be negative")
	}
	if opt.Claim.Nonce == 0 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails
		opt.Claim.Nonce = binary.LittleEndian.Uint64(b[:])
	}
	w, r, err := open(ctx, log, opt)
	if err != nil {
		return nil, nil, fmt.Errorf("open checkpoint log: %w", err)
	}
	return w, r, nil
}

// open scans the log, claims it, and reads up to the claim. What is missing is looked for
// twice: before the claim, because a claim would make an emptied log look like a new
// one, and after it, because others may have written or removed something meanwhile.
func open(ctx context.Context, log Log, opt Options) (*Writer, *Recovery, error) {
	s, first, err := scanLog(ctx, log, opt)
	if err != nil {
		return nil, nil, err
	}
	if !opt.NewRun {
		if err := s.check(first, opt.AcceptMissingRows); err != nil {
			return nil, nil, err
		}
	}
	w := &Writer{claimedLog: claimedLog{log: log, opt: opt, appending: make(chan struct{}, 1), valid: s.valid, claim: opt.Claim, snapshotAt: -1}}
	if err := w.takeOver(ctx, s, first); err != nil {
		return nil, nil, err
	}
	if err := s.check(first, opt.AcceptMissingRows); err != nil {
		return nil, nil, err
	}
	w.valid.keepState = false
	w.showTombstones()
	w.lastEpoch, w.flushed = w.valid.lastN, s.flushed
	if s.snapshot != nil {
		w.snapshotHeader, w.snapshotAt, w.bytesAtSnapshot = s.snapshot.Header, s.snapshot.At, s.bytesAtSnapshot
	}
	return w, &Recovery{Claim: w.claim, Snapshot: s.snapshot, Epochs: s.epochs, LastN: w.valid.lastN, Flushed: s.flushed}, nil
}

// scanLog reads the log as it is now: from the hint if everything that is needed lies
// behind it, else from the start. It returns the offset it has read from.
func scanLog(ctx context.Context, log Log, opt Options) (s *recoveryScan, first int64, err error) {
	first, end, err := log.Bounds(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("find its bounds: %w", err)
	}
	if opt.Hint > first && opt.Hint < end && !opt.NewRun {
		s = &recoveryScan{valid: newValidator(opt.Hint, true, true), hinted: true}
		err := log.Read(ctx, opt.Hint, s.observe)
		if err == nil && s.snapshot != nil && s.check(opt.Hint, false) == nil {
			return s, opt.Hint, nil
		}
		var corrupt *CorruptError
		if err != nil && !errors.Is(err, errNoClaim) && !errors.As(err, &corrupt) {
			return nil, 0, err
		}
	}
	s = &recoveryScan{valid: newValidator(first, false, true)}
	if err := log.Read(ctx, first, s.observe); err != nil {
		return nil, 0, err
	}
	return s, first, nil
}

// takeOver claims the log until the claim has the run and birth in force. While we
// claim, somebody else may claim too: with a higher birth or another run, which our
// next claim has to follow.
func (w *Writer) takeOver(ctx context.Context, s *recoveryScan, first int64) error {
	for renew := w.opt.NewRun; ; renew = false {
		switch {
		case renew && w.claim.Run == s.valid.run:
			return fmt.Errorf("begin a new run: the log is of run %q already", s.valid.run)
		case renew:
			w.claim.Birth, w.claim.Fresh = max(w.opt.Claim.Birth, s.valid.birth+1), true
		case s.valid.claimAt >= 0:
			w.claim.Run, w.claim.Birth, w.claim.Fresh = s.valid.run, max(w.claim.Birth, s.valid.birth), false
		default:
			w.claim.Birth, w.claim.Fresh = max(w.claim.Birth, 1), first == 0
		}
		if w.claim.Run == "" {
			return errors.New("begin a log: the claim names no run")
		}
		w.claim.Configuration = s.valid.configuration
		at, value, err := w.appendClaim(ctx)
		if err != nil {
			return err
		}
		w.claimAt = at
		if err := s.readTo(ctx, &w.claimedLog, at, value); err != nil {
			return err
		}
		switch own := s.valid.claimAt == at; {
		case own && s.valid.run == w.claim.Run && s.valid.birth == w.claim.Birth && s.valid.configuration.Number == w.claim.Configuration.Number:
			w.claim.Fresh = false
			return nil
		case !own && s.valid.claim.Nonce != w.claim.Nonce:
			return &FencedError{By: s.valid.claim, At: s.valid.claimAt}
		}
	}
}
