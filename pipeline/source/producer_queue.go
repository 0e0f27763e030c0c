package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"friction/pipeline/kafkawire"
)

// sender is what the queues of a producer share: how batches are sent, and the
// first failure, after which nothing more is.
type sender struct {
	k          *Cluster
	codec      kafkawire.Codec
	id         kafkawire.Identity // the sequence is each queue's own
	timeout    time.Duration
	batchBytes int

	failure atomic.Pointer[error]
	sent    atomic.Int64 // records confirmed
}

func (s *sender) fail(err error) { s.failure.CompareAndSwap(nil, &err) }

func (s *sender) failed() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// partitionQueue is one partition being written: one batch is open, others wait for
// run to send them, and those that were sent come back to be filled again.
type partitionQueue struct {
	*sender
	topic     string
	partition int32
	jobs      chan job
	free      chan *kafkawire.Builder
	sequence  int32 // of the next record, for the broker; run's own

	mu    sync.Mutex
	open  *kafkawire.Builder
	since time.Time // when open got its first record
}

// job is a batch to send, or a channel to close once everything before it is done.
type job struct {
	batch   *kafkawire.Builder
	flushed chan<- struct{}
}

// maxInFlight is how many batches of a partition may wait for their confirmation.
const maxInFlight = 2

func newPartitionQueue(s *sender, topic string, partition int32) *partitionQueue {
	q := &partitionQueue{
		sender: s, topic: topic, partition: partition, open: &kafkawire.Builder{},
		jobs: make(chan job, maxInFlight+1), free: make(chan *kafkawire.Builder, maxInFlight+1),
	}
	for range maxInFlight {
		q.free <- &kafkawire.Builder{}
	}
	return q
}

// add copies a record into the open batch, and waits for one with room.
func (q *partitionQueue) add(ctx context.Context, r kafkawire.Record) error {
	q.mu.Lock()
	for q.open.Len() > 0 && q.open.Bytes()+r.MaxBytes() > q.batchBytes {
		full := q.open
		q.mu.Unlock()
		if err := q.enqueue(ctx, full); err != nil {
			return err
		}
		q.mu.Lock()
	}
	defer q.mu.Unlock()
	if q.open.Len() == 0 {
		q.since = time.Now()
	}
	q.open.Add(r)
	return nil
}

// enqueue gives a full batch to run and opens an empty one, if the batch is still
// the open one. It waits for an empty one.
func (q *partitionQueue) enqueue(ctx context.Context, full *kafkawire.Builder) error {
	var empty *kafkawire.Builder
	select {
	case empty = <-q.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := q.failed(); err != nil {
		q.free <- empty
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open != full || full.Len() == 0 {
		q.free <- empty // another caller was faster
		return nil
	}
	q.open = empty
	q.jobs <- job{batch: full} // has room for every batch there is
	return nil
}

// enqueueWaiting enqueues a batch that was opened before a time, if there is an
// empty one.
func (q *partitionQueue) enqueueWaiting(before time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.open.Len() == 0 || q.since.After(before) {
		return
	}
	select {
	case empty := <-q.free:
		full := q.open
		q.open = empty
		q.jobs <- job{batch: full}
	default:
	}
}

// flush enqueues the open batch. The channel is closed once everything before the
// call is confirmed or has failed.
func (q *partitionQueue) flush(ctx context.Context) (<-chan struct{}, error) {
	q.mu.Lock()
	b, n := q.open, q.open.Len()
	q.mu.Unlock()
	if n > 0 {
		if err := q.enqueue(ctx, b); err != nil {
			return nil, err
		}
	}
	flushed := make(chan struct{})
	select {
	case q.jobs <- job{flushed: flushed}:
		return flushed, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run sends the batches, one at a time, until ctx ends.
func (q *partitionQueue) run(ctx context.Context) {
	var wire []byte
	for {
		select {
		case j := <-q.jobs:
			if j.flushed != nil {
				close(j.flushed)
				continue
			}
			if q.failed() == nil {
				var err error
				if wire, err = q.deliver(ctx, j.batch, wire[:0]); err != nil {
					q.fail(err)
				}
			}
			j.batch.Reset()
			q.free <- j.batch
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends one batch until it is confirmed or refused for good. It returns
// the memory that the next batch may use.
func (q *partitionQueue) deliver(ctx context.Context, b *kafkawire.Builder, wire []byte) ([]byte, error) {
	id := q.id
	if id.Producer >= 0 {
		id.Sequence = q.sequence
	}
	wire, err := b.AppendTo(wire, q.codec, id)
	if err != nil {
		return wire, err
	}
	what := fmt.Sprintf("write %d records to topic %s, partition %d", b.Len(), q.topic, q.partition)
	return retry(ctx, q.k, what, func(ctx context.Context) ([]byte, error) {
		_, err := send(ctx, q.k, q.topic, q.partition, wire, q.timeout)
		switch {
		case err == nil, errors.Is(err, kafka.DuplicateSequenceNumber):
			q.sent.Add(int64(b.Len()))
			q.sequence = int32((uint32(q.sequence) + uint32(b.Len())) & (1<<31 - 1))
			return wire, nil
		case refusedForGood(err):
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		wire = bytes.Clone(wire) // a request that was given up may still read the old one
		return nil, err
	})
}
