package app

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// Each kind of bad input is counted under its own reason and set aside, and what
// comes after it arrives.
func TestBadInputIsSetAside(t *testing.T) {
	s := startServers(t, 1)
	rules, err := NewRules(engine.DefaultConfig(), decode.DefaultConfig())
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
		{key, []byte("{\"time\":1,\"user\":\"\xff\",\"type\":\"click\"}"), "invalid_utf8"},
		{key, at("2031-01-01"), "time_future"},
		{key, at("1970-01-02"), "time_past"},
		{nil, good("nobody"), "null_key"},
		{key, nil, "empty"},
	}
	k, err := source.ConnectTo(s.kafka)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	p, err := k.NewProducer(t.Context(), source.ProducerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
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
	await(t, 1, worker)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for reason, n := range want {
		lines = append(lines, fmt.Sprintf("%s\t%d", reason, n))
	}
	slices.Sort(lines)
	got := s.query(t, "SELECT reason, count() FROM friction.rejected_events GROUP BY reason ORDER BY reason")
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("rejected:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
	if events := s.query(t, "SELECT sum(events) FROM friction.sessions"); events[0] != fmt.Sprint(len(bad)+1) {
		t.Errorf("%s good events arrived, want %d", events[0], len(bad)+1)
	}
	if c := worker.Status(); len(c) > 0 && !c[0].Counters.Balanced() {
		t.Errorf("counters do not balance: %+v", c[0].Counters)
	}
}
