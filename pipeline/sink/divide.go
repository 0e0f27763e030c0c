package sink

import (
	"context"
	"errors"

	"go.uber.org/zap"
)

// tally counts what happened to the rows of a block that was refused.
type tally struct {
	accepted int
	refused  []Refused
}

// manyRefused is the number of refused rows from which on the table may be wrong rather than the rows.
const manyRefused = 32

// doubtful reports that the table is to blame rather than its rows. If none is
// accepted, nobody knows yet: the block waits until it comes with others.
func (t *tally) doubtful() bool {
	return t.accepted == 0 || len(t.refused) >= manyRefused && len(t.refused) > t.accepted
}

// mayBeARow reports whether a value of a row may be the reason why a block was refused.
func mayBeARow(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.row
}

// setAside finds the rows of a block that ClickHouse refuses by themselves, and
// writes the others. Repeating it sends the same blocks under the same tokens.
func (s *Sink) setAside(ctx context.Context, b block, cause error) error {
	var n tally
	if err := s.divide(ctx, b, cause, &n); err != nil {
		return err
	}
	if n.doubtful() {
		return cause
	}
	for _, r := range n.refused {
		s.log.Warn("ClickHouse refuses a row, it is set aside", zap.String("table", r.Table), zap.Uint16("task", r.Stamp.Task),
			zap.Uint64("version", r.Stamp.Version), zap.String("why", r.Why))
		s.observe.Refused(r)
	}
	return nil
}

// divide writes the halves of a block that was refused because of cause, and then
// the halves of those that were refused, down to single rows.
func (s *Sink) divide(ctx context.Context, b block, cause error, n *tally) error {
	if b.rows == 1 {
		n.refused = append(n.refused, b.refuse(cause.Error()))
		if len(n.refused) >= manyRefused && n.doubtful() {
			return cause
		}
		return nil
	}
	halves := [2]block{b.part(0, b.rows/2), b.part(b.rows/2, b.rows)}
	var causes [2]error
	for i, half := range halves {
		err := s.tryBlock(ctx, half)
		if err != nil && !mayBeARow(err) {
			return err
		}
		if causes[i] = err; err == nil {
			n.accepted += half.rows
		}
	}
	for i, half := range halves {
		if causes[i] == nil {
			continue
		}
		if err := s.divide(ctx, half, causes[i], n); err != nil {
			return err
		}
	}
	return nil
}
