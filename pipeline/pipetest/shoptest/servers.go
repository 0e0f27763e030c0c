package shoptest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/embedded"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// Servers are a broker and a ClickHouse of one test.
type Servers struct {
	Kafka      source.Config
	ClickHouse sink.Config
	HTTP       string // ClickHouse's address
}

// StartKafka starts a broker that takes batches of 64 MB, with topics of so many partitions, and says where it is.
type StartKafka func(t *testing.T, topics map[string]int) (brokers []string)

// FakeKafka starts the fake broker in this process.
func FakeKafka(t *testing.T, topics map[string]int) []string {
	t.Helper()
	broker, err := embedded.StartKafka(embedded.KafkaOptions{
		Addr: "127.0.0.1:0", MinSessionTimeout: time.Second, MaxMessageBytes: 64 << 20, Topics: topics,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	return []string{broker.Addr()}
}

// Start starts both servers, with the shop's topics and all tables. Where the engine of ClickHouse is missing the test
// is skipped with a message on stderr; in CI it fails. The test binary must call embedded.MaybeRunChild first.
func Start(t *testing.T, kafka StartKafka, partitions int) *Servers {
	t.Helper()
	if testing.Short() {
		t.Skip("short: it starts Kafka and ClickHouse")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	tell := func(s string) { fmt.Fprintln(os.Stderr, s) }
	ch, err := embedded.StartClickHouse(ctx, embedded.Options{
		Dir: t.TempDir(), Addr: "127.0.0.1:0", Library: embedded.LibraryOptions{Progress: tell}, Output: os.Stderr,
	})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	t.Cleanup(func() { _ = ch.Stop(context.Background()) })
	s := &Servers{Kafka: source.DefaultConfig(), ClickHouse: sink.DefaultConfig(), HTTP: ch.URL()}
	s.Kafka.Brokers = kafka(t, map[string]int{simulate.Clickstream: partitions, simulate.Telemetry: partitions})
	s.Kafka.Topics = []string{simulate.Clickstream, simulate.Telemetry}
	s.Kafka.Membership.SessionTimeout, s.Kafka.Membership.HeartbeatEvery = 3*time.Second, 500*time.Millisecond
	s.Kafka.Checkpoints.Replication = 1
	s.ClickHouse.DSN = s.HTTP
	db, err := sink.Open(s.ClickHouse, zap.NewNop(), sink.Observer{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrator().Up(ctx); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// Query returns the lines of ClickHouse's answer.
func (s *Servers) Query(t *testing.T, sql string) []string {
	t.Helper()
	r, err := http.Post(s.HTTP+"/?"+url.Values{"database": {"friction"}}.Encode(), "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s\n%s %v", sql, b, err)
	}
	text := strings.TrimSpace(string(b))
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Producer sends to the servers' Kafka until the test ends.
func (s *Servers) Producer(t *testing.T) *source.Producer {
	t.Helper()
	k, err := source.ConnectTo(s.Kafka)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	p, err := k.NewProducer(t.Context(), source.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Produce sends all records of a shop, keyed.
func (s *Servers) Produce(t *testing.T, shop *Shop) {
	t.Helper()
	p := s.Producer(t)
	for _, topic := range shop.Topics {
		for _, r := range shop.Records[topic] {
			if err := p.Send(t.Context(), topic, r.Key, r.Value, r.Time); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}
