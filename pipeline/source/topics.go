package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/segmentio/kafka-go"

	"friction/pipeline/kafkawire"
)

// ErrTopics says that the input or checkpoint topics cannot be worked with as
// they are. The message says which and what to do.
var ErrTopics = errors.New("topics do not fit")

// partitions counts the partitions of topics: 0 for one that does not exist.
func (k *Cluster) partitions(ctx context.Context, topics []string) (map[string]int, error) {
	counts := map[string]int{}
	err := k.ask(ctx, "look up topics "+strings.Join(topics, ", "), func(ctx context.Context) error {
		res, err := k.metadata(ctx, topics)
		if err != nil {
			return err
		}
		clear(counts)
		for _, t := range res.Topics {
			switch {
			case t.ErrorCode == 0:
				counts[t.Name] = len(t.Partitions)
			case kafka.Error(t.ErrorCode) != kafka.UnknownTopicOrPartition:
				return kafka.Error(t.ErrorCode)
			}
		}
		return nil
	})
	return counts, err
}

// Verify checks that the input topics exist, have the same number of partitions,
// and are not compacted (a compacted topic forgets events). It returns that number.
func (k *Cluster) Verify(ctx context.Context) (partitions int, err error) {
	counts, err := k.partitions(ctx, k.config.Topics)
	if err != nil {
		return 0, err
	}
	if partitions, err = equalCounts(k.config.Topics, counts); err != nil {
		return 0, err
	}
	for _, t := range k.config.Topics {
		settings, err := k.settings(ctx, t)
		if err != nil {
			return 0, err
		}
		if strings.Contains(settings["cleanup.policy"], "compact") {
			return 0, fmt.Errorf("%w: input topic %s is compacted (cleanup.policy=%s), which removes events before they are read; "+
				"set it to delete, or copy the events to another topic", ErrTopics, t, settings["cleanup.policy"])
		}
	}
	return partitions, nil
}

// equalCounts returns the number of partitions that all topics have.
func equalCounts(topics []string, counts map[string]int) (int, error) {
	var missing, all []string
	for _, t := range topics {
		if counts[t] == 0 {
			missing = append(missing, t)
		}
		all = append(all, fmt.Sprintf("%s has %d", t, counts[t]))
	}
	if len(missing) > 0 {
		return 0, fmt.Errorf("%w: there is no topic %s; create it with as many partitions as the others, or correct kafka.topics",
			ErrTopics, strings.Join(missing, ", "))
	}
	for _, t := range topics {
		if counts[t] != counts[topics[0]] {
			return 0, fmt.Errorf("%w: input topics must have the same number of partitions, so that a user's events meet in one task, but %s",
				ErrTopics, strings.Join(all, ", "))
		}
	}
	return counts[topics[0]], nil
}

// settings are the topic's effective settings; empty if we may not see them.
func (k *Cluster) settings(ctx context.Context, topic string) (map[string]string, error) {
	found := map[string]string{}
	err := k.ask(ctx, "read settings of topic "+topic, func(ctx context.Context) error {
		res, err := k.client.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{
			Resources: []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic}},
		})
		if err != nil {
			return err
		}
		clear(found)
		for _, r := range res.Resources {
			if r.Error != nil {
				return r.Error
			}
			for _, e := range r.ConfigEntries {
				found[e.ConfigName] = e.ConfigValue
			}
		}
		return nil
	})
	if errors.Is(err, kafka.TopicAuthorizationFailed) || errors.Is(err, kafka.ClusterAuthorizationFailed) {
		return nil, nil
	}
	return found, err
}

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
		if err := k.create(ctx, t); !errors.Is(err, kafka.TopicAlreadyExists) {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return k.awaitTopic(ctx, t)
}

// awaitTopic waits until a topic that was created is known.
func (k *Cluster) awaitTopic(ctx context.Context, t Topic) error {
	_, err := retry(ctx, k, "create topic "+t.Name, func() (struct{}, error) {
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
			"between tasks; start over with another group name, or bring the old number back", ErrTopics, name, counts[name], partitions)
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

// Retention is how long the checkpoint topic keeps records, at least; 0 means for ever.
func (k *Cluster) Retention(ctx context.Context) (time.Duration, error) {
	settings, err := k.settings(ctx, k.config.CheckpointTopic())
	if err != nil {
		return 0, err
	}
	if ms, err := strconv.ParseInt(settings["retention.ms"], 10, 64); err == nil {
		return time.Duration(max(ms, 0)) * time.Millisecond, nil
	}
	return k.config.Checkpoints.Retention, nil // we may not see it
}
