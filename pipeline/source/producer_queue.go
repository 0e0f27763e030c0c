package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"friction/pipeline/kafkawire"
)

// topicQueues are the partitions of one topic being written.
type topicQueues struct {
	queues  []*partitionQueue
	numbers []int // 0, 1, …
}

// partitionQueue is one partition being written: one batch is open, others wait for
// the sender, and those that were sent come back to be filled again.
type partitionQueue struct {
	topic     string
	partition int32
	open      *kafkawire.Builder // under Producer.mu
	since     time.Time          // when open got its first record
	jobs      chan job
	free      chan *kafkawire.Builder
	sequence  int32 // of the next record, for the broker
}

// job is a batch to send, or a channel to close once everything before it is done.
type job struct {
	batch   *kafkawire.Builder
	flushed chan<- struct{}
}

// enqueue gives a full batch to the sender of its partition and opens an empty one,
// if the batch is still the open one. It waits for an empty one.
func (p *Producer) enqueue(ctx context.Context, q *partitionQueue, full *kafkawire.Builder) error {
	var empty *kafkawire.Builder
	select {
	case empty = <-q.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.failed(); err != nil {
		q.free <- empty
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.open != full || full.Len() == 0 {
		q.free <- empty // somebody else was faster
		return nil
	}
	q.open = empty
	q.jobs <- job{batch: full} // has room for every batch there is
	return nil
}

// run sends the batches of one partition, one at a time.
func (p *Producer) run(ctx context.Context, q *partitionQueue) {
	var wire []byte
	for {
		select {
		case j := <-q.jobs:
			if j.flushed != nil {
				close(j.flushed)
				continue
			}
			if p.failed() == nil {
				var err error
				if wire, err = p.deliver(ctx, q, j.batch, wire[:0]); err != nil {
					p.fail(err)
				}
			}
			j.batch.Reset()
			q.free <- j.batch
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends one batch until it is confirmed or refused for good.
func (p *Producer) deliver(ctx context.Context, q *partitionQueue, b *kafkawire.Builder, wire []byte) ([]byte, error) {
	id := p.id
	if id.Producer >= 0 {
		id.Sequence = q.sequence
	}
	wire, err := b.AppendTo(wire, p.codec, id)
	if err != nil {
		return wire, err
	}
	what := fmt.Sprintf("write %d records to topic %s, partition %d", b.Len(), q.topic, q.partition)
	return retry(ctx, p.k, what, func() ([]byte, error) {
		_, err := p.k.send(ctx, q.topic, q.partition, wire, p.opt.Timeout)
		switch {
		case err == nil, errors.Is(err, kafka.DuplicateSequenceNumber):
			p.sent.Add(int64(b.Len()))
			q.sequence = int32((uint32(q.sequence) + uint32(b.Len())) & (1<<31 - 1))
			return wire, nil
		case refusedForGood(err):
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		wire = bytes.Clone(wire) // a request that was given up may still read the old one
		return nil, err
	})
}

// linger enqueues batches that have waited long enough.
func (p *Producer) linger(ctx context.Context) {
	tick := time.NewTicker(p.opt.Linger)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		p.enqueueWaiting(time.Now().Add(-p.opt.Linger))
	}
}

// enqueueWaiting enqueues what was opened before a time, where a queue has room.
func (p *Producer) enqueueWaiting(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, to := range p.topics {
		for _, q := range to.queues {
			if q.open.Len() == 0 || q.since.After(before) {
				continue
			}
			select {
			case empty := <-q.free:
				full := q.open
				q.open = empty
				q.jobs <- job{batch: full}
			default:
			}
		}
	}
}
