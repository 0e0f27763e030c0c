package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"friction/pipeline/event"
	"friction/pipeline/kafkawire"
)

// DeadLetterTopic is the topic that gets every rejected record. It is safe for
// concurrent use.
type DeadLetterTopic struct {
	k    *Cluster
	name string
}

// DeadLetters is the configured dead-letter topic.
func (k *Cluster) DeadLetters() *DeadLetterTopic {
	return &DeadLetterTopic{k: k, name: k.config.DeadLetterTopic()}
}

// Ensure creates the topic with as many partitions as the
// inputs when it is missing. Without the right to do so it says which topic to
// make, or how to do without.
func (d *DeadLetterTopic) Ensure(ctx context.Context, partitions int) error {
	k, name, c := d.k, d.name, d.k.config.DeadLetters
	counts, err := k.partitions(ctx, []string{name})
	if err == nil && counts[name] == 0 {
		err = k.createTopic(ctx, Topic{Name: name, Partitions: partitions, Replication: c.Replication, Settings: map[string]string{
			"cleanup.policy": "delete", "retention.ms": strconv.FormatInt(c.Retention.Milliseconds(), 10),
		}})
	}
	if errors.Is(err, ErrTopics) { // somebody else made it meanwhile, with another number: any number will do
		return nil
	}
	if err != nil {
		return fmt.Errorf("dead-letter topic %s: %w; make it by hand, or set kafka.dead_letters.enabled: false", name, err)
	}
	return nil
}

// Write writes to the topic and returns once all replicas
// have everything. A record of partition p goes to partition p modulo their number.
// What is longer than kafka.dead_letters.max_bytes, or than the topic accepts, is
// cut, and its header dlq_cut says so. Failures that may pass are retried until ctx
// ends, and a topic that is gone is made again. After an error any of them may have
// been written; writing it again does no harm, because its headers name the record.
func (d *DeadLetterTopic) Write(ctx context.Context, list []DeadLetter) error {
	n, err := d.partitions(ctx)
	if err != nil {
		return err
	}
	for most := d.k.config.DeadLetters.MaxBytes; ; most /= 2 {
		err := d.writeCut(ctx, list, n, most)
		if !errors.Is(err, kafka.MessageSizeTooLarge) || most < 1<<10 {
			return err
		}
	}
}

// writeCut writes to a topic of n partitions, each cut to at most so many bytes.
func (d *DeadLetterTopic) writeCut(ctx context.Context, dead []DeadLetter, n, most int) error {
	byPartition, now := map[int32][]kafkawire.Record{}, event.Millis(time.Now().UnixMilli())
	for i := range dead {
		r := dead[i] // it may be cut further, and hidden again
		if d.k.config.DeadLetters.content() == EncryptContent {
			r.fit(most - sealOverhead)
		} else {
			r.fit(most)
		}
		if err := r.hide(d.k.config.DeadLetters); err != nil {
			return err
		}
		to := r.Partition % int32(n)
		byPartition[to] = append(byPartition[to], kafkawire.Record{Key: r.Key, Value: r.Value, Headers: kafkawire.AppendHeaders(nil, r.headers()), Time: now})
	}
	for to, list := range byPartition {
		if err := writeAll(ctx, d.k, d.name, to, list); err != nil {
			return err
		}
	}
	return nil
}

// partitions is how many partitions the topic has; a topic that is gone is made.
func (d *DeadLetterTopic) partitions(ctx context.Context) (int, error) {
	counts, err := d.k.partitions(ctx, []string{d.name})
	if err != nil {
		return 0, err
	}
	if counts[d.name] > 0 {
		return counts[d.name], nil
	}
	inputs, err := d.k.Verify(ctx)
	if err != nil {
		return 0, err
	}
	return inputs, d.Ensure(ctx, inputs)
}

// writeAll writes records to a partition, in batches that brokers take, and waits
// for all replicas. A batch without a clear answer is sent again.
func writeAll(ctx context.Context, k *Cluster, topic string, partition int32, list []kafkawire.Record) error {
	for len(list) > 0 {
		var b kafkawire.Builder
		n := 0
		for n < len(list) && (n == 0 || b.Bytes()+list[n].MaxBytes() < kafkawire.MaxBatchBytes-kafkawire.HeadBytes) {
			b.Add(list[n])
			n++
		}
		err := writeBatch(ctx, k, topic, partition, &b)
		if errors.Is(err, kafka.MessageSizeTooLarge) && n > 1 {
			err = errors.Join(writeAll(ctx, k, topic, partition, list[:n/2]), writeAll(ctx, k, topic, partition, list[n/2:n]))
		}
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// writeBatch sends one batch until it is confirmed or refused for good.
func writeBatch(ctx context.Context, k *Cluster, topic string, partition int32, b *kafkawire.Builder) error {
	codec, _ := kafkawire.CodecOf("lz4")
	what := fmt.Sprintf("write %d records to topic %s, partition %d", b.Len(), topic, partition)
	var gone confirmation
	_, err := retry(ctx, k, what, func(ctx context.Context) (struct{}, error) {
		wire, err := b.AppendTo(nil, codec, kafkawire.NoIdentity())
		if err != nil {
			return struct{}{}, backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		_, err = send(ctx, k, topic, partition, wire, 30*time.Second)
		if refusedForGood(err) || unknownTopic(err) && gone.done(k.config.DoubtTime) { // a topic just made is not known at once
			err = backoff.Permanent(fmt.Errorf("%s: %w", what, err))
		}
		return struct{}{}, err
	})
	return err
}

// StoredDeadLetter is a dead letter as the topic has it.
type StoredDeadLetter struct {
	DeadLetter
	StoredPartition int32 // where in the dead-letter topic
	StoredOffset    int64
	Resubmission    bool // no dead letter: a note that the record it names was submitted again
}

// Origin is the record this one repeats, as topic/partition/offset; "" when it was
// not submitted again.
func (d *DeadLetter) Origin() string {
	for _, h := range slices.Backward(d.Headers) {
		if h.Name == OriginHeader {
			return string(h.Value)
		}
	}
	return ""
}

// Read calls see for every dead letter and every note that is in the
// topic now, partition by partition, and returns how many other records there were.
func (d *DeadLetterTopic) Read(ctx context.Context, see func(*StoredDeadLetter) error) (other int, err error) {
	counts, err := d.k.partitions(ctx, []string{d.name})
	if err != nil {
		return 0, err
	}
	if counts[d.name] == 0 {
		return 0, fmt.Errorf("%w: there is no dead-letter topic %s; is kafka.group right, and has a worker run?", ErrTopics, d.name)
	}
	for p := range int32(counts[d.name]) {
		n, err := d.readPartition(ctx, p, see)
		if other += n; err != nil {
			return other, err
		}
	}
	return other, nil
}

// readPartition reads one partition up to its end at the time of the call.
func (d *DeadLetterTopic) readPartition(ctx context.Context, partition int32, see func(*StoredDeadLetter) error) (other int, err error) {
	from, end, err := d.k.Bounds(ctx, d.name, partition)
	if err != nil {
		return 0, err
	}
	for f := d.k.Fetcher(partition); from < end; {
		b, err := f.Fetch(ctx, d.name, from)
		if err != nil {
			return other, err
		}
		for i := range b.Records {
			dead, note, ok := readDeadLetter(&b.Records[i])
			if !ok {
				other++
				continue
			}
			dead.open(d.k.config.DeadLetters.Secret)
			if err := see(&StoredDeadLetter{dead, partition, b.Records[i].Offset, note}); err != nil {
				b.Release()
				return other, err
			}
		}
		from = b.Next
		b.Release()
	}
	return other, nil
}

// Resubmit writes records to the partitions they came from once more, with their
// own key, value and headers and a header that names their origin. Then it notes in
// the dead-letter topic that it did. If it ends between the two, they are submitted
// again the next time.
func (d *DeadLetterTopic) Resubmit(ctx context.Context, dead []DeadLetter) error {
	n, err := d.partitions(ctx)
	if err != nil {
		return err
	}
	type target struct {
		topic     string
		partition int32
	}
	records, notes := map[target][]kafkawire.Record{}, map[target][]kafkawire.Record{}
	now := event.Millis(time.Now().UnixMilli())
	for i := range dead {
		r := &dead[i]
		headers := slices.DeleteFunc(slices.Clone(r.Headers), func(h Header) bool { return h.Name == OriginHeader })
		headers = append(headers, Header{Name: OriginHeader, Value: fmt.Appendf(nil, "%s/%d/%d", r.Topic, r.Partition, r.Offset)})
		from := target{r.Topic, r.Partition}
		records[from] = append(records[from], kafkawire.Record{Key: r.Key, Value: r.Value, Headers: kafkawire.AppendHeaders(nil, headers), Time: now})
		note := append([]Header{{Name: dlqResubmit, Value: stamp(now)}}, r.origin()...)
		to := target{d.name, r.Partition % int32(n)}
		notes[to] = append(notes[to], kafkawire.Record{Headers: kafkawire.AppendHeaders(nil, note), Time: now})
	}
	for _, all := range []map[target][]kafkawire.Record{records, notes} {
		for to, list := range all {
			if err := writeAll(ctx, d.k, to.topic, to.partition, list); err != nil {
				return err
			}
		}
	}
	return nil
}
