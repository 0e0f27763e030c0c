package worker

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/deadletter"
	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/shoptest"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// Each kind of bad input is counted under its own reason and set aside, and what
// comes after it arrives.
func TestBadInputIsSetAside(t *testing.T) { onEveryKafka(t, badInputIsSetAside) }

func badInputIsSetAside(t *testing.T, kafka shoptest.StartKafka) {
	s := startServersOn(t, kafka, 1)
	rules, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	good := func(id string) []byte {
		return fmt.Appendf(nil, `{"time":%d,"user":"u","type":"page_view","page":"/a","id":%q}`, now.UnixMilli(), id)
	}
	at := func(day string) []byte {
		return fmt.Appendf(nil, `{"time":"%sT00:00:00Z","user":"u","type":"page_view","page":"/a"}`, day)
	}
	key := []byte("u")
	bad := []struct {
		key, value []byte
		reason     string
	}{
		{key, []byte("not json at all"), "malformed"},
		{key, good("cut")[:40], "malformed"},
		{key, bytes.Repeat([]byte(`{"x":"`+strings.Repeat("y", 1<<10)+`"}`), 50<<10), "too_large"}, // 50 MB
		{key, []byte("{\"time\":1,\"user\":\"\xff\",\"type\":{}}"), "bad_field"},
		{key, at("2031-01-01"), "time_future"},
		{key, at("1970-01-02"), "time_past"},
		{nil, good("nobody"), "null_key"},
		{key, nil, "empty"},
	}
	p := s.Producer(t)
	send := func(key, value []byte) {
		t.Helper()
		if err := p.Send(t.Context(), simulate.Clickstream, key, value, event.Millis(now.UnixMilli())); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]int{}
	for i, x := range bad {
		send(key, good(fmt.Sprint("before ", i)))
		send(x.key, x.value)
		want[x.reason]++
	}
	send(key, good("last"))
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	worker, stop := s.startWorker(t, rules, batchLoad())
	awaitDone(t, 1, worker)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for reason, n := range want {
		lines = append(lines, fmt.Sprintf("%s\t%d", reason, n))
	}
	slices.Sort(lines)
	got := s.Query(t, "SELECT reason, count() FROM friction.rejected_events GROUP BY reason ORDER BY reason")
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("rejected:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	if events := s.Query(t, "SELECT sum(events) FROM friction.sessions"); events[0] != fmt.Sprint(len(bad)+1) {
		t.Errorf("%s good events arrived, want %d", events[0], len(bad)+1)
	}
	s.lettersOf(t, want, bad[0].value)
	s.failTwice(t, rules, want)
	if c := worker.Status(); len(c) > 0 && !c[0].Counters.Balanced() {
		t.Errorf("counters do not balance: %+v", c[0].Counters)
	}
}

// lettersOf wants a dead letter of each record that was set aside, for the same
// reason, and in it what the record held.
func (s *servers) lettersOf(t *testing.T, want map[string]int, first []byte) {
	t.Helper()
	box, err := deadletter.List(t.Context(), s.Kafka, deadletter.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, l := range box.DeadLetters {
		got[l.Reason]++
		if l.Value != nil || l.Key != nil {
			t.Errorf("a list holds payloads: %+v", l)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("dead letters by reason: %v, want %v", got, want)
	}
	whole, err := deadletter.Open(t.Context(), s.Kafka, simulate.Clickstream, 0, 1)
	if err != nil || whole.Reason != "malformed" || !bytes.Equal(whole.Value, first) || string(whole.Key) != "u" {
		t.Errorf("%+v, %v", whole, err)
	}
}

// failTwice submits what was malformed again, unmended: it fails again, and that is seen.
func (s *servers) failTwice(t *testing.T, rules *rules.Rules, want map[string]int) {
	t.Helper()
	malformed := deadletter.Filter{Reason: "malformed"}
	box, err := deadletter.List(t.Context(), s.Kafka, malformed)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := deadletter.Resubmit(t.Context(), s.Kafka, box.DeadLetters, func(int) {}); err != nil || n != want["malformed"] {
		t.Fatalf("%d submitted again, %v", n, err)
	}
	worker, stop := s.startWorker(t, rules, batchLoad())
	awaitDone(t, 1, worker)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if box, err = deadletter.List(t.Context(), s.Kafka, malformed); err != nil {
		t.Fatal(err)
	}
	n := want["malformed"]
	if g := box.Groups(); len(g) != 1 || g[0].DeadLetters != 2*n || g[0].Resubmitted != n || g[0].Again != n {
		t.Errorf("%+v, want %d submitted again and %d that failed again", g, n, n)
	}
	for i := range box.DeadLetters {
		if box.DeadLetters[i].LeftOut(false) == "" {
			t.Errorf("it would be submitted a second time: %+v", box.DeadLetters[i])
		}
	}
}

// A row that ClickHouse refuses by itself becomes a dead letter, is counted, and keeps
// no other row out.
func TestPoisonRowBecomesADeadLetter(t *testing.T) {
	s := startServers(t, 1)
	rules, err := rules.New(engine.DefaultConfig(), decode.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	s.Query(t, "ALTER TABLE friction.sessions_log ADD CONSTRAINT no_poison CHECK user != 'poison'")
	p := s.Producer(t)
	now := time.Now().UnixMilli()
	for _, user := range []string{"before", "poison", "after"} {
		value := fmt.Appendf(nil, `{"time":%d,"user":%q,"type":"page_view","page":"/a"}`, now, user)
		if err := p.Send(t.Context(), simulate.Clickstream, []byte(user), value, event.Millis(now)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	worker, stop := s.startWorker(t, rules, batchLoad())
	awaitDone(t, 1, worker)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if users := s.Query(t, "SELECT user FROM friction.sessions ORDER BY user"); !slices.Equal(users, []string{"after", "before"}) {
		t.Errorf("sessions of %q, want before and after", users)
	}
	box, err := deadletter.List(t.Context(), s.Kafka, deadletter.Filter{})
	if err != nil || len(box.DeadLetters) != 1 {
		t.Fatalf("letters %+v, %v", box, err)
	}
	l := box.DeadLetters[0]
	if l.Reason != source.RowRefused || !strings.HasPrefix(l.Row, "sessions_log/") || !strings.Contains(l.Error, "VIOLATED_CONSTRAINT") || l.LeftOut(true) == "" {
		t.Errorf("letter %+v", l)
	}
	whole, err := deadletter.Open(t.Context(), s.Kafka, l.Topic, l.Partition, l.Offset)
	if err != nil || !strings.Contains(string(whole.Value), `"user":"poison"`) {
		t.Errorf("%+v, %v", whole, err)
	}
	if n := total(t, worker, "friction_sink_refused_rows_total"); n < 1 {
		t.Errorf("metrics say %v rows were refused", n)
	}
}

// total is the sum of a metric's series.
func total(t *testing.T, w *Worker, name string) (sum float64) {
	t.Helper()
	families, err := w.o.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}
