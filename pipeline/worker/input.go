package worker

import (
	"context"
	"errors"
	"time"

	"friction/pipeline/event"
	"friction/pipeline/source"
)

// Fetcher reads one partition of any topic. When there are no records it waits a moment and then returns an empty batch.
// Trouble that may pass it retries by itself until ctx ends.
type Fetcher interface {
	Fetch(ctx context.Context, topic string, from int64) (*source.Batch, error)
}

// Partition is what a task reads: its partition of every input topic.
type Partition interface {
	Fetcher
	// Reread reads records that were read before. It does not believe at once that they are gone.
	Reread(ctx context.Context, topic string, from int64) (*source.Batch, error)
	// End is the offset after the last record, asked for once.
	End(ctx context.Context, topic string) (int64, error)
}

// input is one topic of a task. It is fetched one batch ahead.
type input struct {
	topic   string
	index   uint8
	next    int64        // offset of the next record to process
	end     int64        // high watermark
	start   int64        // first offset there is, as far as brokers say; else -1
	print   event.Digest // fingerprint of the record before next; zero when not known
	from    int64        // offset where this epoch began
	batches chan fetched // from the goroutine that fetches
	batch   *source.Batch
	at      int // next record of batch

	missed     uint64    // records that were gone before they were read, not yet counted
	emptySince time.Time // time of the first fetch in a row that found nothing
	movedAt    time.Time // when its topic time last moved, or it was last behind
}

type fetched struct {
	batch  *source.Batch
	missed uint64 // records that retention has removed before it
	err    error
}

// begin forgets what was fetched before.
func (in *input) begin() {
	in.batches = make(chan fetched, 1)
	in.batch, in.emptySince, in.movedAt = nil, time.Time{}, time.Now()
}

// prefetch keeps one batch ready until ctx ends. It signals wake for each.
func (in *input) prefetch(ctx context.Context, f Fetcher, from int64, wake chan<- struct{}) {
	for {
		b, err := f.Fetch(ctx, in.topic, from)
		missed := uint64(0)
		if first, ok := removedBefore(err); ok {
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

// removedBefore returns the offset where a topic begins now, if an error says that retention has removed what was asked
// for.
func removedBefore(err error) (first int64, ok bool) {
	outside, ok := errors.AsType[*source.RangeError](err)
	if !ok || !outside.Passed() {
		return 0, false
	}
	return outside.First, true
}

// poll picks up a fetched batch if there is one and none is being processed.
func (in *input) poll(now time.Time) error {
	if in.batch != nil {
		return nil
	}
	select {
	case f := <-in.batches:
		if f.err != nil {
			return f.err
		}
		in.end, in.start = f.batch.End, f.batch.LogStart
		if f.missed > 0 {
			in.missed, in.print = in.missed+f.missed, event.Digest{} // the record before next is gone
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
		in.batch, in.at = f.batch, 0
	default:
	}
	return nil
}

// skip moves past a batch that holds nothing to process.
func (in *input) skip(b *source.Batch) {
	in.next = b.Next
	b.Release()
}

// done moves past the batch: all of it has been processed.
func (in *input) done() {
	if n := len(in.batch.Records); n > 0 {
		in.print = fingerprint(&in.batch.Records[n-1])
	}
	in.next = in.batch.Next
	in.release()
}

// release gives the memory of the batch back, if there is one.
func (in *input) release() {
	if in.batch != nil {
		in.batch.Release()
		in.batch = nil
	}
}

// caughtUp reports that nothing is known to be left to read.
func (in *input) caughtUp() bool {
	return in.batch == nil && in.next >= in.end && !in.emptySince.IsZero()
}

// idle reports that the topic no longer holds the watermark back: it has been at its end for IdleTimeout, or at its end
// without moving its time for MaxWait.
func (in *input) idle(now time.Time, c *Config) bool {
	if !in.caughtUp() {
		return false
	}
	return now.Sub(in.emptySince) >= c.IdleTimeout || now.Sub(in.movedAt) >= c.MaxWait
}

// fingerprint tells records apart, so that a topic that was made anew is noticed.
func fingerprint(rec *event.Record) event.Digest {
	var h event.Hasher
	return h.Num(rec.Offset).Num(int64(len(rec.Key))).Bytes(rec.Key).Bytes(rec.Value).Sum()
}
