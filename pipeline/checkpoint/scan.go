package checkpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// recoveryScan reads a log through the validator and keeps what a recovery needs.
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

// observe takes one record into account.
func (s *recoveryScan) observe(offset int64, value []byte) error {
	f, err := s.valid.read(offset, value)
	if err != nil {
		return err
	}
	if s.valid.claimAt < 0 && s.hinted {
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
func (s *recoveryScan) readTo(ctx context.Context, l *claimedLog, at int64, value []byte) error {
	if at == s.valid.next {
		return s.observe(at, value)
	}
	if at < s.valid.next {
		return fmt.Errorf("%w: a claim was given offset %d after %d", ErrShorter, at, s.valid.next-1)
	}
	if err := l.readThrough(ctx, at, s.observe); err != nil {
		return cmp.Or(outOfRange(err), err)
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
	case s.snapshot == nil && s.valid.lastN == 0 && first > 0 && !s.valid.sawStart:
		return fmt.Errorf("%w: it is empty up to offset %d", ErrLost, first)
	case next > snapshot+1:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrLost, snapshot+1, next-1)
	case next > want && !acceptMissingRows:
		return fmt.Errorf("%w: epochs %d to %d are gone", ErrRowsLost, want, next-1)
	}
	return nil
}
