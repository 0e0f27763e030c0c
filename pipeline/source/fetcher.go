package source

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"friction/pipeline/kafkawire"
)

// Batch is what one fetch of a partition brought.
type Batch = kafkawire.Batch

// RangeError says that a partition no longer, or not yet, has the offset that was
// asked for.
type RangeError struct {
	Topic             string
	Partition         int32
	From, First, Last int64 // asked for; first record there is; offset after the last
}

func (e *RangeError) Error() string {
	return fmt.Sprintf("topic %s, partition %d holds offsets %d to %d, offset %d was asked for", e.Topic, e.Partition, e.First, e.Last, e.From)
}

// Outside returns the three offsets.
func (e *RangeError) Outside() (from, first, end int64) { return e.From, e.First, e.Last }

// Passed reports that retention has removed the offset.
func (e *RangeError) Passed() bool { return e.From < e.First }

// CorruptError says that a record batch, read several times, is not what a
// producer wrote.
type CorruptError struct {
	Topic     string
	Partition int32
	Offset    int64
	Err       error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("topic %s, partition %d is damaged at offset %d: %v", e.Topic, e.Partition, e.Offset, e.Err)
}

// Unwrap returns what is wrong.
func (e *CorruptError) Unwrap() error { return e.Err }

// TopicError says that a topic or partition is gone.
type TopicError struct {
	Topic     string
	Partition int32
	Err       error
}

func (e *TopicError) Error() string {
	return fmt.Sprintf("topic %s, partition %d is not there (deleted, or not ours to see): %v", e.Topic, e.Partition, e.Err)
}

// Unwrap returns what the cluster said.
func (e *TopicError) Unwrap() error { return e.Err }

// Fetcher reads one partition of any topic. It is safe for concurrent use: every
// fetch has a connection of its own while it lasts.
type Fetcher struct {
	k         *Cluster
	partition int32
	maxBytes  int // asked for at a time
	unpacked  int // bytes of records at a time, once decompressed
}

// maxUnpacked is how many bytes of records one fetch brings, once they are decompressed, but for one large record. It is
// above what common producers put into one batch.
const maxUnpacked = 16 << 20

// Fetcher reads the given partition of topics.
func (k *Cluster) Fetcher(partition int32) *Fetcher {
	return &Fetcher{k, partition, k.config.Fetch.MaxBytes, maxUnpacked}
}

// AtMost is a Fetcher of the same partition that asks for no more than so many bytes
// at a time, and brings little more of what they are decompressed to.
func (f *Fetcher) AtMost(bytes int) *Fetcher {
	smaller := *f
	smaller.maxBytes, smaller.unpacked = min(f.maxBytes, bytes), min(f.unpacked, max(bytes, leastUnpacked))
	return &smaller
}

// leastUnpacked is the least that maxUnpacked is cut to: batches are decompressed once for each such part.
const leastUnpacked = 2 << 20

// damagedTimes is how often a batch may look damaged before it is believed.
const damagedTimes = 4

// Fetch returns the records of topic from offset from, after waiting for some as
// long as the broker may hold the request back. Records of aborted transactions
// and control records are left out and counted into Next. Trouble that may pass
// (leaders that move, brokers that are away) is retried until ctx ends. Other
// errors are *RangeError, *TopicError, *CorruptError, or a refusal of the broker's.
func (f *Fetcher) Fetch(ctx context.Context, topic string, from int64) (*Batch, error) {
	what := fmt.Sprintf("read topic %s, partition %d from offset %d", topic, f.partition, from)
	var gone confirmation
	maxBytes, damaged := f.maxBytes, 0
	return retry(ctx, f.k, what, func(ctx context.Context) (*Batch, error) {
		b, err := f.try(ctx, topic, from, maxBytes)
		for cut, ok := errors.AsType[*kafkawire.CutError](err); ok; cut, ok = errors.AsType[*kafkawire.CutError](err) {
			maxBytes = cut.Need
			b, err = f.try(ctx, topic, from, maxBytes)
		}
		if err == nil || ctx.Err() != nil {
			return b, err
		}
		_, isDamage := errors.AsType[*CorruptError](err)
		switch {
		case errors.Is(err, kafka.OffsetOutOfRange):
			if _, outside := f.endAfter(ctx, topic, from); outside != nil {
				return nil, backoff.Permanent(outside)
			}
		case isDamage:
			if damaged++; damaged == damagedTimes {
				return nil, backoff.Permanent(err)
			}
		case unknownTopic(err):
			if gone.done(f.k.config.DoubtTime) {
				return nil, backoff.Permanent(&TopicError{topic, f.partition, err})
			}
		case !passing(err):
			return nil, backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		return nil, err
	})
}

// Reread is Fetch from an offset that was read before. A leader that has only just
// become one may show less of a partition than others did, so an end below the
// offset is asked for again until it must be believed; it is a *RangeError then.
func (f *Fetcher) Reread(ctx context.Context, topic string, from int64) (*Batch, error) {
	what := fmt.Sprintf("read topic %s, partition %d again from offset %d", topic, f.partition, from)
	var short confirmation
	return retry(ctx, f.k, what, func(ctx context.Context) (*Batch, error) {
		b, err := f.Fetch(ctx, topic, from)
		switch {
		case err != nil:
			return nil, backoff.Permanent(err)
		case b.Next > from || b.End > from:
			return b, nil
		}
		outside := &RangeError{Topic: topic, Partition: f.partition, From: from, First: b.LogStart, Last: b.End}
		b.Release()
		if short.done(f.k.config.DoubtTime) {
			return nil, backoff.Permanent(outside)
		}
		return nil, outside
	})
}

// endAfter is the end of a topic's partition, and a *RangeError if from is outside:
// an end before it is asked for again until it must be believed.
func (f *Fetcher) endAfter(ctx context.Context, topic string, from int64) (end int64, err error) {
	what := fmt.Sprintf("read topic %s, partition %d on from offset %d", topic, f.partition, from)
	var short confirmation
	return retry(ctx, f.k, what, func(ctx context.Context) (int64, error) {
		first, end, err := f.k.Bounds(ctx, topic, f.partition)
		switch {
		case err != nil:
			return 0, backoff.Permanent(err)
		case from >= first && from <= end:
			return end, nil
		}
		outside := &RangeError{Topic: topic, Partition: f.partition, From: from, First: first, Last: end}
		if outside.Passed() || short.done(f.k.config.DoubtTime) {
			return 0, backoff.Permanent(outside)
		}
		return 0, outside
	})
}

// End is the offset after the last record of a topic's partition. It does not try again.
func (f *Fetcher) End(ctx context.Context, topic string) (end int64, err error) {
	err = once(ctx, f.k.config.RequestTimeout, func(ctx context.Context) (err error) {
		_, end, err = bounds(ctx, f.k, topic, f.partition)
		return err
	})
	return end, err
}

// try fetches once.
func (f *Fetcher) try(ctx context.Context, topic string, from int64, maxBytes int) (*Batch, error) {
	k := f.k
	ctx, cancel := context.WithTimeout(ctx, k.config.Fetch.MaxWait+k.config.RequestTimeout)
	defer cancel()
	b := k.batches.Get()
	limit := k.config.Fetch.MaxBatchBytes
	res, err := k.transport.RoundTrip(ctx, k.addr, kafkawire.NewFetchRequest(&kafkawire.FetchOptions{
		ClientID: k.config.ClientID, Topic: topic, Partition: f.partition, Offset: from,
		MaxWait: k.config.Fetch.MaxWait, MinBytes: k.config.Fetch.MinBytes, MaxBytes: maxBytes, Limit: limit,
	}, b))
	if err != nil {
		return nil, err // the buffer may still be written to, so it is left to the collector
	}
	answer, ok := res.(*kafkawire.FetchAnswer)
	if !ok {
		return nil, kafkawire.ErrAnswer
	}
	code, err := b.Read(answer, from, kafkawire.Limits{Record: limit, Fetch: f.unpacked})
	if code != 0 {
		err = kafka.Error(code)
	}
	_, cut := errors.AsType[*kafkawire.CutError](err)
	switch {
	case err == nil:
		return b, nil
	case cut, code != 0:
	default:
		err = &CorruptError{Topic: topic, Partition: f.partition, Offset: b.Next, Err: err}
	}
	b.Release()
	return nil, err
}
