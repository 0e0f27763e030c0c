package source

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"

	"friction/pipeline/event"
)

// maxBatch is the largest batch we make: a little below what brokers take by
// default (message.max.bytes, 1048588).
const maxBatch = 1_000_000

// builder collects the records of one batch.
type builder struct {
	records         []byte // encoded, not compressed
	n               int
	first, greatest event.Millis
}

func (b *builder) add(r encodedRecord) {
	if b.n == 0 {
		b.first, b.greatest = r.time, r.time
	}
	b.greatest = max(b.greatest, r.time)
	b.records = appendRecord(b.records, b.n, &r, b.first)
	b.n++
}

func (b *builder) reset() { *b = builder{records: b.records[:0]} }

// wire appends the batch as a produce request carries it, its size before it.
func (b *builder) wire(dst []byte, codec int16, id batchIdentity) ([]byte, error) {
	const sizeLen = 4
	start := len(dst)
	dst = append(dst, make([]byte, sizeLen+batchHead)...)
	body := len(dst)
	dst, err := compressTo(dst, codec, b.records)
	if err != nil {
		return dst, err
	}
	if codec != 0 && len(dst)-body >= len(b.records) {
		dst, codec = append(dst[:body], b.records...), 0
	}
	sealBatch(dst[start+sizeLen:], codec, b.n, b.first, b.greatest, id)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-sizeLen))
	return dst, nil
}

// send writes one batch and waits until all replicas have it. timeout is how long
// they may take.
func (k *Cluster) send(ctx context.Context, topic string, partition int32, wire []byte, timeout time.Duration) (offset int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout+k.config.RequestTimeout)
	defer cancel()
	const allReplicas = -1
	res, err := k.transport.RoundTrip(ctx, k.addr, &rawproduce.Request{
		Acks: allReplicas, Timeout: int32(timeout.Milliseconds()),
		Topics: []rawproduce.RequestTopic{{Topic: topic, Partitions: []rawproduce.RequestPartition{{
			Partition: partition, RecordSet: protocol.RawRecordSet{Reader: bytes.NewReader(wire)},
		}}}},
	})
	if err != nil {
		return 0, err
	}
	r, ok := res.(*produce.Response)
	if !ok || len(r.Topics) != 1 || len(r.Topics[0].Partitions) != 1 {
		return 0, errForeignAnswer
	}
	p := &r.Topics[0].Partitions[0]
	if err := codeError(p.ErrorCode); err != nil && p.ErrorMessage != "" {
		return 0, fmt.Errorf("%w: %s", err, p.ErrorMessage)
	} else if err != nil {
		return 0, err
	}
	return p.BaseOffset, nil
}

// notWritten reports that a batch was certainly not written, though it may be
// another time: the request found no leader, or one that declined.
func notWritten(err error) bool {
	for _, e := range []error{
		kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.UnknownTopicOrPartition, kafka.NotEnoughReplicas, kafka.BrokerNotAvailable,
		protocol.ErrNoTopic, protocol.ErrNoPartition, protocol.ErrNoLeader,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// refusedForGood reports that a batch was not written and never will be.
func refusedForGood(err error) bool {
	var code kafka.Error
	return errors.As(err, &code) && !passing(err)
}
