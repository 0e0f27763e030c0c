//go:build unix

package worker

import (
	"context"
	"testing"

	"friction/pipeline/checkpoint"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/pipetest/testcluster"
	"friction/pipeline/source"
)

// onEveryKafka runs a test on the fake broker and on Apache Kafka.
func onEveryKafka(t *testing.T, test func(t *testing.T, kafka shoptest.StartKafka)) {
	t.Run("fake", func(t *testing.T) { test(t, shoptest.FakeKafka) })
	t.Run("Apache", func(t *testing.T) { test(t, apacheKafka) })
}

func apacheKafka(t *testing.T, topics map[string]int) []string {
	t.Helper()
	return testcluster.StartBrokers(t, testcluster.BrokerOptions{
		Topics: topics, Settings: map[string]string{"message.max.bytes": "67108864", "log.retention.ms": "-1"},
	}).Addrs()
}

// The log of a task, as package checkpoint wants it, on a topic of either broker:
// what was appended is there, who claims later shuts the one before out, and what
// that one still appends does not count.
func TestLogOnATopic(t *testing.T) { onEveryKafka(t, logOnATopic) }

func logOnATopic(t *testing.T, kafka shoptest.StartKafka) {
	if testing.Short() {
		t.Skip("short: it starts Kafka")
	}
	c := source.DefaultConfig()
	c.Brokers, c.Topics = kafka(t, map[string]int{"clicks": 2}), []string{"clicks"}
	k, err := source.Connect(c)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if err := k.EnsureCheckpoints(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	open := func(member string, may func(context.Context) error) (*checkpoint.Writer, *checkpoint.Recovery) {
		t.Helper()
		w, r, err := checkpoint.Open(t.Context(), k.CheckpointLog(1), checkpoint.Options{
			Claim: checkpoint.Claim{Run: "1", Birth: 1, Member: member}, ChunkBytes: 1 << 10, MayClaim: may,
		})
		if err != nil {
			t.Fatal(err)
		}
		return w, r
	}
	rows := make([]byte, 5<<10) // several chunks
	epoch := func(n uint64) *checkpoint.Epoch {
		return &checkpoint.Epoch{Header: checkpoint.Header{N: n}, Rows: rows}
	}
	a, r := open("a", nil)
	if r.LastN != 0 || r.Snapshot != nil {
		t.Fatalf("a new log holds %+v", r)
	}
	for n := range uint64(3) {
		if err := a.AppendEpoch(t.Context(), epoch(n+1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.AppendSnapshot(t.Context(), &checkpoint.Snapshot{Header: checkpoint.Header{N: 3}, State: rows}); err != nil {
		t.Fatal(err)
	}
	if err := a.AppendEpoch(t.Context(), epoch(4)); err != nil {
		t.Fatal(err)
	}
	b, r := open("b", nil)
	if r.LastN != 4 || r.SnapshotN() != 3 || len(r.Snapshot.State) != len(rows) {
		t.Fatalf("recovered epoch %d, snapshot %d", r.LastN, r.SnapshotN())
	}
	if err := a.AppendEpoch(t.Context(), epoch(5)); err == nil {
		t.Fatal("a writes on, though b has claimed the log")
	}
	if err := b.AppendEpoch(t.Context(), epoch(5)); err != nil {
		t.Fatal(err)
	}
	status, err := b.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, r, err = checkpoint.Open(t.Context(), k.CheckpointLog(1), checkpoint.Options{Claim: checkpoint.Claim{Run: "1", Birth: 1}, Hint: status.Hint})
	if err != nil || r.LastN != 5 || r.SnapshotN() != 3 {
		t.Fatalf("recovered from the hint: %+v, %v", r, err)
	}
}
