package source

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/metadata"
)

// ErrTopics says that the input or checkpoint topics cannot be worked with as
// they are. The message says which and what to do.
var ErrTopics = errors.New("topics do not fit")

// lookUp asks a broker what it knows of topics now.
func lookUp(ctx context.Context, k *Cluster, topics []string) (*metadata.Response, error) {
	res, err := k.direct(ctx, &metadata.Request{TopicNames: topics})
	if err != nil {
		return nil, err
	}
	if r, ok := res.(*metadata.Response); ok {
		return r, nil
	}
	return nil, errForeignAnswer
}

// partitions counts the partitions of topics: 0 for one that does not exist.
func (k *Cluster) partitions(ctx context.Context, topics []string) (map[string]int, error) {
	counts := map[string]int{}
	err := k.ask(ctx, "look up topics "+strings.Join(topics, ", "), func(ctx context.Context) error {
		res, err := lookUp(ctx, k, topics)
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

// RetentionOf is how long a topic keeps records, at least; 0 means without end, or that we may not see it. It also says
// whether there is such a topic.
func (k *Cluster) RetentionOf(ctx context.Context, topic string) (d time.Duration, there bool, err error) {
	counts, err := k.partitions(ctx, []string{topic})
	if err != nil || counts[topic] == 0 {
		return 0, false, err
	}
	settings, err := k.settings(ctx, topic)
	if err != nil {
		return 0, true, err
	}
	ms, err := strconv.ParseInt(settings["retention.ms"], 10, 64)
	if err != nil {
		ms = 0
	}
	return time.Duration(max(ms, 0)) * time.Millisecond, true, nil
}

// CheckpointPartitions is how many logs the group has; 0 before a worker has run.
func (k *Cluster) CheckpointPartitions(ctx context.Context) (int, error) {
	name := k.config.CheckpointTopic()
	counts, err := k.partitions(ctx, []string{name})
	return counts[name], err
}

// Retention is how long the checkpoint topic keeps records, at least; 0 means without end.
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
