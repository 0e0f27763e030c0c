package source

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
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
	id    kafkawire.Identity // sequence is each lane's own

	mu     sync.Mutex
	topics map[string]*topicLanes
	next   int // partition of the next record without a key
	stops  []context.CancelFunc

	failure  atomic.Pointer[error]
	sent     atomic.Int64
	wg       sync.WaitGroup
	balancer kafka.Murmur2Balancer
}

// topicLanes are the partitions of one topic being written.
type topicLanes struct {
	lanes   []*lane
	numbers []int // 0, 1, …
}

// lane is one partition being written.
type lane struct {
	topic     string
	partition int32
	filling   *kafkawire.Builder // under Producer.mu
	since     time.Time          // when filling got its first record
	full      chan errand
	empty     chan *kafkawire.Builder
	sequence  int32
}

// errand is a batch to send, or word to give when everything before it is done.
type errand struct {
	batch *kafkawire.Builder
	done  chan<- struct{}
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
	p := &Producer{k: k, opt: o, codec: codec, id: id, topics: map[string]*topicLanes{}, stops: []context.CancelFunc{stop}}
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
	to, err := p.lanesOf(ctx, topic)
	if err != nil {
		p.fail(err)
		return err
	}
	size := kafkawire.MaxRecordBytes(key, value)
	p.mu.Lock()
	l := to.lanes[p.choose(key, to.numbers)]
	for l.filling.Len() > 0 && l.filling.Bytes()+size > p.opt.BatchBytes {
		full := l.filling
		p.mu.Unlock()
		if err := p.hand(ctx, l, full); err != nil {
			return err
		}
		p.mu.Lock()
	}
	if l.filling.Len() == 0 {
		l.since = time.Now()
	}
	l.filling.Add(kafkawire.Record{Key: key, Value: value, Time: at})
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

// hand gives a batch to the sender of its lane and puts an empty one in its
// place, if it is still the one being filled.
func (p *Producer) hand(ctx context.Context, l *lane, full *kafkawire.Builder) error {
	var empty *kafkawire.Builder
	select {
	case empty = <-l.empty:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.failed(); err != nil {
		l.empty <- empty
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.filling != full || full.Len() == 0 {
		l.empty <- empty // somebody else was faster
		return nil
	}
	l.filling = empty
	l.full <- errand{batch: full} // has room for every batch there is
	return nil
}

// lanesOf returns the lanes of a topic, and starts them when it is first used.
func (p *Producer) lanesOf(ctx context.Context, topic string) (*topicLanes, error) {
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

// spares is how many batches of a lane may be on their way.
const spares = 2

func (p *Producer) start(ctx context.Context, topic string, n int) *topicLanes {
	ctx, stop := context.WithCancel(ctx)
	p.stops = append(p.stops, stop)
	to := &topicLanes{}
	for i := range n {
		l := &lane{
			topic: topic, partition: int32(i), filling: &kafkawire.Builder{}, full: make(chan errand, spares+1), empty: make(chan *kafkawire.Builder, spares+1),
		}
		for range spares {
			l.empty <- &kafkawire.Builder{}
		}
		to.lanes, to.numbers = append(to.lanes, l), append(to.numbers, i)
		p.wg.Go(func() { p.run(ctx, l) })
	}
	return to
}

// run sends the batches of one lane, one at a time.
func (p *Producer) run(ctx context.Context, l *lane) {
	var wire []byte
	for {
		select {
		case e := <-l.full:
			if e.done != nil {
				close(e.done)
				continue
			}
			if p.failed() == nil {
				var err error
				if wire, err = p.deliver(ctx, l, e.batch, wire[:0]); err != nil {
					p.fail(err)
				}
			}
			e.batch.Reset()
			l.empty <- e.batch
		case <-ctx.Done():
			return
		}
	}
}

// deliver sends one batch until it is confirmed or refused for good.
func (p *Producer) deliver(ctx context.Context, l *lane, b *kafkawire.Builder, wire []byte) ([]byte, error) {
	id := p.id
	if id.Producer >= 0 {
		id.Sequence = l.sequence
	}
	wire, err := b.AppendTo(wire, p.codec, id)
	if err != nil {
		return wire, err
	}
	what := fmt.Sprintf("write %d records to topic %s, partition %d", b.Len(), l.topic, l.partition)
	return retry(ctx, p.k, what, func() ([]byte, error) {
		_, err := p.k.send(ctx, l.topic, l.partition, wire, p.opt.Timeout)
		switch {
		case err == nil, errors.Is(err, kafka.DuplicateSequenceNumber):
			p.sent.Add(int64(b.Len()))
			l.sequence = int32((uint32(l.sequence) + uint32(b.Len())) & (1<<31 - 1))
			return wire, nil
		case refusedForGood(err):
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		wire = bytes.Clone(wire) // a request that was given up may still read the old one
		return nil, err
	})
}

// linger hands over batches that have waited long enough.
func (p *Producer) linger(ctx context.Context) {
	tick := time.NewTicker(p.opt.Linger)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		p.handOld(time.Now().Add(-p.opt.Linger))
	}
}

// handOld hands over what was begun before a time, where a lane has room.
func (p *Producer) handOld(before time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, to := range p.topics {
		for _, l := range to.lanes {
			if l.filling.Len() == 0 || l.since.After(before) {
				continue
			}
			select {
			case empty := <-l.empty:
				full := l.filling
				l.filling = empty
				l.full <- errand{batch: full}
			default:
			}
		}
	}
}

// Flush sends everything and waits until it is confirmed.
func (p *Producer) Flush(ctx context.Context) error {
	p.mu.Lock()
	var all []*lane
	for _, to := range p.topics {
		all = append(all, to.lanes...)
	}
	p.mu.Unlock()
	words := make([]chan struct{}, len(all))
	for i, l := range all {
		p.mu.Lock()
		b, n := l.filling, l.filling.Len()
		p.mu.Unlock()
		if n > 0 {
			if err := p.hand(ctx, l, b); err != nil {
				return err
			}
		}
		words[i] = make(chan struct{})
		select {
		case l.full <- errand{done: words[i]}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, w := range words {
		select {
		case <-w:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.failed()
}
