package checkpoint

import (
	"context"
	"errors"

	"friction/pipeline/event"
)

// errDone ends a read that has found all it wanted.
var errDone = errors.New("done")

// readEpoch reads the rows of an epoch that counts, at the offsets that it has.
func readEpoch(ctx context.Context, log Log, e *Epoch) ([]byte, error) {
	var prev chunk
	var body []byte
	err := log.Read(ctx, e.At, func(offset int64, value []byte) error {
		if offset < e.At {
			return nil
		}
		c, err := parseRecord(offset, value)
		if err != nil {
			return err
		}
		// By the chain of sums its parts are distinguished from records between them.
		if offset == e.At || c.kind == kindEpoch && c.index == prev.index+1 && c.prev == prev.sum {
			body = append(body, c.body...)
			prev = c
		}
		if offset >= e.End {
			return errDone
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDone) {
		return nil, err
	}
	head, rows, _ := splitHead(body)
	var there Epoch
	if !there.parseHead(head) || there.N != e.N || there.RowsSum != e.RowsSum || event.DigestOf(rows) != e.RowsSum {
		return nil, &CorruptError{Offset: e.At, Why: "the epoch is not the one that was found there before"}
	}
	return rows, nil
}
