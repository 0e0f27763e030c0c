//go:build unix

package testcluster

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// make kafka runs this to have the jars before they are needed.
func TestApacheKafkaIsThere(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it may fetch Apache Kafka")
	}
	dir, err := ApacheJars(t.Context())
	if err != nil {
		SkipWithout(t, err)
	}
	t.Log(dir)
}

// What a broker has acknowledged is there after it was killed, and a frozen or
// cut one answers again.
func TestBrokersCanBeHurtAndComeBack(t *testing.T) {
	b := StartBrokers(t, BrokerOptions{Topics: map[string]int{"clicks": 2}})
	client, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic("clicks"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	write := func(want int64) {
		t.Helper()
		r, err := client.ProduceSync(ctx, &kgo.Record{Value: []byte("x")}).First()
		if err != nil || r.Offset != want {
			t.Fatalf("offset %d, want %d: %v", r.Offset, want, err)
		}
	}
	silent := func(how string) { // soon: a signal takes its time to reach all threads
		t.Helper()
		for ctx.Err() == nil {
			asking, stop := context.WithTimeout(ctx, 300*time.Millisecond)
			err := client.Ping(asking)
			stop()
			if err != nil {
				return
			}
		}
		t.Errorf("a broker that is %s answers", how)
	}
	write(0)
	b.Node(0).Kill()
	b.Start(0)
	b.AwaitReady(t)
	write(1)
	b.Node(0).Freeze()
	silent("frozen")
	b.Node(0).Thaw()
	write(2)
	b.Proxy(0).Down()
	silent("behind a cut line")
	b.Proxy(0).Up()
	write(3)
	if !b.Node(0).Stop(30 * time.Second) {
		t.Error("the broker did not stop when asked to")
	}
}
