package source

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"friction/pipeline/event"
)

// Batch is what one fetch of a partition brought. It may hold no records.
type Batch struct {
	Records  []event.Record // in order of offset; valid until Release
	Next     int64          // offset to go on from, beyond markers and aborted records
	End      int64          // high watermark
	Stable   int64          // end of what open transactions do not hold back
	LogStart int64          // offset of the first record there is; -1 when the broker does not say
	Bytes    int            // memory it takes
	Skipped  int            // records of aborted transactions, and markers

	pool   *buffers
	wire   []byte // the answer
	arena  []byte // what was decompressed from it
	aborts map[int64]bool

	inflater inflater
}

// Release gives the memory back. The batch must not be used any more.
func (b *Batch) Release() {
	if b.pool != nil {
		b.pool.put(b)
	}
}

// buffers keeps batches for the next fetch.
type buffers struct{ pool sync.Pool }

// hoard is the most memory that a batch in reserve may hold.
const hoard = 16 << 20

func (p *buffers) get() *Batch {
	b, _ := p.pool.Get().(*Batch)
	if b == nil {
		b = &Batch{}
	}
	b.pool = p
	return b
}

func (p *buffers) put(b *Batch) {
	if cap(b.wire)+cap(b.arena) > hoard {
		b.wire, b.arena = nil, nil
	}
	clear(b.Records)
	clear(b.aborts)
	*b = Batch{Records: b.Records[:0], wire: b.wire[:0], arena: b.arena[:0], aborts: b.aborts, inflater: b.inflater}
	p.pool.Put(b)
}

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
}

// Fetcher reads the given partition of topics.
func (k *Cluster) Fetcher(partition int32) *Fetcher {
	return &Fetcher{k, partition, k.config.Fetch.MaxBytes}
}

// AtMost is a Fetcher of the same partition that asks for no more than so many bytes
// at a time.
func (f *Fetcher) AtMost(bytes int) *Fetcher {
	smaller := *f
	smaller.maxBytes = min(f.maxBytes, bytes)
	return &smaller
}

// damagedTimes is how often a batch may look damaged before it is believed.
const damagedTimes = 4

// Fetch returns the records of topic from offset from, after waiting for some as
// long as the broker may hold the request back. Records of aborted transactions
// and control records are left out and counted into Next. Trouble that may pass
// (leaders that move, brokers that are away) is retried until ctx ends. Other
// errors are *RangeError, *TopicError, *CorruptError, or a refusal of the broker's.
func (f *Fetcher) Fetch(ctx context.Context, topic string, from int64) (*Batch, error) {
	what := fmt.Sprintf("read topic %s, partition %d from offset %d", topic, f.partition, from)
	var doubt doubt
	maxBytes, damaged := f.maxBytes, 0
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		b, err := f.try(ctx, topic, from, maxBytes)
		if err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: %w", what, ctx.Err())
		}
		var small *smallError
		var damage *CorruptError
		switch {
		case errors.As(err, &small):
			maxBytes = small.need
			continue
		case errors.Is(err, kafka.OffsetOutOfRange):
			if _, err := f.endAfter(ctx, topic, from); err != nil {
				return nil, err
			}
		case errors.As(err, &damage):
			if damaged++; damaged == damagedTimes {
				return nil, err
			}
		case unknownTopic(err):
			if doubt.settled(f.k.config.DoubtTime) {
				return nil, &TopicError{topic, f.partition, err}
			}
		case !passing(err):
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if err := f.k.pause(ctx, what, pause, err); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
	}
}

// Reread is Fetch from an offset that was read before. A leader that has only just
// become one may show less of a partition than others did, so an end below the
// offset is asked for again until it must be believed; it is a *RangeError then.
func (f *Fetcher) Reread(ctx context.Context, topic string, from int64) (*Batch, error) {
	var doubt doubt
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		b, err := f.Fetch(ctx, topic, from)
		if err != nil || b.Next > from || b.End > from {
			return b, err
		}
		outside := &RangeError{Topic: topic, Partition: f.partition, From: from, First: b.LogStart, Last: b.End}
		b.Release()
		if doubt.settled(f.k.config.DoubtTime) {
			return nil, outside
		}
		if err := f.k.pause(ctx, fmt.Sprintf("read topic %s, partition %d again from offset %d", topic, f.partition, from), pause, outside); err != nil {
			return nil, err
		}
	}
}

// doubt is about an answer of the cluster that takes back what it said before.
type doubt struct{ since time.Time }

// settled reports that the answer has stood for long enough to be believed.
func (d *doubt) settled(after time.Duration) bool {
	if d.since.IsZero() {
		d.since = time.Now()
	}
	return time.Since(d.since) >= after
}

// endAfter is the end of a topic's partition, and a *RangeError if from is outside:
// an end before it is asked for again until it must be believed.
func (f *Fetcher) endAfter(ctx context.Context, topic string, from int64) (end int64, err error) {
	what := fmt.Sprintf("read topic %s, partition %d on from offset %d", topic, f.partition, from)
	var doubt doubt
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		first, end, err := f.k.Bounds(ctx, topic, f.partition)
		if err != nil || from >= first && from <= end {
			return end, err
		}
		outside := &RangeError{Topic: topic, Partition: f.partition, From: from, First: first, Last: end}
		if outside.Passed() || doubt.settled(f.k.config.DoubtTime) {
			return 0, outside
		}
		if err := f.k.pause(ctx, what, pause, outside); err != nil {
			return 0, err
		}
	}
}

// try asks once.
func (f *Fetcher) try(ctx context.Context, topic string, from int64, maxBytes int) (*Batch, error) {
	k := f.k
	ctx, cancel := context.WithTimeout(ctx, k.config.Fetch.MaxWait+k.config.RequestTimeout)
	defer cancel()
	b := k.buffers.get()
	m := newFetchMessage(topic, f.partition, from, &k.config, maxBytes, b.wire)
	res, err := k.transport.RoundTrip(ctx, k.addr, m)
	if err != nil {
		return nil, err // the buffer may still be written to, so it is left to the collector
	}
	answer, ok := res.(*fetchAnswer)
	if !ok {
		return nil, errAnswer
	}
	b.wire = answer.bytes
	p, err := answer.parse()
	if err == nil && p.code != 0 {
		err = kafka.Error(p.code)
	}
	if err == nil {
		b.Next, b.End, b.Stable, b.LogStart = from, p.high, p.stable, p.start
		err = b.take(&p, answer.missing, from, k.config.Fetch.MaxBatchBytes)
	}
	var small *smallError
	switch {
	case err == nil:
		b.Bytes = len(b.wire) + len(b.arena)
		return b, nil
	case errors.As(err, &small), p.code != 0:
	default:
		err = &CorruptError{Topic: topic, Partition: f.partition, Offset: b.Next, Err: err}
	}
	b.Release()
	return nil, err
}

// smallError says that a batch needs a larger request.
type smallError struct{ need int }

func (e *smallError) Error() string { return fmt.Sprintf("a batch of %d bytes was cut", e.need) }

// take fills b with the records of an answer from offset from on.
func (b *Batch) take(p *partitionAnswer, missing int, from int64, limit int) error {
	aborted := p.aborted // ordered by first offset
	for data := p.records; len(data) >= batchHead; {
		h := parseBatchHeader(data)
		if h.version != batchVersion {
			return fmt.Errorf("%w: message format %d is older than Kafka 0.11; rewrite the topic", errRecord, h.version)
		}
		if h.size < batchHead || h.lastDelta < 0 || h.base < 0 {
			return fmt.Errorf("%w: batch of %d bytes", errRecord, h.size)
		}
		if h.size > len(data) {
			return b.cut(&h, missing, from)
		}
		for len(aborted) > 0 && aborted[0].first < h.next() {
			if b.aborts == nil {
				b.aborts = map[int64]bool{}
			}
			b.aborts[aborted[0].producer] = true
			aborted = aborted[1:]
		}
		more, err := b.add(&h, data[:h.size], from, limit)
		if err != nil || !more {
			return err
		}
		data = data[h.size:]
	}
	return nil
}

// cut deals with a batch whose end is not there.
func (b *Batch) cut(h *batchHeader, missing int, from int64) error {
	switch {
	case missing > 0 && len(b.Records) == 0: // it was left on the wire
		b.sizeOnly(h, from, h.size)
	case b.Next == from && h.next() > from:
		return &smallError{need: h.size}
	}
	return nil
}

// manySizes is how many records of a batch that is too large to hold one fetch
// brings: what a batch says of their number is not to be trusted with memory.
const manySizes = 100_000

// sizeOnly adds the records of a batch that is too large to hold, as sizes; further
// ones come with the next fetch.
func (b *Batch) sizeOnly(h *batchHeader, from int64, size int) {
	n := max(1, int64(h.records))
	first := max(from, h.next()-n)
	last := min(h.next(), first+manySizes)
	for offset := first; offset < last; offset++ {
		b.Records = append(b.Records, event.Record{
			Offset: offset, Time: event.Millis(h.greatest), Key: []byte{}, Size: max(1, int(int64(size)/n)),
		})
	}
	b.Next = last
}

// add takes one whole batch; more is false when the rest must wait for the next
// fetch.
func (b *Batch) add(h *batchHeader, data []byte, from int64, limit int) (more bool, err error) {
	if h.next() <= from {
		return true, nil
	}
	if crc32.Checksum(data[crcFrom:], castagnoli()) != h.crc {
		return false, errors.New("checksum of the batch does not match")
	}
	payload := data[batchHead:]
	if h.attributes&attrControl != 0 {
		if endsAborted(h, payload) {
			delete(b.aborts, h.producer)
		}
		b.skip(h)
		return true, nil
	}
	if h.attributes&attrTransactional != 0 && b.aborts[h.producer] {
		b.skip(h)
		return true, nil
	}
	codec := h.attributes & attrCodec
	if codec == 0 {
		b.Records, err = h.appendRecords(b.Records, payload, from)
		b.Next = h.next()
		return true, err
	}
	start := len(b.arena)
	if start > 0 && start+2*len(payload) > limit && len(b.Records) > 0 {
		return false, nil
	}
	b.arena, err = b.inflater.decompress(b.arena, codec, payload, limit-start)
	switch {
	case err == nil:
		b.Records, err = h.appendRecords(b.Records, b.arena[start:], from)
		b.Next = h.next()
		return true, err
	case !errors.Is(err, errTooLarge):
		return false, err
	case start > 0:
		return false, nil // the next fetch has room for it
	}
	b.Records, b.Next, err = h.sift(&b.inflater, b.Records, payload, from, limit)
	if tooLarge(err) {
		b.sizeOnly(h, from, limit)
		err = nil
	}
	return false, err
}

func (b *Batch) skip(h *batchHeader) {
	b.Skipped += max(1, int(h.records))
	b.Next = h.next()
}

// endsAborted reports that a control batch marks the end of an aborted
// transaction: the key of its record is a version and a type, 0 for aborted.
func endsAborted(h *batchHeader, payload []byte) bool {
	recs, err := h.appendRecords(nil, payload, 0)
	return err == nil && len(recs) == 1 && len(recs[0].Key) >= 4 && recs[0].Key[2] == 0 && recs[0].Key[3] == 0
}
