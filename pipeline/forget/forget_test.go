package forget

import (
	"testing"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/embedded"
	"friction/pipeline/source"
)

// A tombstone goes to every task's log, and is done once an epoch of each has applied it; what remains is said of the
// topics that there are.
func TestEndSessions(t *testing.T) {
	broker, err := embedded.StartKafka(embedded.KafkaOptions{Addr: "127.0.0.1:0", Topics: map[string]int{"clicks": 2, "friction.checkpoints": 2}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	c := source.DefaultConfig()
	c.Brokers, c.Topics, c.Group = []string{broker.Addr()}, []string{"clicks"}, "friction"
	k, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.Close)
	stones, err := k.EndSessions(t.Context(), Person{Users: []string{"ann"}})
	if err != nil || stones.Tasks() != 2 {
		t.Fatal(stones, err)
	}
	for task := range int32(2) {
		if n, err := stones.Waiting(t.Context()); err != nil || n != int(2-task) {
			t.Errorf("%d tasks have not ended the sessions, %v, want %d", n, err, 2-task)
		}
		w, _, err := checkpoint.Open(t.Context(), k.k.CheckpointLog(task), checkpoint.Options{Claim: checkpoint.Claim{Run: "1", Birth: 1}})
		if err != nil {
			t.Fatal(err)
		}
		list := w.Tombstones()
		if len(list) != 1 || list[0].Users[0] != "ann" {
			t.Fatalf("task %d has %+v to apply", task, list)
		}
		if err := w.AppendEpoch(t.Context(), &checkpoint.Epoch{Header: checkpoint.Header{N: 1, Forgotten: list}}); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := stones.Waiting(t.Context()); n != 0 || err != nil {
		t.Errorf("%d tasks are left, %v", n, err)
	}
	remains, err := k.Remains(t.Context())
	if err != nil || len(remains) != 2 || remains[0].Topic != "clicks" || remains[1].Topic != "friction.checkpoints" {
		t.Fatalf("%+v, %v", remains, err)
	}
	for _, r := range remains {
		if r.For < time.Hour {
			t.Errorf("%s keeps records for %v", r.Topic, r.For)
		}
	}
}
