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
	Claim   Claim   // in force: its run and birth stamp the rows to come
	Base    *Base   // newest that counts; nil if there is none yet
	Epochs  []Epoch // that count, in order: all after the base, and before it those whose rows may not be in ClickHouse
	LastN   uint64  // newest epoch that counts; the next one is LastN + 1
	Flushed uint64  // highest epoch whose rows are known to be in ClickHouse
}

// BaseN is the epoch after which the recovered state stands: 0 without a base.
func (r *Recovery) BaseN() uint64 {
	if r.Base == nil {
		return 0
	}
	return r.Base.N
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
	w := &Writer{log: log, opt: opt, turn: make(chan struct{}, 1), j: s.j, claim: opt.Claim, baseAt: -1}
	if err := w.enter(ctx, s, first); err != nil {
		return nil, nil, err
	}
	if err := s.check(first, opt.AcceptMissingRows); err != nil {
		return nil, nil, err
	}
	w.j.keepState = false
	w.mine, w.flushed = w.j.lastN, s.flushed
	if s.base != nil {
		w.last, w.baseAt, w.baseAll = s.base.Mark, s.base.At, s.baseAll
	}
	return w, &Recovery{Claim: w.claim, Base: s.base, Epochs: s.epochs, LastN: w.j.lastN, Flushed: s.flushed}, nil
}

// survey reads the log as it stands, from the hint if that shows everything that
// is needed, else from its start.
func survey(ctx context.Context, log Log, opt Options) (s *scan, first int64, err error) {
	first, end, err := log.Bounds(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("find its bounds: %w", err)
	}
	if opt.Hint > first && opt.Hint < end && !opt.NewRun {
		s = &scan{j: newJudge(opt.Hint, true, true), hinted: true}
		err := log.Read(ctx, opt.Hint, s.see)
		if err == nil && s.base != nil && s.check(opt.Hint, false) == nil {
			return s, opt.Hint, nil
		}
		var corrupt *CorruptError
		if err != nil && !errors.Is(err, errNoClaim) && !errors.As(err, &corrupt) {
			return nil, 0, err
		}
	}
	s = &scan{j: newJudge(first, false, true)}
	if err := log.Read(ctx, first, s.see); err != nil {
		return nil, 0, err
	}
	return s, first, nil
}

// enter claims until the claim speaks for the newest life of the log.
func (w *Writer) enter(ctx context.Context, s *scan, first int64) error {
	for renew := w.opt.NewRun; ; renew = false {
		switch {
		case renew && w.claim.Run == s.j.run:
			return fmt.Errorf("begin a new run: the log is of run %q already", s.j.run)
		case renew:
			w.claim.Birth, w.claim.Fresh = max(w.opt.Claim.Birth, s.j.birth+1), true
		case s.j.force >= 0:
			w.claim.Run, w.claim.Birth, w.claim.Fresh = s.j.run, max(w.claim.Birth, s.j.birth), false
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
		switch own := s.j.force == at; {
		case own && s.j.run == w.claim.Run && s.j.birth == w.claim.Birth:
			w.claim.Fresh = false
			return nil
		case !own && s.j.claim.Nonce != w.claim.Nonce:
			return &FencedError{By: s.j.claim, At: s.j.force}
		}
	}
}

// scan follows the judge and keeps what a recovery needs.
type scan struct {
	j       *judge
	hinted  bool // the first record must be a claim
	base    *Base
	baseAll int64
	epochs  []Epoch
	flushed uint64
}

// errNoClaim ends a read from a hint that names no claim.
var errNoClaim = errors.New("the hint names no claim")

func (s *scan) see(offset int64, value []byte) error {
	f, err := s.j.see(offset, value)
	if err != nil {
		return err
	}
	if s.j.force < 0 && s.hinted {
		return errNoClaim
	}
	if f.newLife {
		s.base, s.baseAll, s.epochs, s.flushed = nil, 0, nil, 0
	}
	if f.epoch != nil {
		s.flushed = max(s.flushed, f.epoch.Flushed)
		s.epochs = append(s.epochs, *f.epoch)
	}
	if f.base != nil && (s.base == nil || f.base.N >= s.base.N) {
		s.flushed = max(s.flushed, f.base.Flushed)
		s.base, s.baseAll = f.base, s.j.bytes-f.since
	}
	if f.base != nil || len(s.epochs)%1024 == 1023 {
		s.prune()
	}
	return nil
}

// prune drops epochs that no recovery from the newest base needs.
func (s *scan) prune() {
	if s.base == nil {
		return
	}
	from, keep := min(s.base.N, s.flushed), s.epochs[:0]
	for i := range s.epochs {
		if s.epochs[i].N > from {
			keep = append(keep, s.epochs[i])
		}
	}
	clear(s.epochs[len(keep):])
	s.epochs = keep
}

// readTo reads up to our claim at offset at.
func (s *scan) readTo(ctx context.Context, w *Writer, at int64, value []byte) error {
	if at == s.j.next {
		return s.see(at, value)
	}
	if at < s.j.next {
		return fmt.Errorf("%w: a claim was given offset %d after %d", ErrShorter, at, s.j.next-1)
	}
	pause := w.opt.Retry
	for s.j.next <= at {
		if err := w.log.Read(ctx, s.j.next, s.see); err != nil {
			return cmp.Or(outOfRange(err), err)
		}
		if s.j.next > at {
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
func (s *scan) check(first int64, acceptMissingRows bool) error {
	s.prune()
	base := uint64(0)
	if s.base != nil {
		base = s.base.N
	}
	next := s.j.lastN + 1
	if len(s.epochs) > 0 {
		next = s.epochs[0].N
	}
	switch want := min(base, s.flushed) + 1; {
	case s.base == nil && s.j.lastN == 0 && first > 0 && !s.j.start:
		return fmt.Errorf("%w: it is empty up to offset %d", ErrLost, first)
	case next > base+1:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrLost, base+1, next-1)
	case next > want && !acceptMissingRows:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrRowsLost, want, next-1)
	}
	return nil
}
