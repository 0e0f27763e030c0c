//go:build unix

package worker

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"friction/pipeline/event"
	"friction/pipeline/simulate"
	"friction/pipeline/source"
)

// make restart sets these.
var (
	restartSessions = flag.Int("sessions", 0, "open sessions of TestRestartWithManyOpenSessions; 0 leaves it out")
	restartRate     = flag.Int("rate", 50_000, "records a second that come in while the worker is killed and starts again")
)

// A worker that is killed with a million open sessions, while more comes in, is
// processing again within the session timeout and ten seconds. The load that opens
// the sessions is not part of it: every task has written its state since, and some
// seconds of traffic have come after that.
func TestRestartWithManyOpenSessions(t *testing.T) {
	if *restartSessions == 0 {
		t.Skip("make restart runs it")
	}
	g := newCluster(t, 1)
	w := &traffic{partitions: 4, topics: []string{simulate.Clickstream, simulate.Telemetry}, rules: shopRules(t)}
	r := g.fixture(t, w)
	r.kafka = defaultsOn(r.kafka)
	r.config, r.chunkBytes = DefaultConfig(), 0
	many := &crowdOfUsers{fixture: r, users: *restartSessions}
	r.start("a")
	const each = 3
	many.send(t.Context(), each*many.users, 0)
	until(t, "all to be consumed", func() bool { return r.consumed() == each*many.users })
	if open := r.number("SELECT sum(open_sessions)" + inRun); open != many.users {
		t.Fatalf("%d sessions are open, want %d", open, many.users)
	}
	sending, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); many.send(sending, 1<<40, *restartRate) }()
	loaded := r.snapshots("a")
	until(t, "every task to have written its state since", func() bool { return len(loaded) == w.partitions && allBeyond(r.snapshots("a"), loaded) })
	r.consumedAtLeast(int(many.sent.Load()) + 5**restartRate)
	inTables, processed := r.perTask(), r.processed("a")
	began := time.Now()
	r.workers["a"].Kill()
	r.start("b")
	until(t, "every task to process what comes in", func() bool { return allBeyond(r.processed("b"), processed) })
	took, work := time.Since(began), cpuSeconds("http://"+r.httpAddrs["b"]+"/metrics")
	until(t, "every task to have new rows in ClickHouse", func() bool { return allBeyond(r.perTask(), inTables) })
	visible := time.Since(began)
	stop()
	<-done
	sent := int(many.sent.Load())
	until(t, "what has come in meanwhile to be consumed", func() bool { return r.consumed() == sent })
	bar := r.kafka.Membership.SessionTimeout + 10*time.Second
	t.Logf("%d open sessions, %d records a second: every task was processing what came in %v after the SIGKILL (bar: session timeout %v + 10 s = %v), "+
		"for which the worker took %.1f s of processor time; new rows of every task in ClickHouse after %v; all caught up after %v",
		many.users, *restartRate, took.Round(10*time.Millisecond), r.kafka.Membership.SessionTimeout, bar, work,
		visible.Round(10*time.Millisecond), time.Since(began).Round(100*time.Millisecond))
	r.logLines("b", "task recovered")
	if took > bar {
		t.Errorf("it took longer than %v", bar)
	}
	if open := r.number("SELECT sum(open_sessions)" + inRun); open != many.users {
		t.Errorf("%d sessions are open, want %d", open, many.users)
	}
}

// defaultsOn is what a deployment has, on the brokers and topics of a test.
func defaultsOn(c source.Config) source.Config {
	d := source.DefaultConfig()
	d.Brokers, d.Topics, d.Group = c.Brokers, c.Topics, c.Group
	return d
}

// allBeyond reports that every count has grown.
func allBeyond(now, before map[string]int) bool {
	for task, n := range before {
		if now[task] <= n {
			return false
		}
	}
	return true
}

// processed is how many records each task of a worker has taken, by its own account.
func (r *fixture) processed(name string) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(asked("http://" + r.httpAddrs[name] + "/metrics")) {
		var task string
		var n float64
		if _, err := fmt.Sscanf(line, "friction_events_consumed_total{partition=%q} %g", &task, &n); err == nil {
			out[task] = int(n)
		}
	}
	return out
}

// snapshots is how often each task of a worker has written its state.
func (r *fixture) snapshots(name string) map[string]int {
	b, err := os.ReadFile(filepath.Join(r.dir, name+".log"))
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[string]int{}
	for line := range strings.Lines(string(b)) {
		if _, fields, ok := strings.Cut(line, `snapshot written	{"partition": `); ok {
			task, _, _ := strings.Cut(fields, ",")
			out[task]++
		}
	}
	return out
}

// cpuSeconds is how much processor time a worker has used: other than the clock, it
// tells little of who else is on the machine.
func cpuSeconds(metrics string) (n float64) {
	for line := range strings.Lines(asked(metrics)) {
		_, _ = fmt.Sscanf(line, "process_cpu_seconds_total %g", &n)
	}
	return n
}

// asked is what an address answers; nothing while it does not.
func asked(address string) string {
	res, err := http.Get(address)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	b, _ := io.ReadAll(res.Body)
	return string(b)
}

// tell shows the lines of a worker's log that have some text.
func (r *fixture) logLines(name, text string) {
	b, err := os.ReadFile(filepath.Join(r.dir, name+".log"))
	if err != nil {
		r.t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, text) {
			r.t.Log(strings.TrimSpace(line))
		}
	}
}

// perTask is how many records each task has consumed.
func (r *fixture) perTask() map[string]int {
	out := map[string]int{}
	for _, line := range r.lines("SELECT task, consumed" + inRun) {
		var task string
		var n int
		if _, err := fmt.Sscan(line, &task, &n); err != nil {
			r.t.Fatal(err)
		}
		out[task] = n
	}
	return out
}

// crowdOfUsers is many users who do little, so that their sessions stay open.
type crowdOfUsers struct {
	fixture *fixture
	users   int
	sent    atomic.Int64
}

// send sends records of one user after the other, at most so many a second; 0 is
// as fast as it goes.
func (c *crowdOfUsers) send(ctx context.Context, n, rate int) {
	client := c.fixture.brokers.Client(kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.MaxBufferedRecords(50_000))
	defer client.Close()
	start := millis(opening())
	began, before := time.Now(), c.sent.Load()
	for i := range n {
		if rate > 0 && i%1000 == 0 {
			due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
			select {
			case <-time.After(time.Until(due)):
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			break
		}
		k := before + int64(i)
		user := fmt.Sprintf("u%07d", k%int64(c.users))
		at := start + event.Millis(k/int64(c.users)*60_000+k%int64(c.users)*60_000/int64(c.users)) // once a minute each
		topic := c.fixture.w.topics[k%2]
		client.Produce(context.WithoutCancel(ctx), &kgo.Record{
			Topic: c.fixture.names[topic], Partition: partitionOf(user, c.fixture.w.partitions), Key: []byte(user), Timestamp: time.UnixMilli(int64(at)),
			Value: fmt.Appendf(nil, `{"time":%d,"user":%q,"app":"shop","type":"page_view","page":"/p%d"}`, at, user, k%50),
		}, func(_ *kgo.Record, err error) {
			if err != nil {
				c.fixture.t.Errorf("produce: %v", err)
			}
			c.sent.Add(1)
		})
	}
	if err := client.Flush(context.WithoutCancel(ctx)); err != nil {
		c.fixture.t.Errorf("produce: %v", err)
	}
}
