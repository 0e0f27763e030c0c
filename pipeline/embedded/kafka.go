package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DefaultKafkaAddr is where Kafka usually is.
const DefaultKafkaAddr = "127.0.0.1:9092"

// KafkaOptions configure the broker. Every field may be empty.
type KafkaOptions struct {
	Dir  string // where topics, records and group offsets live; empty keeps them in memory
	Addr string // default DefaultKafkaAddr; port 0 picks a free one
	// Topics to make when they are missing, with their numbers of partitions.
	Topics map[string]int
	// MaxMessageBytes is the largest batch the broker takes; default 1048588, as Kafka's.
	MaxMessageBytes int
	// MinSessionTimeout is the shortest session timeout a group member may ask for; default 6 s, as Kafka's. Tests set
	// it lower.
	MinSessionTimeout time.Duration
	// SyncWrites brings every batch to the disk before it is acknowledged. Without it, what was acknowledged survives the
	// death of the process but not that of the machine, as with Kafka's defaults.
	SyncWrites bool
	// Ready is called once, with the address, when the broker answers. It is used by ServeKafka only; see
	// ClickHouseOptions.
	Ready func(addr string) `json:"-"`
}

// Kafka is a one-node Kafka in this process.
type Kafka struct {
	cluster *kfake.Cluster
	lock    *os.File
	addr    string
}

// StartKafka starts a broker in this process. Close it to write all state to Dir; a killed process loses nothing that
// was acknowledged either, but starts again more slowly.
func StartKafka(o KafkaOptions) (*Kafka, error) {
	if o.Addr == "" {
		o.Addr = DefaultKafkaAddr
	}
	k := &Kafka{}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.ClusterID("friction")}
	if o.Dir != "" {
		lock, dir, err := lockDataDir(o.Dir)
		if err != nil {
			return nil, err
		}
		k.lock = lock
		options = append(options, kfake.DataDir(dir))
	}
	listener, err := listen(o.Addr, "--addr")
	if err != nil {
		return nil, errors.Join(err, k.unlock())
	}
	k.addr = listener.Addr().String()
	options = append(options, kfake.ListenFn(func(string, string) (net.Listener, error) { return listener, nil }))
	if o.SyncWrites {
		options = append(options, kfake.SyncWrites())
	}
	if o.MinSessionTimeout > 0 {
		options = append(options, kfake.GroupMinSessionTimeout(o.MinSessionTimeout))
	}
	if o.MaxMessageBytes > 0 {
		options = append(options, kfake.BrokerConfigs(map[string]string{"message.max.bytes": strconv.Itoa(o.MaxMessageBytes)}))
	}
	k.cluster, err = kfake.NewCluster(options...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Kafka: %w", err), listener.Close(), k.unlock())
	}
	if err := k.createTopics(o.Topics); err != nil {
		k.Close()
		return nil, err
	}
	return k, nil
}

func (k *Kafka) createTopics(topics map[string]int) error {
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		if err := k.CreateTopic(name, topics[name], nil); err != nil {
			return err
		}
	}
	return nil
}

// Addr is host:port of the broker.
func (k *Kafka) Addr() string { return k.addr }

// CreateTopic makes a topic; one that exists is left as it is. configs are Kafka's topic settings, such as
// "max.message.bytes".
func (k *Kafka) CreateTopic(name string, partitions int, configs map[string]string) error {
	return CreateTopic(k.addr, name, partitions, configs)
}

// CreateTopic makes a topic on the broker at addr; one that exists is left as it is.
func CreateTopic(addr, name string, partitions int, configs map[string]string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		return fmt.Errorf("create topic %s: %w", name, err)
	}
	defer client.Close()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, int32(partitions), 1
	for _, key := range slices.Sorted(maps.Keys(configs)) {
		config := kmsg.NewCreateTopicsRequestTopicConfig()
		config.Name, config.Value = key, new(configs[key])
		topic.Configs = append(topic.Configs, config)
	}
	request := kmsg.NewPtrCreateTopicsRequest()
	request.Topics = append(request.Topics, topic)
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return fmt.Errorf("create topic %s: %w", name, err)
	}
	for _, t := range response.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", name, err)
		}
	}
	return nil
}

// Close ends the broker and, with a directory, writes its state there.
func (k *Kafka) Close() {
	k.cluster.Close()
	_ = k.unlock()
}

func (k *Kafka) unlock() error {
	if k.lock == nil {
		return nil
	}
	return k.lock.Close()
}

// ServeKafka runs the broker in this process until ctx ends. When the process was started by StartKafkaProcess, the end
// of the parent ends it too.
func ServeKafka(ctx context.Context, o KafkaOptions) error {
	ctx, stop := withParent(ctx)
	defer stop()
	k, err := StartKafka(o) //nolint:contextcheck // the broker is ended by Close, and its topics are made at once
	if err != nil {
		return err
	}
	defer k.Close()
	announce(o.Ready, k.Addr())
	<-ctx.Done()
	return nil
}

// KafkaProcess is a broker in a process of its own that ends with this one.
// It has the methods Addr, PID, Done, Stop and Kill.
type KafkaProcess struct {
	*process
}

// StartKafkaProcess starts the broker as a child process: for benchmarks, where its CPU time must be apart, and for
// tests that kill it. A given executable gets only "kafka --dir D --addr A" and makes of that what it does.
func StartKafkaProcess(ctx context.Context, o KafkaOptions, po ProcessOptions) (*KafkaProcess, error) {
	if o.Addr == "" {
		o.Addr = DefaultKafkaAddr
	}
	p, err := startProcess(ctx, "kafka", []string{"kafka", "--dir", o.Dir, "--addr", o.Addr}, childOptions{Kafka: &o}, po)
	if err != nil {
		return nil, err
	}
	return &KafkaProcess{process: p}, nil
}

// CreateTopic makes a topic; see Kafka.CreateTopic.
func (k *KafkaProcess) CreateTopic(name string, partitions int, configs map[string]string) error {
	return CreateTopic(k.addr, name, partitions, configs)
}
