package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/produce"
	"github.com/segmentio/kafka-go/protocol/rawproduce"
)

// send writes one batch and waits until all replicas have it. timeout is how long
// they may take.
func send(ctx context.Context, k *Cluster, topic string, partition int32, wire []byte, timeout time.Duration) (offset int64, err error) {
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
