package source

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// CheckpointLog is one partition of the checkpoint topic, as package checkpoint
// wants a log to be. It is safe for concurrent use.
type CheckpointLog struct {
	k         *Cluster
	topic     string
	partition int32
	codec     kafkawire.Codec
	fetcher   *Fetcher
	spare     sync.Pool // *appendBuffers
}

// appendBuffers are the memory of one append.
type appendBuffers struct {
	builder kafkawire.Builder
	wire    []byte
}

// logRead is how much of a log is read at a time.
const logRead = 8 << 20

// CheckpointLog is the log of task partition.
func (k *Cluster) CheckpointLog(partition int32) *CheckpointLog {
	codec, err := kafkawire.CodecOf(k.config.Checkpoints.Compression)
	if err != nil {
		codec = 0 // validated before
	}
	return &CheckpointLog{
		k: k, topic: k.config.CheckpointTopic(), partition: partition, codec: codec,
		fetcher: &Fetcher{k, partition, min(logRead, k.config.Fetch.MaxBatchBytes), maxUnpacked},
	}
}

// RefusedError says that a record was not written and will not be by trying
// again.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap returns what the broker said.
func (e *RefusedError) Unwrap() error { return e.Err }

// Refused tells package checkpoint that the record was not written.
func (e *RefusedError) Refused() bool { return true }

// Append writes value as one record and returns its offset once all replicas have
// it. It tries again while it is certain that nothing was written. A
// *RefusedError is for good; any other error leaves open what became of value.
func (l *CheckpointLog) Append(ctx context.Context, value []byte) (int64, error) {
	what := fmt.Sprintf("append to topic %s, partition %d", l.topic, l.partition)
	buf, _ := l.spare.Get().(*appendBuffers)
	if buf == nil {
		buf = &appendBuffers{}
	}
	buf.builder.Reset()
	buf.builder.Add(kafkawire.Record{Value: value, Time: event.Millis(time.Now().UnixMilli())})
	var err error
	if buf.wire, err = buf.builder.AppendTo(buf.wire[:0], l.codec, kafkawire.NoIdentity()); err != nil {
		return 0, &RefusedError{fmt.Errorf("%s: %w", what, err)}
	}
	var gone confirmation
	return retry(ctx, l.k, what, func(ctx context.Context) (int64, error) {
		offset, err := send(ctx, l.k, l.topic, l.partition, buf.wire, l.k.config.Checkpoints.AppendTimeout)
		switch {
		case err == nil:
			l.spare.Put(buf) // otherwise a request may still be reading it
			return offset, nil
		case refusedForGood(err):
			err = backoff.Permanent(&RefusedError{fmt.Errorf("%s: %w", what, err)})
		case unknownTopic(err) && gone.done(l.k.config.DoubtTime):
			err = backoff.Permanent(&RefusedError{&TopicError{l.topic, l.partition, err}})
		case !notWritten(err):
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		return 0, err
	})
}

// Read calls fn with every record from offset from up to the end at the time of
// the call.
func (l *CheckpointLog) Read(ctx context.Context, from int64, fn func(offset int64, value []byte) error) error {
	end, err := l.fetcher.endAfter(ctx, l.topic, from)
	if err != nil {
		return err
	}
	for from < end {
		b, err := l.fetcher.Fetch(ctx, l.topic, from)
		if err != nil {
			return err
		}
		for i := range b.Records {
			if r := &b.Records[i]; r.Offset < end {
				if err := fn(r.Offset, r.Value); err != nil {
					b.Release()
					return err
				}
			}
		}
		from = b.Next
		b.Release()
	}
	return nil
}

// Bounds returns the offset of the first record and the one after the last.
func (l *CheckpointLog) Bounds(ctx context.Context) (first, end int64, err error) {
	return l.k.Bounds(ctx, l.topic, l.partition)
}
