package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/event"
)

func producer(t testing.TB, k *Cluster, o ProducerOptions) *Producer {
	t.Helper()
	p, err := k.NewProducer(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// A caller that gives up before the topic is known loses its own record and nothing else.
func TestGivingUpBeforeTheTopicIsKnown(t *testing.T) {
	c := broker(t, 1, []string{"clicks"})
	p := producer(t, connectTo(t, settings(c, "clicks")), ProducerOptions{})
	ended, end := context.WithCancel(t.Context())
	end()
	if err := p.Send(ended, "clicks", nil, []byte("never sent"), 1); !errors.Is(err, context.Canceled) {
		t.Fatalf("sent for a caller that has given up: %v", err)
	}
	if err := p.Send(t.Context(), "clicks", nil, []byte("sent"), 2); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(t.Context()); err != nil || p.Sent() != 1 {
		t.Errorf("%d confirmed, %v", p.Sent(), err)
	}
}

func produceAndFetch(t *testing.T, broker starter) {
	for _, codec := range []string{"", "zstd"} {
		c := broker(t, 4, []string{"clicks"})
		k := connectTo(t, settings(c, "clicks"))
		p := producer(t, k, ProducerOptions{Compression: codec, BatchBytes: 3000})
		const n = 2000
		for i := range n {
			if err := p.Send(t.Context(), "clicks", fmt.Appendf(nil, "user-%d", i%50), fmt.Appendf(nil, "%d", i), event.Millis(5000+i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Flush(t.Context()); err != nil || p.Sent() != n {
			t.Fatalf("%d confirmed, %v", p.Sent(), err)
		}
		java := kgo.StickyKeyPartitioner(nil).ForTopic("clicks")
		seen := 0
		for part := range int32(4) {
			last := map[string]int{}
			for from := int64(0); ; {
				b, err := k.Fetcher(part).Fetch(t.Context(), "clicks", from)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range b.Records {
					var i int
					scanInt(t, string(r.Value), &i)
					if prev, ok := last[string(r.Key)]; ok && prev >= i || r.Time != event.Millis(5000+i) {
						t.Fatalf("partition %d: %d after %d, time %d", part, i, prev, r.Time)
					}
					last[string(r.Key)] = i
					if want := java.Partition(&kgo.Record{Key: r.Key}, 4); want != int(part) {
						t.Fatalf("key %s is in partition %d, other clients look in %d", r.Key, part, want)
					}
				}
				seen += len(b.Records)
				from = b.Next
				done := from == b.End
				b.Release()
				if done {
					break
				}
			}
		}
		if seen != n {
			t.Fatalf("%d of %d were read", seen, n)
		}
	}
}

func scanInt(t *testing.T, s string, i *int) {
	t.Helper()
	if _, err := fmt.Sscan(s, i); err != nil {
		t.Fatal(err)
	}
}

func recordsWithoutAKeyGoEverywhere(t *testing.T, broker starter) {
	c := broker(t, 3, []string{"raw"})
	k := connectTo(t, settings(c, "raw"))
	p := producer(t, k, ProducerOptions{})
	for range 9 {
		if err := p.Send(t.Context(), "raw", nil, []byte("v"), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for part := range int32(3) {
		if _, end, err := k.Bounds(t.Context(), "raw", part); err != nil || end != 3 {
			t.Fatalf("partition %d has %d, %v", part, end, err)
		}
	}
}

func lingerSendsWithoutFlush(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	p := producer(t, connectTo(t, settings(c, "clicks")), ProducerOptions{Linger: time.Millisecond})
	if err := p.Send(t.Context(), "clicks", []byte("k"), []byte("v"), 1); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the record to be confirmed", func() bool { return p.Sent() == 1 })
}

// Answers get lost, leaders decline: every record is there once, in order.
func TestWrittenOnceThroughTrouble(t *testing.T) {
	c := broker(t, 1, []string{"clicks"})
	k := connectTo(t, settings(c, "clicks"))
	p := producer(t, k, ProducerOptions{BatchBytes: 400})
	var requests int
	each := func(i int) func(kmsg.Request) bool {
		return func(kmsg.Request) bool { requests++; return requests/3%5 == i }
	}
	faults := c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "clicks", Err: kerr.RequestTimedOut, When: each(0), Count: 6},              // written
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "clicks", Err: kerr.NotEnoughReplicasAfterAppend, When: each(1), Count: 6}, // written
		kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "clicks", Err: kerr.NotLeaderForPartition, When: each(2), Count: 6},
	)
	const n = 300
	for i := range n {
		if err := p.Send(t.Context(), "clicks", []byte("k"), fmt.Appendf(nil, "v%d", i), 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, _ := readAll(t, k.Fetcher(0), "clicks", 0); !slices.Equal(got, values(0, n)) || faults.Hits() < 6 {
		t.Fatalf("%d records after %d faults", len(got), faults.Hits())
	}
}

func TestRefusedBatchesFailTheProducer(t *testing.T) {
	c := broker(t, 1, []string{"clicks"}, kfake.BrokerConfigs(map[string]string{"message.max.bytes": "5000"}))
	p := producer(t, connectTo(t, settings(c, "clicks")), ProducerOptions{})
	if err := p.Send(t.Context(), "nowhere", []byte("k"), nil, 1); !errors.Is(err, ErrTopics) || !strings.Contains(err.Error(), "nowhere") {
		t.Fatalf("got %v", err)
	}
	p = producer(t, p.k, ProducerOptions{})
	if err := p.Send(t.Context(), "clicks", []byte("k"), make([]byte, 6000), 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(t.Context()); !errors.Is(err, kafka.MessageSizeTooLarge) {
		t.Fatalf("got %v", err)
	}
	if err := p.Send(t.Context(), "clicks", []byte("k"), nil, 1); !errors.Is(err, kafka.MessageSizeTooLarge) {
		t.Fatalf("it goes on: %v", err)
	}
}

func manySendersOneProducer(t *testing.T, broker starter) {
	c := broker(t, 3, []string{"clicks", "views"})
	k := connectTo(t, settings(c, "clicks", "views"))
	p := producer(t, k, ProducerOptions{BatchBytes: 500, Linger: time.Millisecond})
	var wg sync.WaitGroup
	for s := range 8 {
		wg.Go(func() {
			for i := range 200 {
				topic := []string{"clicks", "views"}[i%2]
				if err := p.Send(t.Context(), topic, fmt.Appendf(nil, "%d", s), bytes.Repeat([]byte("v"), i), 1); err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					if err := p.Flush(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if err := p.Flush(t.Context()); err != nil || p.Sent() != 1600 {
		t.Fatalf("%d confirmed, %v", p.Sent(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Flush(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
