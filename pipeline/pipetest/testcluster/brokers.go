//go:build unix

package testcluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// BrokerOptions say which Apache Kafka a test wants. Every field may be empty.
type BrokerOptions struct {
	Brokers  int            // default 1
	Topics   map[string]int // to make, with their numbers of partitions, on as many brokers as there are up to three
	Settings map[string]string
}

// Brokers are a real Apache Kafka of a test's own: one process a broker, each of
// which can be killed, frozen, stopped and started again.
type Brokers struct {
	t     testing.TB
	java  string
	jars  string
	nodes []*node
}

// node is one broker. Clients reach it through a proxy; the other brokers and the
// test's own tools do not.
type node struct {
	dir    string
	direct string // host:port
	behind string // of the listener that the proxy leads to
	proxy  *Proxy
	*Process
}

// StartBrokers starts them and waits until they answer. Where Java or the jars
// cannot be had the test is skipped, loudly, and fails in CI.
func StartBrokers(t testing.TB, o BrokerOptions) *Brokers {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts Apache Kafka")
	}
	java, err := exec.LookPath("java")
	if err != nil {
		SkipWithout(t, errors.New("it takes Java 17 or newer for Apache Kafka, which is not installed"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	jars, err := ApacheJars(ctx)
	if err != nil {
		SkipWithout(t, err)
	}
	b := &Brokers{t: t, java: java, jars: jars}
	if err := b.prepare(ctx, max(o.Brokers, 1), o.Settings); err != nil {
		t.Fatal(err)
	}
	for i := range b.nodes {
		b.Start(i)
	}
	if err := b.ready(ctx); err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Topics)) {
		b.CreateTopic(name, o.Topics[name], nil)
	}
	return b
}

// prepare writes each broker's settings and formats its folder.
func (b *Brokers) prepare(ctx context.Context, n int, extra map[string]string) error {
	var addrs []string
	for len(addrs) < 3*n {
		addr, err := FreeAddr()
		if err != nil {
			return err
		}
		if !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
	}
	var voters []string
	for i := range n {
		voters = append(voters, fmt.Sprintf("%d@%s", i, addrs[3*i]))
	}
	for i := range n {
		x := &node{dir: b.t.TempDir(), direct: addrs[3*i+1], behind: addrs[3*i+2]}
		x.proxy = NewProxy(b.t, x.behind)
		settings := map[string]string{
			"process.roles":                                    "broker,controller",
			"node.id":                                          fmt.Sprint(i),
			"controller.quorum.voters":                         strings.Join(voters, ","),
			"controller.listener.names":                        "CONTROLLER",
			"inter.broker.listener.name":                       "DIRECT",
			"listeners":                                        fmt.Sprintf("DIRECT://%s,PROXIED://%s,CONTROLLER://%s", x.direct, x.behind, addrs[3*i]),
			"advertised.listeners":                             fmt.Sprintf("DIRECT://%s,PROXIED://%s", x.direct, x.proxy.Addr()),
			"listener.security.protocol.map":                   "DIRECT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
			"log.dirs":                                         filepath.Join(x.dir, "data"),
			"auto.create.topics.enable":                        "false",
			"default.replication.factor":                       fmt.Sprint(min(n, 3)),
			"min.insync.replicas":                              fmt.Sprint((min(n, 3) + 1) / 2),
			"offsets.topic.replication.factor":                 fmt.Sprint(min(n, 3)),
			"offsets.topic.num.partitions":                     "4",
			"transaction.state.log.replication.factor":         fmt.Sprint(min(n, 3)),
			"transaction.state.log.min.isr":                    "1",
			"transaction.state.log.num.partitions":             "2",
			"share.coordinator.state.topic.replication.factor": fmt.Sprint(min(n, 3)),
			"group.initial.rebalance.delay.ms":                 "0",
			"group.min.session.timeout.ms":                     "100",
			"replica.lag.time.max.ms":                          "5000",
			"broker.session.timeout.ms":                        "6000",
			"num.network.threads":                              "2",
			"num.io.threads":                                   "4",
			"background.threads":                               "2",
			"log.cleaner.threads":                              "1",
		}
		maps.Copy(settings, extra)
		if err := x.write(settings); err != nil {
			return err
		}
		cmd := b.command(x, "kafka.tools.StorageTool", "format", "--cluster-id", "ZnJpY3Rpb24tdGVzdHMtMQ", "--config", filepath.Join(x.dir, "server.properties"))
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("format a broker's folder: %w: %s", err, out)
		}
		b.nodes = append(b.nodes, x)
	}
	return ctx.Err()
}

func (x *node) write(settings map[string]string) error {
	var text strings.Builder
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s=%s\n", k, settings[k])
	}
	const quiet = "status=off\nrootLogger.level=WARN\nrootLogger.appenderRef.err.ref=err\nappender.err.type=Console\nappender.err.name=err\n" +
		"appender.err.target=SYSTEM_ERR\nappender.err.layout.type=PatternLayout\nappender.err.layout.pattern=%d{HH:mm:ss} %p %m%n\n"
	return errors.Join(
		os.WriteFile(filepath.Join(x.dir, "server.properties"), []byte(text.String()), 0o644),
		os.WriteFile(filepath.Join(x.dir, "log4j2.properties"), []byte(quiet), 0o644))
}

// command runs a class of Kafka. C1 is enough of a compiler for how long tests
// last, and starts in half the time.
func (b *Brokers) command(x *node, class string, args ...string) *exec.Cmd {
	return exec.Command(b.java, append([]string{
		"-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dlog4j2.configurationFile=" + filepath.Join(x.dir, "log4j2.properties"), "-cp", filepath.Join(b.jars, "*"), class,
	}, args...)...)
}

// Start starts a broker that does not run.
func (b *Brokers) Start(i int) {
	b.t.Helper()
	x := b.nodes[i]
	x.Process = StartProcess(b.t, fmt.Sprintf("broker %d", i), b.command(x, "kafka.Kafka", filepath.Join(x.dir, "server.properties")), nil)
}

// ready waits until every broker answers and knows all others.
func (b *Brokers) ready(ctx context.Context) error {
	for i := range b.nodes {
		if err := b.answers(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

func (b *Brokers) answers(ctx context.Context, i int) error {
	x := b.nodes[i]
	client, err := kgo.NewClient(kgo.SeedBrokers(x.direct))
	if err != nil {
		return err
	}
	defer client.Close()
	for {
		asking, cancel := context.WithTimeout(ctx, 2*time.Second)
		m, err := kmsg.NewPtrMetadataRequest().RequestWith(asking, client)
		cancel()
		if err == nil && len(m.Brokers) == len(b.nodes) {
			return nil
		}
		select {
		case <-x.Done():
			return x.Err()
		case <-ctx.Done():
			return fmt.Errorf("broker %d does not answer: %w: %s", i, ctx.Err(), x.Printed())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// AwaitReady waits until every broker answers again.
func (b *Brokers) AwaitReady(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := b.ready(ctx); err != nil {
		t.Fatal(err)
	}
}

// Node is one broker's process.
func (b *Brokers) Node(i int) *Process { return b.nodes[i].Process }

// Proxy is what lies between clients and a broker.
func (b *Brokers) Proxy(i int) *Proxy { return b.nodes[i].proxy }

// Len is how many brokers there are.
func (b *Brokers) Len() int { return len(b.nodes) }

// Addrs are what clients are told, behind proxies.
func (b *Brokers) Addrs() (all []string) {
	for _, x := range b.nodes {
		all = append(all, x.proxy.Addr())
	}
	return all
}

// Direct are the brokers without proxies, for the test's own tools.
func (b *Brokers) Direct() (all []string) {
	for _, x := range b.nodes {
		all = append(all, x.direct)
	}
	return all
}

// CreateTopic makes a topic. Settings are Kafka's, such as retention.ms.
func (b *Brokers) CreateTopic(name string, partitions int, settings map[string]string) {
	b.t.Helper()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, int32(partitions), -1
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = key, new(settings[key])
		topic.Configs = append(topic.Configs, c)
	}
	request := kmsg.NewPtrCreateTopicsRequest()
	request.Topics, request.TimeoutMillis = append(request.Topics, topic), 30_000
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	client := b.Client()
	defer client.Close()
	response, err := request.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(response.Topics[0].ErrorCode)
	}
	if err != nil {
		b.t.Fatalf("create topic %s: %v", name, err)
	}
	for !knows(ctx, client, name, partitions) {
		if ctx.Err() != nil {
			b.t.Fatalf("create topic %s: it does not appear: %v", name, ctx.Err())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// knows reports that every broker knows the topic and its partitions.
func knows(ctx context.Context, client *kgo.Client, name string, partitions int) bool {
	m := kmsg.NewPtrMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = new(name)
	m.Topics = append(m.Topics, topic)
	for _, s := range client.RequestSharded(ctx, m) {
		r, ok := s.Resp.(*kmsg.MetadataResponse)
		if s.Err != nil || !ok || r.Topics[0].ErrorCode != 0 || len(r.Topics[0].Partitions) != partitions {
			return false
		}
	}
	return true
}

// Client is another library's client that goes around the proxies, for what a
// test does to topics from outside. It ends with the test.
func (b *Brokers) Client(o ...kgo.Opt) *kgo.Client {
	b.t.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(b.Direct()...), kgo.RecordPartitioner(kgo.ManualPartitioner())}, o...)...)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	return client
}

// FreeAddr is an address of loopback that nobody listens on, outside of the ports
// that systems give to connections going out: a server that is away for a moment
// finds it free when it comes back.
func FreeAddr() (string, error) {
	const first, n = 15_000, 15_000
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(n))
		if l, err := net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", errors.New("find a free port: a hundred are taken")
}
