package source

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// Bounds returns the offset of the first record of a partition and the one after
// its last. It tries again until ctx ends, unless the broker refuses for good.
func (k *Cluster) Bounds(ctx context.Context, topic string, partition int32) (first, end int64, err error) {
	what := fmt.Sprintf("find the bounds of topic %s, partition %d", topic, partition)
	err = k.ask(ctx, what, func(ctx context.Context) (err error) {
		first, end, err = bounds(ctx, k, topic, partition)
		return err
	})
	return first, end, err
}

// OffsetAt is the offset of the first record at or after a time, as the records'
// own times say, and the one after the last record when there is none.
func (k *Cluster) OffsetAt(ctx context.Context, topic string, partition int32, at time.Time) (int64, error) {
	what := fmt.Sprintf("find %s in topic %s, partition %d", at.UTC().Format(time.RFC3339), topic, partition)
	found := int64(-1)
	err := k.ask(ctx, what, func(ctx context.Context) error {
		res, err := k.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
			Topics: map[string][]kafka.OffsetRequest{topic: {kafka.TimeOffsetOf(int(partition), at)}},
		})
		if err != nil {
			return err
		}
		for _, p := range res.Topics[topic] {
			if p.Partition != int(partition) {
				continue
			}
			for offset := range p.Offsets {
				found = max(found, offset)
			}
			return p.Error
		}
		return kafka.UnknownTopicOrPartition
	})
	if err != nil || found >= 0 {
		return found, err
	}
	_, end, err := k.Bounds(ctx, topic, partition)
	return end, err
}

// bounds is Bounds without trying again.
func bounds(ctx context.Context, k *Cluster, topic string, partition int32) (first, end int64, err error) {
	res, err := k.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{topic: {kafka.FirstOffsetOf(int(partition)), kafka.LastOffsetOf(int(partition))}},
	})
	if err != nil {
		return 0, 0, err
	}
	for _, p := range res.Topics[topic] {
		if p.Partition == int(partition) {
			return p.FirstOffset, p.LastOffset, p.Error
		}
	}
	return 0, 0, kafka.UnknownTopicOrPartition
}

// StartOffset is where a task without a checkpoint begins, as configured.
func (k *Cluster) StartOffset(ctx context.Context, topic string, partition int32) (int64, error) {
	first, end, err := k.Bounds(ctx, topic, partition)
	if k.config.Start == Latest {
		return end, err
	}
	return first, err
}
