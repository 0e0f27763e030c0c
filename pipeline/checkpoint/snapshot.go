package checkpoint

import (
	"context"
	"errors"
	"fmt"
)

// SnapshotWriter writes one snapshot in parts. Epochs may be appended between them. The
// snapshot counts when Commit has returned nil; one that is given up halfway is
// ignored by every reader. It is used by one goroutine.
type SnapshotWriter struct {
	w    *Writer
	c    chunk
	part []byte // not yet appended
}

// BeginSnapshot begins a snapshot of the state after epoch b.N, which must count
// already. Of b.State only the length is looked at, so that who reads it takes the
// memory at once. It claims again first, so that the log can
// be read from there. Only one snapshot at a time can come to count.
func (w *Writer) BeginSnapshot(ctx context.Context, b *Snapshot) (*SnapshotWriter, error) {
	if err := w.lock(ctx); err != nil {
		return nil, err
	}
	defer w.unlock()
	if err := w.ready(ctx); err != nil {
		return nil, fmt.Errorf("begin snapshot of epoch %d: %w", b.N, err)
	}
	if b.N > w.lastEpoch {
		return nil, fmt.Errorf("begin snapshot of epoch %d: the last epoch is %d", b.N, w.lastEpoch)
	}
	if w.snapshotUnsettled || !w.valid.fresh() { // a part of an earlier snapshot could still land among ours
		w.unsettled = true
		if err := w.ready(ctx); err != nil {
			return nil, fmt.Errorf("begin snapshot of epoch %d: %w", b.N, err)
		}
	}
	w.snapshotUnsettled = false
	return &SnapshotWriter{
		w:    w,
		c:    chunk{kind: kindSnapshot, claim: w.claimAt, nonce: w.claim.Nonce, n: b.N},
		part: b.appendHead(nil),
	}, nil
}

// Write adds the next bytes of the state. It keeps no reference to p.
func (b *SnapshotWriter) Write(ctx context.Context, p []byte) error {
	for len(p) > 0 {
		n := min(len(p), max(0, b.w.opt.ChunkBytes-len(b.part)))
		b.part = append(b.part, p[:n]...)
		p = p[n:]
		if len(b.part) >= b.w.opt.ChunkBytes {
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

// flush appends what is pending, in parts no longer than they may be; with last,
// all of it.
func (b *SnapshotWriter) flush(ctx context.Context, last bool) error {
	for {
		n := min(len(b.part), b.w.opt.ChunkBytes)
		b.c.body, b.c.last = b.part[:n], last && n == len(b.part)
		if err := b.put(ctx); err != nil {
			return fmt.Errorf("write snapshot of epoch %d: %w", b.c.n, err)
		}
		b.part = append(b.part[:0], b.part[n:]...)
		if b.c.last || len(b.part) < b.w.opt.ChunkBytes && !last {
			return nil
		}
	}
}

// put appends one part. One without a clear answer is appended again: unlike an
// epoch, it need not be known to be there or not, only to be there in the end.
func (b *SnapshotWriter) put(ctx context.Context) error {
	const tries = 8
	for pause, try := b.w.opt.Retry, 1; ; pause, try = 2*pause, try+1 {
		err := b.try(ctx)
		if !errors.Is(err, errUnclear) {
			return err
		}
		if try == tries || sleep(ctx, pause) != nil {
			return fmt.Errorf("%w: %w", ErrSnapshotVoid, err)
		}
	}
}

func (b *SnapshotWriter) try(ctx context.Context) error {
	w := b.w
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	if w.fatal != nil {
		return w.fatal
	}
	if w.unsettled || w.claimAt != b.c.claim {
		return ErrSnapshotVoid
	}
	last := b.c.last
	_, err := w.put(ctx, &b.c)
	switch {
	case errors.Is(err, errUnclear):
		w.unsettled, w.snapshotUnsettled = false, true
		return err
	case err != nil:
		return err
	case w.unsettled, last && w.snapshotSum != b.c.prev:
		return ErrSnapshotVoid
	}
	return nil
}

// AppendSnapshot logs a snapshot that is whole in memory, trying again a few times when
// it is interrupted.
func (w *Writer) AppendSnapshot(ctx context.Context, b *Snapshot) error {
	const tries = 5
	var err error
	for range tries {
		if err = w.appendSnapshot(ctx, b); !errors.Is(err, ErrSnapshotVoid) {
			return err
		}
	}
	return err
}

func (w *Writer) appendSnapshot(ctx context.Context, b *Snapshot) error {
	bw, err := w.BeginSnapshot(ctx, b)
	if err != nil {
		return err
	}
	if err := bw.Write(ctx, b.State); err != nil {
		return err
	}
	return bw.Commit(ctx)
}
