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

// Options say how to open a log.
type Options struct {
	// Claim names the member and its generation. Run and Birth are used when the
	// log is empty or NewRun is set, else the log's own stand; Birth is then the
	// least one to claim with. A zero Nonce is drawn at random.
	Claim Claim
	// Hint is [Status].Hint of an earlier writer, kept anywhere; 0 or less means
	// none. A wrong one costs time, nothing else.
	Hint int64
	// NewRun starts over: what the log holds is left behind, with its consequences.
	NewRun bool
	// AcceptMissingRows goes on although rows that may not be in ClickHouse are
	// no longer in the log.
	AcceptMissingRows bool
	// MayClaim is asked before every claim; an error ends the attempt and is
	// returned. It should say whether the generation is still the group's. With
	// it, a claim of somebody who wrote nothing is answered with our own; without
	// it, every foreign claim is an ErrFenced.
	MayClaim func(context.Context) error
	// ChunkBytes is the most payload a record carries; 900 KiB if zero, which
	// fits a broker's default limit.
	ChunkBytes int
	// Retry is the first pause after an append without a clear answer; it doubles
	// up to twentyfold. 100 ms if zero.
	Retry time.Duration
}

const defaultChunk = 900 << 10

// Recovery is what the log knows.
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

// Open claims the log and returns the state to recover: every epoch that counts
// up to the claim and none other will ever be added below it.
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

func open(ctx context.Context, log Log, opt Options) (*Writer, *Recovery, error) {
	s, first, err := survey(ctx, log, opt)
	if err != nil {
		return nil, nil, err
	}
	if !opt.NewRun { // before a claim could make an emptied log look like a new one
		if err := s.check(first, opt.AcceptMissingRows); err != nil {
			return nil, nil, err
		}
	}
	w := &Writer{log: log, opt: opt, appending: make(chan struct{}, 1), valid: s.valid, claim: opt.Claim, snapshotAt: -1}
	if err := w.enter(ctx, s, first); err != nil {
		return nil, nil, err
	}
	if err := s.check(first, opt.AcceptMissingRows); err != nil {
		return nil, nil, err
	}
	w.valid.keepState = false
	w.lastEpoch, w.flushed = w.valid.lastN, s.flushed
	if s.snapshot != nil {
		w.last, w.snapshotAt, w.bytesAtSnapshot = s.snapshot.Header, s.snapshot.At, s.bytesAtSnapshot
	}
	return w, &Recovery{Claim: w.claim, Snapshot: s.snapshot, Epochs: s.epochs, LastN: w.valid.lastN, Flushed: s.flushed}, nil
}

// survey reads the log as it stands, from the hint if that shows everything that
// is needed, else from its start.
func survey(ctx context.Context, log Log, opt Options) (s *recoveryScan, first int64, err error) {
	first, end, err := log.Bounds(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("find its bounds: %w", err)
	}
	if opt.Hint > first && opt.Hint < end && !opt.NewRun {
		s = &recoveryScan{valid: newValidator(opt.Hint, true, true), hinted: true}
		err := log.Read(ctx, opt.Hint, s.see)
		if err == nil && s.snapshot != nil && s.check(opt.Hint, false) == nil {
			return s, opt.Hint, nil
		}
		var corrupt *CorruptError
		if err != nil && !errors.Is(err, errNoClaim) && !errors.As(err, &corrupt) {
			return nil, 0, err
		}
	}
	s = &recoveryScan{valid: newValidator(first, false, true)}
	if err := log.Read(ctx, first, s.see); err != nil {
		return nil, 0, err
	}
	return s, first, nil
}

// enter claims until the claim speaks for the newest life of the log.
func (w *Writer) enter(ctx context.Context, s *recoveryScan, first int64) error {
	for renew := w.opt.NewRun; ; renew = false {
		switch {
		case renew && w.claim.Run == s.valid.run:
			return fmt.Errorf("begin a new run: the log is of run %q already", s.valid.run)
		case renew:
			w.claim.Birth, w.claim.Fresh = max(w.opt.Claim.Birth, s.valid.birth+1), true
		case s.valid.force >= 0:
			w.claim.Run, w.claim.Birth, w.claim.Fresh = s.valid.run, max(w.claim.Birth, s.valid.birth), false
		default:
			w.claim.Birth, w.claim.Fresh = max(w.claim.Birth, 1), first == 0
		}
		if w.claim.Run == "" {
			return errors.New("begin a log: the claim names no run")
		}
		at, value, err := w.appendClaim(ctx)
		if err != nil {
			return err
		}
		w.claimAt = at
		if err := s.readTo(ctx, w, at, value); err != nil {
			return err
		}
		switch own := s.valid.force == at; {
		case own && s.valid.run == w.claim.Run && s.valid.birth == w.claim.Birth:
			w.claim.Fresh = false
			return nil
		case !own && s.valid.claim.Nonce != w.claim.Nonce:
			return &FencedError{By: s.valid.claim, At: s.valid.force}
		}
	}
}

// scan follows the validator and keeps what a recovery needs.
type recoveryScan struct {
	valid           *validator
	hinted          bool // the first record must be a claim
	snapshot        *Snapshot
	bytesAtSnapshot int64
	epochs          []Epoch
	flushed         uint64
}

// errNoClaim ends a read from a hint that names no claim.
var errNoClaim = errors.New("the hint names no claim")

func (s *recoveryScan) see(offset int64, value []byte) error {
	f, err := s.valid.read(offset, value)
	if err != nil {
		return err
	}
	if s.valid.force < 0 && s.hinted {
		return errNoClaim
	}
	if f.newRun {
		s.snapshot, s.bytesAtSnapshot, s.epochs, s.flushed = nil, 0, nil, 0
	}
	if f.epoch != nil {
		s.flushed = max(s.flushed, f.epoch.Flushed)
		s.epochs = append(s.epochs, *f.epoch)
	}
	if f.snapshot != nil && (s.snapshot == nil || f.snapshot.N >= s.snapshot.N) {
		s.flushed = max(s.flushed, f.snapshot.Flushed)
		s.snapshot, s.bytesAtSnapshot = f.snapshot, s.valid.bytes-f.since
	}
	if f.snapshot != nil || len(s.epochs)%1024 == 1023 {
		s.prune()
	}
	return nil
}

// prune drops epochs that no recovery from the newest snapshot needs.
func (s *recoveryScan) prune() {
	if s.snapshot == nil {
		return
	}
	from, keep := min(s.snapshot.N, s.flushed), s.epochs[:0]
	for i := range s.epochs {
		if s.epochs[i].N > from {
			keep = append(keep, s.epochs[i])
		}
	}
	clear(s.epochs[len(keep):])
	s.epochs = keep
}

// readTo reads up to our claim at offset at.
func (s *recoveryScan) readTo(ctx context.Context, w *Writer, at int64, value []byte) error {
	if at == s.valid.next {
		return s.see(at, value)
	}
	if at < s.valid.next {
		return fmt.Errorf("%w: a claim was given offset %d after %d", ErrShorter, at, s.valid.next-1)
	}
	pause := w.opt.Retry
	for s.valid.next <= at {
		if err := w.log.Read(ctx, s.valid.next, s.see); err != nil {
			return cmp.Or(outOfRange(err), err)
		}
		if s.valid.next > at {
			break
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// check finds out whether everything a recovery needs is there. The log was read
// from offset first.
func (s *recoveryScan) check(first int64, acceptMissingRows bool) error {
	s.prune()
	snapshot := uint64(0)
	if s.snapshot != nil {
		snapshot = s.snapshot.N
	}
	next := s.valid.lastN + 1
	if len(s.epochs) > 0 {
		next = s.epochs[0].N
	}
	switch want := min(snapshot, s.flushed) + 1; {
	case s.snapshot == nil && s.valid.lastN == 0 && first > 0 && !s.valid.start:
		return fmt.Errorf("%w: it is empty up to offset %d", ErrLost, first)
	case next > snapshot+1:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrLost, snapshot+1, next-1)
	case next > want && !acceptMissingRows:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrRowsLost, want, next-1)
	}
	return nil
}
