package checkpoint

import (
	"context"
	"errors"
	"fmt"
)

// BaseWriter writes one base in parts. Epochs may be appended between them. The
// base counts when Commit has returned nil; one that is given up halfway is
// ignored by every reader. It is used by one goroutine.
type BaseWriter struct {
	w    *Writer
	c    chunk
	part []byte // not yet appended
}

// BeginBase begins a base of the state after epoch b.N, which must count
// already. Of b.State only the length is looked at, so that who reads it takes the
// memory at once. It claims again first, so that the log can
// be read from there. Only one base at a time can come to count.
func (w *Writer) BeginBase(ctx context.Context, b *Base) (*BaseWriter, error) {
	if err := w.acquire(ctx); err != nil {
		return nil, err
	}
	defer w.release()
	if err := w.ready(ctx); err != nil {
		return nil, fmt.Errorf("begin base of epoch %d: %w", b.N, err)
	}
	if b.N > w.mine {
		return nil, fmt.Errorf("begin base of epoch %d: the last epoch is %d", b.N, w.mine)
	}
	if w.doubt || !w.j.fresh() { // a part of an earlier base could still land among ours
		w.unsure = true
		if err := w.ready(ctx); err != nil {
			return nil, fmt.Errorf("begin base of epoch %d: %w", b.N, err)
		}
	}
	w.doubt = false
	return &BaseWriter{
		w:    w,
		c:    chunk{kind: kindBase, claim: w.claimAt, nonce: w.claim.Nonce, n: b.N},
		part: b.appendHead(nil),
	}, nil
}

// Write adds the next bytes of the state. It keeps no reference to p.
func (b *BaseWriter) Write(ctx context.Context, p []byte) error {
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

// Commit appends what is left and returns once the base counts. On ErrBaseVoid
// it does not.
func (b *BaseWriter) Commit(ctx context.Context) error { return b.flush(ctx, true) }

// flush appends what is pending, in parts no longer than they may be; with last,
// all of it.
func (b *BaseWriter) flush(ctx context.Context, last bool) error {
	for {
		n := min(len(b.part), b.w.opt.ChunkBytes)
		b.c.body, b.c.last = b.part[:n], last && n == len(b.part)
		if err := b.put(ctx); err != nil {
			return fmt.Errorf("write base of epoch %d: %w", b.c.n, err)
		}
		b.part = append(b.part[:0], b.part[n:]...)
		if b.c.last || len(b.part) < b.w.opt.ChunkBytes && !last {
			return nil
		}
	}
}

// put appends one part. One without a clear answer is appended again: unlike an
// epoch, it need not be known to be there or not, only to be there in the end.
func (b *BaseWriter) put(ctx context.Context) error {
	const tries = 8
	for pause, try := b.w.opt.Retry, 1; ; pause, try = 2*pause, try+1 {
		err := b.try(ctx)
		if !errors.Is(err, errUnclear) {
			return err
		}
		if try == tries || sleep(ctx, pause) != nil {
			return fmt.Errorf("%w: %w", ErrBaseVoid, err)
		}
	}
}

func (b *BaseWriter) try(ctx context.Context) error {
	w := b.w
	if err := w.acquire(ctx); err != nil {
		return err
	}
	defer w.release()
	if w.dead != nil {
		return w.dead
	}
	if w.unsure || w.claimAt != b.c.claim {
		return ErrBaseVoid
	}
	last := b.c.last
	_, err := w.put(ctx, &b.c)
	switch {
	case errors.Is(err, errUnclear):
		w.unsure, w.doubt = false, true
		return err
	case err != nil:
		return err
	case w.unsure, last && w.baseSum != b.c.prev:
		return ErrBaseVoid
	}
	return nil
}

// AppendBase logs a base that is whole in memory, trying again a few times when
// it is interrupted.
func (w *Writer) AppendBase(ctx context.Context, b *Base) error {
	const tries = 5
	var err error
	for range tries {
		if err = w.appendBase(ctx, b); !errors.Is(err, ErrBaseVoid) {
			return err
		}
	}
	return err
}

func (w *Writer) appendBase(ctx context.Context, b *Base) error {
	bw, err := w.BeginBase(ctx, b)
	if err != nil {
		return err
	}
	if err := bw.Write(ctx, b.State); err != nil {
		return err
	}
	return bw.Commit(ctx)
}
