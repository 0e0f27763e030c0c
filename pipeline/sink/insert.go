package sink

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// Insert writes the rows of all batches, each table with as few inserts as its limits allow, progress last, so that
// the rows it describes are there. Repeating a call with the same batches repeats the same inserts under the same
// tokens, so nothing is doubled; even without tokens the tables keep one row per key.
//
// Passing failures are retried for Config.RetryFor, or until ctx ends. The error is an *Error, or that of ctx. After
// an error any part may have been written; repeat the call.
func (s *Sink) Insert(ctx context.Context, batches []Batch) error {
	ready := make([]stamped, 0, len(batches))
	for _, b := range batches {
		if b.Rows != nil {
			ready = append(ready, stamped{newStamp(b.Stamp, b.Rows), b.Rows})
		}
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(s.cfg.Connections)
	for _, t := range s.tables {
		group.Go(func() error { return s.insertTable(groupCtx, t, ready) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.insertTable(ctx, s.last, ready)
}

func (s *Sink) insertTable(ctx context.Context, t inserter, batches []stamped) error {
	for b := range t.blocks(batches, s.cfg.BlockRows) {
		if err := s.insertBlock(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// insertBlock writes one block. If ClickHouse refuses a row, the row is found and set aside, so that the others are
// inserted.
func (s *Sink) insertBlock(ctx context.Context, b block) error {
	err := s.tryBlock(ctx, b)
	if s.observe.Refused == nil || !mayBeARow(err) {
		return err
	}
	return s.setAside(ctx, b, err)
}
