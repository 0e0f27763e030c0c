package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/segmentio/kafka-go/protocol/createtopics"

	"friction/pipeline/kafkawire"
)

// Topic is a topic to create.
type Topic struct {
	Name        string
	Partitions  int
	Replication int               // -1 takes the broker's default
	Settings    map[string]string // Kafka's names, such as retention.ms
}

// CreateTopics creates topics. One that exists already is left as it is if it has
// as many partitions as wanted, else it is an ErrTopics.
func (k *Cluster) CreateTopics(ctx context.Context, topics ...Topic) error {
	for _, t := range topics {
		if err := k.createTopic(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (k *Cluster) createTopic(ctx context.Context, t Topic) error {
	err := k.ask(ctx, "create topic "+t.Name, func(ctx context.Context) error {
		if err := requestTopic(ctx, k, t); !errors.Is(err, kafka.TopicAlreadyExists) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return awaitTopic(ctx, k, t)
}

// awaitTopic waits until a topic that was created is known.
func awaitTopic(ctx context.Context, k *Cluster, t Topic) error {
	_, err := retry(ctx, k, "create topic "+t.Name, func(ctx context.Context) (struct{}, error) {
		counts, err := k.partitions(ctx, []string{t.Name})
		switch {
		case err != nil:
			err = backoff.Permanent(err)
		case counts[t.Name] == 0:
			err = kafka.UnknownTopicOrPartition
		case counts[t.Name] != t.Partitions:
			err = backoff.Permanent(fmt.Errorf("%w: topic %s exists with %d partitions, want %d", ErrTopics, t.Name, counts[t.Name], t.Partitions))
		}
		return struct{}{}, err
	})
	return err
}

// EnsureCheckpoints creates the checkpoint topic with as many partitions as the
// inputs, or checks that the one there is can be relied on: not compacted, and
// keeping records as long as the inputs do and as configured.
func (k *Cluster) EnsureCheckpoints(ctx context.Context, partitions int) error {
	name, c := k.config.CheckpointTopic(), k.config.Checkpoints
	counts, err := k.partitions(ctx, []string{name})
	if err != nil {
		return err
	}
	switch counts[name] {
	case partitions:
	case 0: // or made a moment ago by another worker, or by hand: so it is checked all the same
		if err := k.createTopic(ctx, Topic{Name: name, Partitions: partitions, Replication: c.Replication, Settings: map[string]string{
			"cleanup.policy": "delete", "retention.ms": strconv.FormatInt(c.Retention.Milliseconds(), 10), "retention.bytes": "-1",
		}}); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%w: checkpoint topic %s has %d partitions, the inputs have %d: the number of partitions was changed, which moves users "+
			"between tasks, and Kafka cannot take partitions away again; start over with another group name (kafka.group)", ErrTopics, name, counts[name], partitions)
	}
	settings, err := k.settings(ctx, name)
	if err != nil {
		return err
	}
	if policy := settings["cleanup.policy"]; policy != "" && policy != "delete" {
		return fmt.Errorf("%w: checkpoint topic %s has cleanup.policy=%s, which destroys logs; set it to delete", ErrTopics, name, policy)
	}
	if ms, err := strconv.ParseInt(settings["retention.ms"], 10, 64); err == nil && ms >= 0 && time.Duration(ms)*time.Millisecond < time.Hour {
		return fmt.Errorf("%w: checkpoint topic %s keeps records for %v only; set retention.ms to at least that of the inputs",
			ErrTopics, name, time.Duration(ms)*time.Millisecond)
	}
	if n, err := strconv.ParseInt(settings["max.message.bytes"], 10, 64); err == nil && n < kafkawire.MaxBatchBytes {
		return fmt.Errorf("%w: checkpoint topic %s takes batches of %d bytes only; set max.message.bytes to at least %d", ErrTopics, name, n, kafkawire.MaxBatchBytes)
	}
	return nil
}

// createMessage goes to the controller. The transport's own request would then wait
// for the topic to appear in what it caches, and for ever if that is not asked for.
type createMessage struct{ directMessage }

// Broker routes it.
func (m *createMessage) Broker(c protocol.Cluster) (protocol.Broker, error) {
	return c.Brokers[c.Controller], nil
}

// requestTopic asks the controller for a topic.
func requestTopic(ctx context.Context, k *Cluster, t Topic) error {
	topic := createtopics.RequestTopic{Name: t.Name, NumPartitions: int32(t.Partitions), ReplicationFactor: int16(t.Replication)}
	for _, name := range slices.Sorted(maps.Keys(t.Settings)) {
		topic.Configs = append(topic.Configs, createtopics.RequestConfig{Name: name, Value: t.Settings[name]})
	}
	m := &createMessage{directMessage{
		Message: &createtopics.Request{Topics: []createtopics.RequestTopic{topic}, TimeoutMs: int32(k.config.RequestTimeout.Milliseconds())},
		client:  k.config.ClientID,
	}}
	res, err := k.exchange(ctx, m)
	if err != nil {
		return err
	}
	r, ok := res.(*createtopics.Response)
	if !ok || len(r.Topics) != 1 {
		return errForeignAnswer
	}
	err = codeError(r.Topics[0].ErrorCode)
	if err != nil && r.Topics[0].ErrorMessage != "" {
		err = fmt.Errorf("%w: %s", err, r.Topics[0].ErrorMessage)
	}
	return err
}
