package checkpoint

import (
	"context"
	"errors"
	"fmt"
)

// SnapshotWriter writes one snapshot in parts. Epochs may be appended between them.
// The snapshot counts when Commit has returned nil; every reader ignores one that is
// not complete. It is used by one goroutine.
type SnapshotWriter struct {
	w       *Writer
	chunk   chunk
	pending []byte // bytes not yet appended
}

// BeginSnapshot begins a snapshot of the state after epoch s.N, which must count
// already. Of s.State only the length is used: it is written, so that a reader can
// allocate the memory at once. The log is claimed again first, so that it can be read
// from that claim. Of several snapshots written at once, only one can come to count.
func (w *Writer) BeginSnapshot(ctx context.Context, s *Snapshot) (*SnapshotWriter, error) {
	if err := w.lock(ctx); err != nil {
		return nil, err
	}
	defer w.unlock()
	if err := w.ensureClaim(ctx); err != nil {
		return nil, fmt.Errorf("begin snapshot of epoch %d: %w", s.N, err)
	}
	if s.N > w.lastEpoch {
		return nil, fmt.Errorf("begin snapshot of epoch %d: the last epoch is %d", s.N, w.lastEpoch)
	}
	if w.snapshotUnsettled || !w.valid.unwritten() { // a part of an earlier snapshot could still arrive among ours
		w.unsettled = true
		if err := w.ensureClaim(ctx); err != nil {
			return nil, fmt.Errorf("begin snapshot of epoch %d: %w", s.N, err)
		}
	}
	w.snapshotUnsettled = false
	return &SnapshotWriter{
		w:       w,
		chunk:   chunk{kind: kindSnapshot, claim: w.claimAt, nonce: w.claim.Nonce, n: s.N},
		pending: s.appendHead(nil),
	}, nil
}

// Write adds the next bytes of the state. It keeps no reference to p.
func (b *SnapshotWriter) Write(ctx context.Context, p []byte) error {
	for len(p) > 0 {
		n := min(len(p), max(0, b.w.opt.ChunkBytes-len(b.pending)))
		b.pending = append(b.pending, p[:n]...)
		p = p[n:]
		if len(b.pending) >= b.w.opt.ChunkBytes {
			if err := b.flush(ctx, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// Commit appends what is left and returns once the snapshot counts. On ErrSnapshotVoid
// it does not.
func (b *SnapshotWriter) Commit(ctx context.Context) error { return b.flush(ctx, true) }

// flush appends pending bytes in parts of ChunkBytes. With last it appends all of them,
// and marks the last part; else it keeps what does not fill a part.
func (b *SnapshotWriter) flush(ctx context.Context, last bool) error {
	for {
		n := min(len(b.pending), b.w.opt.ChunkBytes)
		b.chunk.body, b.chunk.last = b.pending[:n], last && n == len(b.pending)
		if err := b.appendPart(ctx); err != nil {
			return fmt.Errorf("write snapshot of epoch %d: %w", b.chunk.n, err)
		}
		b.pending = append(b.pending[:0], b.pending[n:]...)
		if b.chunk.last || len(b.pending) < b.w.opt.ChunkBytes && !last {
			return nil
		}
	}
}

// appendPart appends one part. A part without a clear answer is appended again: it does
// no harm that it may then be there twice.
func (b *SnapshotWriter) appendPart(ctx context.Context) error {
	const tries = 8
	pauses := b.w.pauses()
	pauses.MaxInterval = 64 * b.w.opt.Retry // reached before the last try
	for try := 1; ; try++ {
		err := b.tryAppend(ctx)
		if !errors.Is(err, errUnclear) {
			return err
		}
		if try == tries || sleep(ctx, pauses.NextBackOff()) != nil {
			return fmt.Errorf("%w: %w", ErrSnapshotVoid, err)
		}
	}
}

// tryAppend appends the part once, if the claim it was begun under is still in force.
func (b *SnapshotWriter) tryAppend(ctx context.Context) error {
	w := b.w
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	if w.fatal != nil {
		return w.fatal
	}
	if w.unsettled || w.claimAt != b.chunk.claim {
		return ErrSnapshotVoid
	}
	last := b.chunk.last
	_, err := w.appendChunk(ctx, &b.chunk)
	switch {
	case errors.Is(err, errUnclear):
		w.unsettled, w.snapshotUnsettled = false, true
		return err
	case err != nil:
		return err
	case w.unsettled, last && w.snapshotSum != b.chunk.prev:
		return ErrSnapshotVoid
	}
	return nil
}

// AppendSnapshot logs a snapshot whose state is complete in memory. It tries again a few
// times when a claim comes between the parts.
func (w *Writer) AppendSnapshot(ctx context.Context, s *Snapshot) error {
	const tries = 5
	var err error
	for range tries {
		if err = w.appendSnapshot(ctx, s); !errors.Is(err, ErrSnapshotVoid) {
			return err
		}
	}
	return err
}

func (w *Writer) appendSnapshot(ctx context.Context, s *Snapshot) error {
	b, err := w.BeginSnapshot(ctx, s)
	if err != nil {
		return err
	}
	if err := b.Write(ctx, s.State); err != nil {
		return err
	}
	return b.Commit(ctx)
}
