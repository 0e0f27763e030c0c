package worker

import (
	"context"
	"errors"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/source"
)

// Fetcher reads the partition of one task. It waits a moment for records when
// there are none and then returns an empty batch; trouble that may pass it
// retries itself until ctx ends.
type Fetcher interface {
	Fetch(ctx context.Context, topic string, from int64) (*source.Batch, error)
}

// Rereader reads records that were read before, too: Reread does not believe at
// once that they are not there.
type Rereader interface {
	Fetcher
	Reread(ctx context.Context, topic string, from int64) (*source.Batch, error)
}

// input is one topic of a task, fetched one batch ahead.
type input struct {
	topic   string
	index   uint8
	next    int64 // offset of the next record to take
	end     int64 // high watermark
	start   int64 // first offset there is, as far as brokers say; else -1
	mark    event.Digest
	from    int64 // where this epoch began
	batches chan fetched
	hand    *source.Batch
	at      int // next record of hand

	missed     uint64    // records that were gone before they were read, not yet counted
	emptySince time.Time // of the first fetch in a row that found nothing
	movedAt    time.Time // when its topic time last moved, or it was last behind
}

type fetched struct {
	batch  *source.Batch
	missed uint64 // records that retention has removed before it
	err    error
}

// prefetch keeps one batch ready until ctx ends.
func (in *input) prefetch(ctx context.Context, f Fetcher, from int64, wake chan<- struct{}) {
	for {
		b, err := f.Fetch(ctx, in.topic, from)
		missed := uint64(0)
		if first, ok := passed(err); ok {
			missed, b, err = uint64(first-from), &source.Batch{Next: first, End: first}, nil
		}
		if err == nil {
			from = b.Next // now: once handed over, the batch is the task's, and soon somebody else's
		}
		select {
		case in.batches <- fetched{b, missed, err}:
		case <-ctx.Done():
			return
		}
		select {
		case wake <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// passed tells where a topic begins now, if an error says that retention has
// removed what was asked for.
func passed(err error) (first int64, ok bool) {
	outside, ok := errors.AsType[*source.RangeError](err)
	if !ok || !outside.Passed() {
		return 0, false
	}
	return outside.First, true
}

// poll takes a fetched batch in hand if there is one.
func (in *input) poll(now time.Time) error {
	if in.hand != nil {
		return nil
	}
	select {
	case f := <-in.batches:
		if f.err != nil {
			return f.err
		}
		in.end, in.start = f.batch.End, f.batch.LogStart
		if f.missed > 0 {
			in.missed, in.mark = in.missed+f.missed, event.Digest{} // the record before next is gone
			in.skip(f.batch)
			return nil
		}
		if len(f.batch.Records) == 0 {
			if in.emptySince.IsZero() {
				in.emptySince = now
			}
			in.skip(f.batch)
			return nil
		}
		in.emptySince = time.Time{}
		in.hand, in.at = f.batch, 0
	default:
	}
	return nil
}

// skip moves past a batch that holds nothing to take.
func (in *input) skip(b *source.Batch) {
	in.next = b.Next
	b.Release()
}

// done gives the batch in hand back: all of it has been taken.
func (in *input) done() {
	in.next = in.hand.Next
	in.letGo()
}

// letGo gives the batch in hand back, if there is one.
func (in *input) letGo() {
	if in.hand != nil {
		in.hand.Release()
		in.hand = nil
	}
}

// caughtUp reports that nothing is known to be left to read.
func (in *input) caughtUp() bool {
	return in.hand == nil && in.next >= in.end && !in.emptySince.IsZero()
}

// idle reports that the topic no longer holds the watermark back: it has been at
// its end for idleTimeout, or at its end without moving its time for maxWait.
func (in *input) idle(now time.Time, idleTimeout, maxWait time.Duration) bool {
	if !in.caughtUp() {
		return false
	}
	return now.Sub(in.emptySince) >= idleTimeout || now.Sub(in.movedAt) >= maxWait
}
