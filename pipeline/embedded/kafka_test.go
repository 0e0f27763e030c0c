package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"

	"github.com/segmentio/kafka-go"
)

func startKafka(t *testing.T, o embedded.KafkaOptions) *embedded.Kafka {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	k, err := embedded.StartKafka(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	return k
}

// kafkaClient is a client whose connections end with the test.
func kafkaClient(t *testing.T, addr string) *kafka.Client {
	t.Helper()
	transport := &kafka.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &kafka.Client{Addr: kafka.TCP(addr), Transport: transport, Timeout: 10 * time.Second}
}

// produce writes values "from" to "to" to partition 0 and returns the error of the call or of the partition.
func produce(ctx context.Context, client *kafka.Client, topic string, from, to int) error {
	var records []kafka.Record
	for i := from; i < to; i++ {
		records = append(records, kafka.Record{Key: kafka.NewBytes([]byte("user")), Value: kafka.NewBytes(fmt.Append(nil, i))})
	}
	response, err := client.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: 0, RequiredAcks: kafka.RequireAll, Records: kafka.NewRecordReader(records...),
	})
	if err != nil {
		return err
	}
	return response.Error
}

// values fetches partition 0 from the start to its end.
func values(t *testing.T, client *kafka.Client, topic string) []string {
	t.Helper()
	var got []string
	for {
		response, err := client.Fetch(t.Context(), &kafka.FetchRequest{
			Topic: topic, Partition: 0, Offset: int64(len(got)), MinBytes: 1, MaxBytes: 1 << 20, MaxWait: 100 * time.Millisecond,
		})
		if err == nil {
			err = response.Error
		}
		if err != nil {
			t.Fatal(err)
		}
		for {
			record, err := response.Records.ReadRecord()
			if err != nil {
				break
			}
			if record.Offset < int64(len(got)) {
				continue // of a batch that began earlier
			}
			value, err := kafka.ReadAll(record.Value)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(value))
		}
		if int64(len(got)) >= response.HighWatermark {
			return got
		}
	}
}

func wantNumbers(t *testing.T, got []string, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d records, want %d", len(got), n)
	}
	for i, v := range got {
		if v != fmt.Sprint(i) {
			t.Fatalf("record %d is %q", i, v)
		}
	}
}

// commit writes group offsets with metadata, as a worker does for lag tools.
func commit(t *testing.T, client *kafka.Client, group, topic string, offset int64, metadata string) {
	t.Helper()
	response, err := client.OffsetCommit(t.Context(), &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1,
		Topics: map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: offset, Metadata: metadata}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Topics[topic][0].Error; err != nil {
		t.Fatal(err)
	}
}

func committed(t *testing.T, client *kafka.Client, group, topic string) (int64, string) {
	t.Helper()
	response, err := client.OffsetFetch(t.Context(), &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0}}})
	if err != nil {
		t.Fatal(err)
	}
	p := response.Topics[topic][0]
	return p.CommittedOffset, p.Metadata
}

func TestKafkaRestart(t *testing.T) {
	dir := t.TempDir()
	k := startKafka(t, embedded.KafkaOptions{Dir: dir, Topics: map[string]int{"events": 3}})
	if err := k.CreateTopic("checkpoints", 3, map[string]string{"cleanup.policy": "delete", "max.message.bytes": "2000000"}); err != nil {
		t.Fatal(err)
	}
	client := kafkaClient(t, k.Addr())
	if err := produce(t.Context(), client, "events", 0, 500); err != nil {
		t.Fatal(err)
	}
	commit(t, client, "friction", "events", 321, "epoch 7")
	k.Close()

	k = startKafka(t, embedded.KafkaOptions{Dir: dir, Topics: map[string]int{"events": 3}})
	client = kafkaClient(t, k.Addr())
	wantNumbers(t, values(t, client, "events"), 500)
	if offset, metadata := committed(t, client, "friction", "events"); offset != 321 || metadata != "epoch 7" {
		t.Errorf("committed %d %q", offset, metadata)
	}
	if err := produce(t.Context(), client, "events", 500, 600); err != nil {
		t.Fatal(err)
	}
	wantNumbers(t, values(t, client, "events"), 600)
	described, err := client.DescribeConfigs(t.Context(), &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{
		{ResourceType: kafka.ResourceTypeTopic, ResourceName: "checkpoints", ConfigNames: []string{"max.message.bytes"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if v := described.Resources[0].ConfigEntries[0].ConfigValue; v != "2000000" {
		t.Errorf("the topic's setting is %q after the restart", v)
	}
	metadata, err := client.Metadata(t.Context(), &kafka.MetadataRequest{Topics: []string{"events", "checkpoints"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range metadata.Topics {
		if topic.Error != nil || len(topic.Partitions) != 3 {
			t.Errorf("topic %s: %d partitions, %v", topic.Name, len(topic.Partitions), topic.Error)
		}
	}
}

// TestKafkaKilled kills the broker's process under load; every acknowledged record must be there, once.
func TestKafkaKilled(t *testing.T) {
	dir := t.TempDir()
	written := 0
	for round := range 3 {
		k, err := embedded.StartKafkaProcess(t.Context(),
			embedded.KafkaOptions{Dir: dir, Addr: "127.0.0.1:0", Topics: map[string]int{"events": 2}},
			embedded.ProcessOptions{Output: os.Stderr})
		if err != nil {
			t.Fatal(err)
		}
		client := kafkaClient(t, k.Addr())
		client.Timeout = time.Second
		if written > 0 {
			got := values(t, client, "events")
			if len(got) < written {
				t.Fatalf("round %d: %d records were acknowledged, %d are there", round, written, len(got))
			}
			wantNumbers(t, got, len(got))
			written = len(got)
			if offset, _ := committed(t, client, "g", "events"); offset != int64(round) {
				t.Errorf("round %d: committed offset %d", round, offset)
			}
		}
		commit(t, client, "g", "events", int64(round+1), "")
		killed := make(chan struct{})
		time.AfterFunc(time.Duration(100+50*round)*time.Millisecond, func() {
			defer close(killed)
			if err := k.Kill(); err != nil {
				t.Error(err)
			}
		})
		for produce(t.Context(), client, "events", written, written+20) == nil {
			written += 20
		}
		<-killed
	}
	t.Logf("%d records acknowledged over three lives", written)
	if written == 0 {
		t.Error("nothing was written before the kills")
	}
}

// TestKafkaGroup has two members share partitions, and one take over when the other dies without a word.
func TestKafkaGroup(t *testing.T) {
	k := startKafka(t, embedded.KafkaOptions{Topics: map[string]int{"events": 4}, MinSessionTimeout: 500 * time.Millisecond})
	member := func(id string) *kafka.ConsumerGroup {
		group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
			ID: "friction", Brokers: []string{k.Addr()}, Topics: []string{"events"},
			SessionTimeout: time.Second, HeartbeatInterval: 100 * time.Millisecond, RebalanceTimeout: 2 * time.Second,
			JoinGroupBackoff: 100 * time.Millisecond, StartOffset: kafka.FirstOffset,
			Dialer: &kafka.Dialer{ClientID: id, Timeout: 5 * time.Second},
		})
		if err != nil {
			t.Fatal(err)
		}
		return group
	}
	first := member("first")
	defer first.Close()
	wantShare(t, first, 4)
	second := member("second")
	type share struct {
		generation *kafka.Generation
		err        error
	}
	seconds := make(chan share, 1)
	go func() {
		generation, err := second.Next(t.Context())
		seconds <- share{generation, err}
	}()
	wantShare(t, first, 2)
	got := <-seconds
	if got.err != nil || len(got.generation.Assignments["events"]) != 2 {
		t.Fatalf("second member: %v", got.err)
	}
	if err := got.generation.CommitOffsets(map[string]map[int]int64{"events": {0: 42}}); err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	wantShare(t, first, 4)
	if offset, _ := committed(t, kafkaClient(t, k.Addr()), "friction", "events"); offset != 42 {
		t.Errorf("committed offset %d", offset)
	}
}

// wantShare waits for a generation in which the member has n partitions.
func wantShare(t *testing.T, group *kafka.ConsumerGroup, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		generation, err := group.Next(ctx)
		if err != nil {
			t.Fatalf("wait for a share of %d: %v", n, err)
		}
		if len(generation.Assignments["events"]) == n {
			return
		}
	}
}

// TestKafkaSilentMember has a member join and never be heard of again: its partitions must become free.
func TestKafkaSilentMember(t *testing.T) {
	k := startKafka(t, embedded.KafkaOptions{Topics: map[string]int{"events": 1}, MinSessionTimeout: 100 * time.Millisecond})
	client := kafkaClient(t, k.Addr())
	join := func(member string) *kafka.JoinGroupResponse {
		t.Helper()
		response, err := client.JoinGroup(t.Context(), &kafka.JoinGroupRequest{
			GroupID: "g", MemberID: member, ProtocolType: "consumer", SessionTimeout: 300 * time.Millisecond, RebalanceTimeout: time.Second,
			Protocols: []kafka.GroupProtocol{{Name: "range", Metadata: kafka.GroupProtocolSubscription{Topics: []string{"events"}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return response
	}
	first := join("")
	if errors.Is(first.Error, kafka.MemberIDRequired) {
		first = join(first.MemberID)
	}
	if first.Error != nil {
		t.Fatal(first.Error)
	}
	synced, err := client.SyncGroup(t.Context(), &kafka.SyncGroupRequest{
		GroupID: "g", GenerationID: first.GenerationID, MemberID: first.MemberID, ProtocolType: "consumer", ProtocolName: "range",
		Assignments: []kafka.SyncGroupRequestAssignment{{MemberID: first.MemberID, Assignment: kafka.GroupProtocolAssignment{
			AssignedPartitions: map[string][]int{"events": {0}},
		}}},
	})
	if err != nil || synced.Error != nil {
		t.Fatal(err, synced)
	}
	await.True(t, 5*time.Second, "the group forgets the silent member", func() bool {
		described, err := client.DescribeGroups(t.Context(), &kafka.DescribeGroupsRequest{GroupIDs: []string{"g"}})
		if err != nil {
			t.Fatal(err)
		}
		return len(described.Groups[0].Members) == 0
	})
}

func TestKafkaMessageSize(t *testing.T) {
	for limit, fits := range map[int]bool{0: false, 4 << 20: true} {
		k := startKafka(t, embedded.KafkaOptions{Topics: map[string]int{"events": 1}, MaxMessageBytes: limit})
		client := kafkaClient(t, k.Addr())
		response, err := client.Produce(t.Context(), &kafka.ProduceRequest{
			Topic: "events", RequiredAcks: kafka.RequireAll,
			Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes(bytes.Repeat([]byte("x"), 3<<20))}),
		})
		if err == nil {
			err = response.Error
		}
		if fits && err != nil || !fits && !errors.Is(err, kafka.MessageSizeTooLarge) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}

func TestKafkaTaken(t *testing.T) {
	dir := t.TempDir()
	k := startKafka(t, embedded.KafkaOptions{Dir: dir})
	if _, err := embedded.StartKafka(embedded.KafkaOptions{Addr: k.Addr()}); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Error(err)
	}
	if _, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Error(err)
	}
	if err := k.CreateTopic("a", 1, nil); err != nil {
		t.Error(err)
	}
	if err := k.CreateTopic("a", 1, nil); err != nil {
		t.Errorf("a topic that exists: %v", err)
	}
	if err := k.CreateTopic("b", 0, nil); err == nil || !strings.Contains(err.Error(), "create topic") {
		t.Errorf("no partitions: %v", err)
	}
}
