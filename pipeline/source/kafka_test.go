package source

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"friction/pipeline/pipetest/await"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(brokerEnv) != "" {
		beBroker()
		return
	}
	goleak.VerifyTestMain(m)
}

// broker starts a fake Kafka with topics of the given number of partitions.
func broker(t testing.TB, partitions int, topics []string, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	opts = append([]kfake.Opt{
		kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(100 * time.Millisecond), kfake.SeedTopics(int32(partitions), topics...),
	}, opts...)
	c, err := kfake.NewCluster(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// server is a broker of either kind.
type server interface{ ListenAddrs() []string }

// settings are a configuration for tests: everything is quick.
func settings(c server, topics ...string) Config {
	conf := DefaultConfig()
	conf.Brokers, conf.Topics, conf.Group = c.ListenAddrs(), topics, "g"
	if named, ok := c.(interface{ Group() string }); ok {
		conf.Group = named.Group()
	}
	conf.Fetch.MaxWait = 50 * time.Millisecond
	conf.MetadataEvery = 100 * time.Millisecond
	conf.RequestTimeout = 5 * time.Second
	conf.DoubtTime = 500 * time.Millisecond
	conf.Membership = Membership{SessionTimeout: 3 * time.Second, HeartbeatEvery: 50 * time.Millisecond, RebalanceTimeout: 3 * time.Second, RejoinAfter: 50 * time.Millisecond}
	return conf
}

func connectTo(t testing.TB, c Config) *Cluster {
	t.Helper()
	k, err := Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// franz is another client's producer.
func franz(t testing.TB, c server, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// write produces n records with key k<i> and value v<i>, numbered from first.
func write(t testing.TB, cl *kgo.Client, topic string, partition int32, first, n int) {
	t.Helper()
	var recs []*kgo.Record
	for i := first; i < first+n; i++ {
		recs = append(recs, &kgo.Record{
			Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i), Timestamp: time.UnixMilli(int64(1000 + i)),
		})
	}
	if err := cl.ProduceSync(context.Background(), recs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// readAll fetches from an offset until the end and returns the values.
func readAll(t testing.TB, f *Fetcher, topic string, from int64) (values []string, next int64) {
	t.Helper()
	for {
		b, err := f.Fetch(t.Context(), topic, from)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range b.Records {
			values = append(values, string(r.Value))
		}
		if b.Next == from && b.Next < b.Stable {
			t.Fatalf("stuck at %d of %d", from, b.End)
		}
		from = b.Next
		done := from >= b.Stable
		b.Release()
		if done {
			return values, from
		}
	}
}

// eventually waits until ok.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	await.True(t, 2*time.Minute, what, ok)
}

// deleteRecords removes everything before an offset, as retention does.
func deleteRecords(t testing.TB, cl *kgo.Client, topic string, before int64) {
	t.Helper()
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Offset = before
	tp := kmsg.NewDeleteRecordsRequestTopic()
	tp.Topic, tp.Partitions = topic, []kmsg.DeleteRecordsRequestTopicPartition{p}
	req := kmsg.NewDeleteRecordsRequest()
	req.Topics = []kmsg.DeleteRecordsRequestTopic{tp}
	res, err := req.RequestWith(t.Context(), cl)
	if err != nil || res.Topics[0].Partitions[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
}

func createTopic(t testing.TB, cl *kgo.Client, name string, partitions int, configs map[string]string) {
	t.Helper()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, int32(partitions), 1
	for k, v := range configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = k, &v
		topic.Configs = append(topic.Configs, c)
	}
	req := kmsg.NewCreateTopicsRequest()
	req.Topics = []kmsg.CreateTopicsRequestTopic{topic}
	res, err := req.RequestWith(t.Context(), cl)
	if err != nil || res.Topics[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
	eventually(t, "the topic to be known", func() bool {
		ask := kmsg.NewMetadataRequest()
		wanted := kmsg.NewMetadataRequestTopic()
		wanted.Topic = &name
		ask.Topics = append(ask.Topics, wanted)
		m, err := ask.RequestWith(t.Context(), cl)
		return err == nil && m.Topics[0].ErrorCode == 0 && len(m.Topics[0].Partitions) == partitions
	})
}

func addPartitions(t testing.TB, cl *kgo.Client, name string, partitions int) {
	t.Helper()
	topic := kmsg.NewCreatePartitionsRequestTopic()
	topic.Topic, topic.Count = name, int32(partitions)
	req := kmsg.NewCreatePartitionsRequest()
	req.Topics = []kmsg.CreatePartitionsRequestTopic{topic}
	res, err := req.RequestWith(t.Context(), cl)
	if err != nil || res.Topics[0].ErrorCode != 0 {
		t.Fatalf("%+v, %v", res, err)
	}
}
