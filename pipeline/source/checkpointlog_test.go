package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// logOf returns the log of task 1, of 3.
func logOf(t testing.TB, c server, change func(*Config)) *CheckpointLog {
	t.Helper()
	conf := settings(c, "clicks")
	if change != nil {
		change(&conf)
	}
	k := connectTo(t, conf)
	if err := k.EnsureCheckpoints(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	return k.CheckpointLog(1)
}

func content(t testing.TB, l *CheckpointLog, from int64) (got []string) {
	t.Helper()
	err := l.Read(t.Context(), from, func(offset int64, value []byte) error {
		got = append(got, fmt.Sprintf("%d:%s", offset, value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func checkpointLogKeepsWhatWasAppended(t *testing.T, broker starter) {
	for _, codec := range []string{"none", "lz4", "zstd"} {
		l := logOf(t, broker(t, 3, []string{"clicks"}), func(c *Config) { c.Checkpoints.Compression = codec })
		if first, end, err := l.Bounds(t.Context()); first != 0 || end != 0 || err != nil {
			t.Fatalf("%d %d %v", first, end, err)
		}
		if got := content(t, l, 0); len(got) != 0 {
			t.Fatalf("an empty log holds %q", got)
		}
		for i, v := range []string{"a", "", strings.Repeat("b", 900<<10), "c"} {
			at, err := l.Append(t.Context(), []byte(v))
			if err != nil || at != int64(i) {
				t.Fatalf("offset %d, %v", at, err)
			}
		}
		if got := content(t, l, 0); len(got) != 4 || got[0] != "0:a" || got[1] != "1:" || len(got[2]) != 2+900<<10 || got[3] != "3:c" {
			t.Fatalf("%d records", len(got))
		}
		if got := content(t, l, 3); !slices.Equal(got, []string{"3:c"}) {
			t.Fatalf("from 3: %q", got)
		}
		if got := content(t, l, 4); len(got) != 0 {
			t.Fatalf("from the end: %q", got)
		}
		stop := errors.New("enough")
		if err := l.Read(t.Context(), 0, func(int64, []byte) error { return stop }); !errors.Is(err, stop) {
			t.Fatalf("got %v", err)
		}
	}
}

func checkpointLogOutsideOfItsBounds(t *testing.T, broker starter) {
	c := broker(t, 3, []string{"clicks"})
	l := logOf(t, c, nil)
	for range 5 {
		if _, err := l.Append(t.Context(), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = 1, 2
	tp := kmsg.NewDeleteRecordsRequestTopic()
	tp.Topic, tp.Partitions = l.topic, []kmsg.DeleteRecordsRequestTopicPartition{p}
	req := kmsg.NewDeleteRecordsRequest()
	req.Topics = []kmsg.DeleteRecordsRequestTopic{tp}
	if _, err := req.RequestWith(t.Context(), franz(t, c)); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 1, 6, 99} {
		err := l.Read(t.Context(), from, func(int64, []byte) error { return errors.New("a record") })
		var outside interface {
			Outside() (from, first, end int64)
		}
		if !errors.As(err, &outside) {
			t.Fatalf("from %d: %v", from, err)
		}
		if at, first, end := outside.Outside(); at != from || first != 2 || end != 5 {
			t.Fatalf("from %d: %d %d %d", from, at, first, end)
		}
	}
}

// What an answer says is what may be believed of the record.
func TestFatesOfAnAppend(t *testing.T) {
	for _, f := range []struct {
		name    string
		err     *kerr.Error
		n       int
		refused bool
		fails   bool
		there   int
	}{
		{"leader moved", kerr.NotLeaderForPartition, 3, false, false, 1},
		{"too few replicas", kerr.NotEnoughReplicas, 2, false, false, 1},
		{"written, no answer", kerr.RequestTimedOut, 1, false, true, 1},
		{"written, replicas gone", kerr.NotEnoughReplicasAfterAppend, 1, false, true, 1},
		{"forbidden", kerr.TopicAuthorizationFailed, 1, true, true, 0},
		{"too large", kerr.MessageTooLarge, 1, true, true, 0},
	} {
		t.Run(f.name, func(t *testing.T) {
			c := broker(t, 3, []string{"clicks"})
			l := logOf(t, c, nil)
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: "g.checkpoints", Err: f.err, Count: f.n})
			_, err := l.Append(t.Context(), []byte("x"))
			var refusal interface{ Refused() bool }
			if (err != nil) != f.fails || (errors.As(err, &refusal) && refusal.Refused()) != f.refused {
				t.Fatalf("got %v", err)
			}
			if got := content(t, l, 0); len(got) != f.there {
				t.Fatalf("the log holds %q", got)
			}
		})
	}
}

func TestAppendToABrokerThatDoesNotAnswer(t *testing.T) {
	c := broker(t, 3, []string{"clicks"})
	l := logOf(t, c, nil)
	ctx, cancel := context.WithCancel(t.Context())
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		cancel()
		return nil, errors.New("cut the connection"), true
	})
	_, err := l.Append(ctx, []byte("x"))
	var refusal interface{ Refused() bool }
	if err == nil || errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	if at, err := l.Append(t.Context(), []byte("y")); at != 0 || err != nil {
		t.Fatalf("offset %d, %v", at, err)
	}
}

func checkpointTopic(t *testing.T, broker starter) {
	c := broker(t, 3, []string{"clicks"})
	k := logOf(t, c, nil).k
	settings, err := k.settings(t.Context(), k.config.CheckpointTopic())
	if err != nil || settings["cleanup.policy"] != "delete" || settings["retention.ms"] != "604800000" {
		t.Fatalf("%v, %v", settings, err)
	}
	if d, err := k.Retention(t.Context()); d != 7*24*time.Hour || err != nil {
		t.Fatalf("%v, %v", d, err)
	}
	if err := k.EnsureCheckpoints(t.Context(), 3); err != nil {
		t.Fatalf("again: %v", err)
	}
	if err := k.EnsureCheckpoints(t.Context(), 4); !errors.Is(err, ErrTopics) || !strings.Contains(err.Error(), "has 3 partitions, the inputs have 4") {
		t.Fatalf("got %v", err)
	}
	for name, f := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"compacted": {map[string]string{"cleanup.policy": "compact"}, "cleanup.policy=compact"},
		"short":     {map[string]string{"retention.ms": "60000"}, "keeps records for 1m0s only"},
		"small":     {map[string]string{"max.message.bytes": "1000"}, "takes batches of 1000 bytes only"},
	} {
		createTopic(t, franz(t, c), name, 3, f.settings)
		conf := k.config
		conf.Checkpoints.Topic = name
		if err := connectTo(t, conf).EnsureCheckpoints(t.Context(), 3); !errors.Is(err, ErrTopics) || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func createTopics(t *testing.T, broker starter) {
	c := broker(t, 1, nil)
	k := connectTo(t, settings(c, "clicks", "views"))
	want := []Topic{{Name: "clicks", Partitions: 2, Replication: 1}, {Name: "views", Partitions: 2, Replication: -1, Settings: map[string]string{"retention.ms": "7200000"}}}
	for range 2 {
		if err := k.CreateTopics(t.Context(), want...); err != nil {
			t.Fatal(err)
		}
	}
	if s, err := k.settings(t.Context(), "views"); err != nil || s["retention.ms"] != "7200000" {
		t.Fatalf("%v, %v", s, err)
	}
	want[0].Partitions = 3
	if err := k.CreateTopics(t.Context(), want...); !errors.Is(err, ErrTopics) {
		t.Fatalf("got %v", err)
	}
	if err := k.CreateTopics(t.Context(), Topic{Name: "wide", Partitions: 1, Replication: 9}); !errors.Is(err, kafka.InvalidReplicationFactor) {
		t.Fatalf("got %v", err)
	}
}

// A log that moves between brokers stays one log.
func TestCheckpointLogFollowsItsLeader(t *testing.T) {
	c := broker(t, 3, []string{"clicks"}, kfake.NumBrokers(3))
	l := logOf(t, c, nil)
	for i := range 9 {
		if err := c.MoveTopicPartition("g.checkpoints", 1, int32(i%3)); err != nil {
			t.Fatal(err)
		}
		if at, err := l.Append(t.Context(), fmt.Append(nil, i)); err != nil || at != int64(i) {
			t.Fatalf("offset %d, %v", at, err)
		}
	}
	if got := content(t, l, 0); len(got) != 9 || got[8] != "8:8" {
		t.Fatalf("got %q", got)
	}
}

// Markers in the log, which nobody should write there, are passed.
func checkpointLogWithMarkers(t *testing.T, broker starter) {
	c := broker(t, 3, []string{"clicks"})
	l := logOf(t, c, nil)
	a := franz(t, c, kgo.TransactionalID("a"))
	if err := a.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	write(t, a, l.topic, 1, 0, 1)
	if err := a.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the marker to be there", func() bool { _, end, err := l.Bounds(t.Context()); return err == nil && end == 2 })
	if at, err := l.Append(t.Context(), bytes.Repeat([]byte("x"), 3)); at != 2 || err != nil {
		t.Fatalf("offset %d, %v", at, err)
	}
	if got := content(t, l, 0); !slices.Equal(got, []string{"2:xxx"}) {
		t.Fatalf("got %q", got)
	}
}
