//go:build unix

package source

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/pipetest/testcluster"
)

// starter gives a test a broker with topics of a number of partitions, and with
// nothing else in it.
type starter func(t testing.TB, partitions int, topics []string) server

// What holds on the fake broker holds on Apache Kafka.
func TestConformance(t *testing.T) {
	t.Run("fake", func(t *testing.T) {
		conform(t, func(t testing.TB, partitions int, topics []string) server {
			return broker(t, partitions, topics, kfake.BrokerConfigs(map[string]string{"message.max.bytes": largestBatch}))
		})
	})
	t.Run("Apache", func(t *testing.T) {
		b := testcluster.StartBrokers(t, testcluster.BrokerOptions{Settings: map[string]string{"message.max.bytes": largestBatch, "log.retention.ms": "-1"}})
		n := 0
		conform(t, func(t testing.TB, partitions int, topics []string) server {
			n++
			a := &apache{b, fmt.Sprint("g", n)}
			a.clear(t)
			for _, topic := range topics {
				b.CreateTopic(topic, partitions, nil)
			}
			return a
		})
	})
}

const largestBatch = "20000000"

// apache is the one Apache Kafka of the suite, as each test sees it.
type apache struct {
	brokers *testcluster.Brokers
	group   string
}

func (a *apache) ListenAddrs() []string { return a.brokers.Addrs() }
func (a *apache) Group() string         { return a.group }

// clear removes all topics but those of the broker itself.
func (a *apache) clear(t testing.TB) {
	t.Helper()
	cl := a.brokers.Client()
	defer cl.Close()
	eventually(t, "the topics of the test before to be gone", func() bool {
		names := a.topics(t, cl)
		for _, name := range names {
			req := kmsg.NewPtrDeleteTopicsRequest()
			topic := kmsg.NewDeleteTopicsRequestTopic()
			topic.Topic = &name
			req.TopicNames, req.Topics, req.TimeoutMillis = []string{name}, append(req.Topics, topic), 10_000
			res, err := req.RequestWith(context.Background(), cl)
			if err == nil {
				err = kerr.ErrorForCode(res.Topics[0].ErrorCode)
			}
			if err != nil && res == nil {
				t.Fatalf("delete topic %s: %v", name, err)
			}
		}
		return len(names) == 0
	})
}

func (a *apache) topics(t testing.TB, cl *kgo.Client) (names []string) {
	t.Helper()
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = nil // all
	res, err := req.RequestWith(context.Background(), cl)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range res.Topics {
		if !topic.IsInternal && topic.ErrorCode == 0 {
			names = append(names, *topic.Topic)
		}
	}
	return names
}

func conform(t *testing.T, broker starter) {
	for _, c := range []struct {
		name string
		test func(*testing.T, starter)
	}{
		{"FetchReadsWhatOthersWrote", fetchReadsWhatOthersWrote},
		{"FetchTellsEverythingOfARecord", fetchTellsEverythingOfARecord},
		{"FetchWaitsAndComesBackEmpty", fetchWaitsAndComesBackEmpty},
		{"Transactions", transactions},
		{"MarkerAtTheEnd", markerAtTheEnd},
		{"OffsetsOutsideOfTheLog", offsetsOutsideOfTheLog},
		{"ATopicThatIsGone", aTopicThatIsGone},
		{"ARecordLargerThanAllLimits", aRecordLargerThanAllLimits},
		{"ProduceAndFetch", produceAndFetch},
		{"RecordsWithoutAKeyGoEverywhere", recordsWithoutAKeyGoEverywhere},
		{"LingerSendsWithoutFlush", lingerSendsWithoutFlush},
		{"ManySendersOneProducer", manySendersOneProducer},
		{"CheckpointLogKeepsWhatWasAppended", checkpointLogKeepsWhatWasAppended},
		{"CheckpointLogOutsideOfItsBounds", checkpointLogOutsideOfItsBounds},
		{"CheckpointTopic", checkpointTopic},
		{"CreateTopics", createTopics},
		{"CheckpointLogWithMarkers", checkpointLogWithMarkers},
		{"TasksMoveAsLittleAsPossible", tasksMoveAsLittleAsPossible},
		{"MoreMembersThanPartitions", moreMembersThanPartitions},
		{"TopicsThatDoNotFit", topicsThatDoNotFit},
		{"PartitionsThatChangeEndTheGroup", partitionsThatChangeEndTheGroup},
		{"AnErrorOfATaskLeavesTheGroup", anErrorOfATaskLeavesTheGroup},
		{"CheckAndCommit", checkAndCommit},
		{"AnotherProgramsGroup", anotherProgramsGroup},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, broker) })
	}
}
