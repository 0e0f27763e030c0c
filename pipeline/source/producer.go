package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/initproducerid"

	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// ProducerOptions set how a [Producer] writes. The zero value is good.
type ProducerOptions struct {
	// Compression of batches: none, gzip, snappy, lz4 or zstd; none if empty.
	Compression string
	// BatchBytes is the most a batch holds before it is compressed; just below a
	// broker's default limit if zero. A larger record makes a batch of its own.
	BatchBytes int
	// Linger is how long a record waits for others; 20 ms if zero.
	Linger time.Duration
	// Timeout is how long replicas may take to confirm; 30 s if zero.
	Timeout time.Duration
}

// Producer writes keyed records, each key always to the same partition, the one
// the Java client would choose. Batches are confirmed by all replicas, in order,
// and a batch that is sent twice is written once. It is safe for concurrent use.
type Producer struct {
	k      *Cluster
	linger time.Duration
	sender *sender
	run    func(*partitionQueue) // starts a queue's goroutine, which ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	topics   map[string]*topicQueues
	next     int // partition of the next record without a key
	balancer kafka.Murmur2Balancer
}

// topicQueues are the partitions of one topic being written.
type topicQueues struct {
	queues  []*partitionQueue
	numbers []int // 0, 1, …
}

// NewProducer asks for a producer id and starts. Close it to stop.
func (k *Cluster) NewProducer(ctx context.Context, o ProducerOptions) (*Producer, error) {
	codec, err := kafkawire.CodecOf(o.Compression)
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	id, err := producerIdentity(ctx, k)
	if errors.Is(err, kafka.ClusterAuthorizationFailed) {
		id, err = kafkawire.NoIdentity(), nil // old brokers ask for a right of its own
	}
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &Producer{
		k: k, linger: cmp.Or(o.Linger, 20*time.Millisecond), topics: map[string]*topicQueues{}, cancel: cancel,
		sender: &sender{
			k: k, codec: codec, id: id, timeout: cmp.Or(o.Timeout, 30*time.Second),
			batchBytes: cmp.Or(o.BatchBytes, kafkawire.MaxBatchBytes-kafkawire.HeadBytes),
		},
	}
	p.run = func(q *partitionQueue) { p.wg.Go(func() { q.run(running) }) }
	p.wg.Go(func() { p.lingering(running) })
	return p, nil
}

// producerIdentity asks for a producer id, which lets brokers drop batches that
// they already have.
func producerIdentity(ctx context.Context, k *Cluster) (kafkawire.Identity, error) {
	m := &initproducerid.Request{TransactionTimeoutMs: 1000, ProducerID: -1, ProducerEpoch: -1}
	var id kafkawire.Identity
	err := k.ask(ctx, "ask for a producer id", func(ctx context.Context) error {
		res, err := k.direct(ctx, m)
		if err != nil {
			return err
		}
		r, ok := res.(*initproducerid.Response)
		if !ok {
			return errForeignAnswer
		}
		if err := codeError(r.ErrorCode); err != nil {
			return fmt.Errorf("make an idempotent producer: %w", err)
		}
		id = kafkawire.Identity{Producer: r.ProducerID, Epoch: r.ProducerEpoch}
		return nil
	})
	return id, err
}

// Sent is how many records are confirmed.
func (p *Producer) Sent() int64 { return p.sender.sent.Load() }

// Close stops without waiting for what is not confirmed; see Flush.
func (p *Producer) Close() {
	p.cancel()
	p.wg.Wait()
}

// Send copies a record into the batch of its partition, and waits while two
// batches of that partition are on their way. A nil key goes to any partition.
// The error is that of any batch before: then records are lost, and nothing more
// is written.
func (p *Producer) Send(ctx context.Context, topic string, key, value []byte, at event.Millis) error {
	if err := p.sender.failed(); err != nil {
		return err
	}
	to, err := p.queuesOf(ctx, topic)
	if err != nil {
		if ctx.Err() == nil { // else nothing has failed: the caller does not want to wait any longer
			p.sender.fail(err)
		}
		return err
	}
	return to.queues[p.choose(key, to.numbers)].add(ctx, kafkawire.Record{Key: key, Value: value, Time: at})
}

// choose is the partition of a key as the Java client has it.
func (p *Producer) choose(key []byte, partitions []int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key == nil {
		p.next++
		return p.next % len(partitions)
	}
	return p.balancer.Balance(kafka.Message{Key: key}, partitions...)
}

// queuesOf returns the queues of a topic, and starts them when it is first used.
func (p *Producer) queuesOf(ctx context.Context, topic string) (*topicQueues, error) {
	p.mu.Lock()
	to := p.topics[topic]
	p.mu.Unlock()
	if to != nil {
		return to, nil
	}
	counts, err := p.k.partitions(ctx, []string{topic})
	if err != nil {
		return nil, err
	}
	if counts[topic] == 0 {
		return nil, fmt.Errorf("%w: there is no topic %s", ErrTopics, topic)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.topics[topic] == nil {
		p.topics[topic] = p.start(topic, counts[topic])
	}
	return p.topics[topic], nil
}

// start starts a sender for each of the n partitions of a topic.
func (p *Producer) start(topic string, n int) *topicQueues {
	to := &topicQueues{}
	for i := range n {
		q := newPartitionQueue(p.sender, topic, int32(i))
		to.queues, to.numbers = append(to.queues, q), append(to.numbers, i)
		p.run(q)
	}
	return to
}

// all are the queues of all topics.
func (p *Producer) all() (all []*partitionQueue) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, to := range p.topics {
		all = append(all, to.queues...)
	}
	return all
}

// lingering enqueues batches that have waited long enough.
func (p *Producer) lingering(ctx context.Context) {
	tick := time.NewTicker(p.linger)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		before := time.Now().Add(-p.linger)
		for _, q := range p.all() {
			q.enqueueWaiting(before)
		}
	}
}

// Flush sends everything and waits until it is confirmed.
func (p *Producer) Flush(ctx context.Context) error {
	var flushed []<-chan struct{}
	for _, q := range p.all() {
		done, err := q.flush(ctx)
		if err != nil {
			return err
		}
		flushed = append(flushed, done)
	}
	for _, done := range flushed {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.sender.failed()
}
