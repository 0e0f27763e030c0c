package source

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

// Bounds returns the offset of the first record of a partition and the one after
// its last. It tries again until ctx ends, unless the broker refuses for good.
func (k *Cluster) Bounds(ctx context.Context, topic string, partition int32) (first, end int64, err error) {
	what := fmt.Sprintf("find the bounds of topic %s, partition %d", topic, partition)
	err = k.ask(ctx, what, func(ctx context.Context) (err error) {
		first, end, err = k.bounds(ctx, topic, partition)
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

// bounds asks once.
func (k *Cluster) bounds(ctx context.Context, topic string, partition int32) (first, end int64, err error) {
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

// End is the offset after the last record of a topic's partition. It asks once.
func (f *Fetcher) End(ctx context.Context, topic string) (end int64, err error) {
	err = f.k.once(ctx, f.k.config.RequestTimeout, func(ctx context.Context) (err error) {
		_, end, err = f.k.bounds(ctx, topic, f.partition)
		return err
	})
	return end, err
}

// StartOffset is where a task without a checkpoint begins, as configured.
func (k *Cluster) StartOffset(ctx context.Context, topic string, partition int32) (int64, error) {
	first, end, err := k.Bounds(ctx, topic, partition)
	if k.config.Start == Latest {
		return end, err
	}
	return first, err
}

// Commit is what is shown of one partition of a topic.
type Commit struct {
	Topic     string
	Partition int32
	Offset    int64  // of the next record to read
	Note      string // kept beside it, at most 4096 bytes on Kafka
}

// ErrStale says that a generation is no longer the group's. For a commit that is
// no harm: positions in the group are shown to lag tools and believed by nobody.
var ErrStale = errors.New("the generation is no longer the group's")

// Commit shows positions to lag tools. It asks once; a failure can be ignored.
func (k *Cluster) Commit(ctx context.Context, g Generation, commits []Commit) error {
	topics := map[string][]kafka.OffsetCommit{}
	for _, c := range commits {
		topics[c.Topic] = append(topics[c.Topic], kafka.OffsetCommit{Partition: int(c.Partition), Offset: c.Offset, Metadata: c.Note})
	}
	err := k.once(ctx, k.config.RequestTimeout, func(ctx context.Context) error {
		res, err := k.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
			GroupID: k.config.Group, GenerationID: int(g.ID), MemberID: g.Member, Topics: topics,
		})
		if err != nil {
			return err
		}
		for _, parts := range res.Topics {
			for _, p := range parts {
				if p.Error != nil {
					return p.Error
				}
			}
		}
		return nil
	})
	if stale(err) {
		return fmt.Errorf("commit positions: %w", ErrStale)
	}
	if err != nil {
		return fmt.Errorf("commit positions: %w", err)
	}
	return nil
}

func stale(err error) bool {
	return errors.Is(err, kafka.IllegalGeneration) || errors.Is(err, kafka.UnknownMemberId) || errors.Is(err, kafka.RebalanceInProgress)
}

// Committed reads back what was committed for one partition of topics. Topics
// without a commit are left out.
func (k *Cluster) Committed(ctx context.Context, partition int32, topics []string) ([]Commit, error) {
	request := map[string][]int{}
	for _, t := range topics {
		request[t] = []int{int(partition)}
	}
	var found []Commit
	err := k.ask(ctx, "read committed positions", func(ctx context.Context) error {
		res, err := k.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: k.config.Group, Topics: request})
		if err != nil {
			return err
		}
		if res.Error != nil {
			return res.Error
		}
		found = found[:0]
		for _, t := range topics {
			for _, p := range res.Topics[t] {
				if p.Error != nil {
					return p.Error
				}
				if p.CommittedOffset >= 0 {
					found = append(found, Commit{t, partition, p.CommittedOffset, p.Metadata})
				}
			}
		}
		return nil
	})
	return found, err
}
