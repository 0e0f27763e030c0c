package worker

import (
	"context"
	"errors"
	"sync/atomic"
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

	fetched *share       // memory of batches that are ready or being processed
	ready   atomic.Int32 // how many those are, of this topic
	counted int64        // bytes of batch in fetched; -1 when it is not counted

	missed     uint64    // records that were gone before they were read, not yet counted
	emptySince time.Time // time of the first fetch in a row that found nothing
	movedAt    time.Time // when its topic time last moved, or it was last behind
}

type fetched struct {
	batch  *source.Batch
	bytes  int64  // of batch
	missed uint64 // records that retention has removed before it
	err    error
}

// begin forgets what was fetched before. Memory of batches is counted as s.
func (in *input) begin(s *share) {
	in.batches, in.fetched, in.counted = make(chan fetched, 1), s, -1
	in.ready.Store(0)
	in.batch, in.emptySince, in.movedAt = nil, time.Time{}, time.Now()
}

// fullEvery is how often a fetch that has to wait for memory looks whether there is some.
const fullEvery = 20 * time.Millisecond

// waitForMemory blocks while batches take all the memory they may. A topic without a batch need not wait: it may be the
// one that holds time back. It reports false when ctx has ended.
func (in *input) waitForMemory(ctx context.Context) bool {
	for in.ready.Load() > 0 && in.fetched.full() {
		look := time.NewTimer(fullEvery)
		select {
		case <-look.C:
		case <-ctx.Done():
			look.Stop()
			return false
		}
	}
	return true
}

// prefetch keeps one batch ready until ctx ends. It signals wake for each.
func (in *input) prefetch(ctx context.Context, f Fetcher, from int64, wake chan<- struct{}) {
	for in.waitForMemory(ctx) {
		b, err := f.Fetch(ctx, in.topic, from)
		missed := uint64(0)
		if first, ok := removedBefore(err); ok {
			missed, b, err = uint64(first-from), &source.Batch{Next: first, End: first}, nil
		}
		got := fetched{batch: b, missed: missed, err: err}
		if err == nil {
			from, got.bytes = b.Next, int64(b.Bytes) // now: once handed over, the batch is the task's, and soon somebody else's
			in.fetched.add(got.bytes)
			in.ready.Add(1)
		}
		select {
		case in.batches <- got:
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
		in.end, in.start, in.counted = f.batch.End, f.batch.LogStart, f.bytes
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
	in.uncount()
	b.Release()
}

// uncount notes that the memory of a batch is free, if it was counted.
func (in *input) uncount() {
	if in.counted >= 0 {
		in.fetched.add(-in.counted)
		in.ready.Add(-1)
	}
	in.counted = -1
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
		in.uncount()
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
