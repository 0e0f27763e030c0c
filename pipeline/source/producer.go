package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"

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
	k     *Cluster
	opt   ProducerOptions
	codec kafkawire.Codec
	id    kafkawire.Identity // sequence is each queue's own

	mu     sync.Mutex
	topics map[string]*topicQueues
	next   int // partition of the next record without a key
	stops  []context.CancelFunc

	failure  atomic.Pointer[error]
	sent     atomic.Int64
	wg       sync.WaitGroup
	balancer kafka.Murmur2Balancer
}

// NewProducer asks for a producer id and starts. Close it to stop.
func (k *Cluster) NewProducer(ctx context.Context, o ProducerOptions) (*Producer, error) {
	codec, err := kafkawire.CodecOf(o.Compression)
	if err != nil {
		return nil, fmt.Errorf("compression: %w", err)
	}
	o.BatchBytes, o.Linger, o.Timeout = cmp.Or(o.BatchBytes, kafkawire.MaxBatchBytes-kafkawire.HeadBytes), cmp.Or(o.Linger, 20*time.Millisecond), cmp.Or(o.Timeout, 30*time.Second)
	id, err := k.producerIdentity(ctx)
	if errors.Is(err, kafka.ClusterAuthorizationFailed) {
		id, err = kafkawire.NoIdentity(), nil // old brokers ask for a right of its own
	}
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	p := &Producer{k: k, opt: o, codec: codec, id: id, topics: map[string]*topicQueues{}, stops: []context.CancelFunc{stop}}
	p.wg.Go(func() { p.linger(running) })
	return p, nil
}

// Sent is how many records are confirmed.
func (p *Producer) Sent() int64 { return p.sent.Load() }

// Close stops without waiting for what is not confirmed; see Flush.
func (p *Producer) Close() {
	p.mu.Lock()
	stops := p.stops
	p.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	p.wg.Wait()
}

func (p *Producer) fail(err error) { p.failure.CompareAndSwap(nil, &err) }

func (p *Producer) failed() error {
	if err := p.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// Send copies a record into the batch of its partition, and waits while two
// batches of that partition are on their way. A nil key goes to any partition.
// The error is that of any batch before: then records are lost, and nothing more
// is written.
func (p *Producer) Send(ctx context.Context, topic string, key, value []byte, at event.Millis) error {
	if err := p.failed(); err != nil {
		return err
	}
	to, err := p.queuesOf(ctx, topic)
	if err != nil {
		p.fail(err)
		return err
	}
	size := kafkawire.MaxRecordBytes(key, value)
	p.mu.Lock()
	q := to.queues[p.choose(key, to.numbers)]
	for q.open.Len() > 0 && q.open.Bytes()+size > p.opt.BatchBytes {
		full := q.open
		p.mu.Unlock()
		if err := p.enqueue(ctx, q, full); err != nil {
			return err
		}
		p.mu.Lock()
	}
	if q.open.Len() == 0 {
		q.since = time.Now()
	}
	q.open.Add(kafkawire.Record{Key: key, Value: value, Time: at})
	p.mu.Unlock()
	return nil
}

// choose is the partition of a key as the Java client has it.
func (p *Producer) choose(key []byte, partitions []int) int {
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
		p.topics[topic] = p.start(context.WithoutCancel(ctx), topic, counts[topic])
	}
	return p.topics[topic], nil
}

// maxInFlight is how many batches of a partition may wait for their confirmation.
const maxInFlight = 2

func (p *Producer) start(ctx context.Context, topic string, n int) *topicQueues {
	ctx, stop := context.WithCancel(ctx)
	p.stops = append(p.stops, stop)
	to := &topicQueues{}
	for i := range n {
		q := &partitionQueue{
			topic: topic, partition: int32(i), open: &kafkawire.Builder{}, jobs: make(chan job, maxInFlight+1), free: make(chan *kafkawire.Builder, maxInFlight+1),
		}
		for range maxInFlight {
			q.free <- &kafkawire.Builder{}
		}
		to.queues, to.numbers = append(to.queues, q), append(to.numbers, i)
		p.wg.Go(func() { p.run(ctx, q) })
	}
	return to
}

// Flush sends everything and waits until it is confirmed.
func (p *Producer) Flush(ctx context.Context) error {
	p.mu.Lock()
	var all []*partitionQueue
	for _, to := range p.topics {
		all = append(all, to.queues...)
	}
	p.mu.Unlock()
	flushed := make([]chan struct{}, len(all))
	for i, q := range all {
		p.mu.Lock()
		b, n := q.open, q.open.Len()
		p.mu.Unlock()
		if n > 0 {
			if err := p.enqueue(ctx, q, b); err != nil {
				return err
			}
		}
		flushed[i] = make(chan struct{})
		select {
		case q.jobs <- job{flushed: flushed[i]}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, done := range flushed {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.failed()
}
