//go:build unix

package app

import (
	"context"
	"flag"
	"fmt"
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
// processing again within the session timeout and ten seconds.
func TestRestartWithManyOpenSessions(t *testing.T) {
	if *restartSessions == 0 {
		t.Skip("make restart runs it")
	}
	g := newGround(t, 1)
	w := &traffic{partitions: 4, topics: []string{simulate.Clickstream, simulate.Telemetry}, rules: shopRules(t)}
	r := g.plot(t, w)
	r.kafka = defaultsOn(r.kafka)
	r.config, r.chunkBytes = DefaultConfig(), 0
	many := &throng{plot: r, users: *restartSessions}
	r.start("a")
	const each = 3
	many.send(t.Context(), each*many.users, 0)
	until(t, "all to be consumed", func() bool { return r.consumed() == each*many.users })
	if open := r.number("SELECT sum(open_sessions)" + inRun); open != many.users {
		t.Fatalf("%d sessions are open, want %d", open, many.users)
	}
	flowing, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); many.send(flowing, 1<<40, *restartRate) }()
	r.consumedAtLeast(int(many.sent.Load()) + *restartRate)
	was := r.perTask()
	began := time.Now()
	r.workers["a"].Kill()
	r.start("b")
	until(t, "every task to go on", func() bool {
		now := r.perTask()
		for task, n := range was {
			if now[task] <= n {
				return false
			}
		}
		return true
	})
	took := time.Since(began)
	stop()
	<-done
	sent := int(many.sent.Load())
	until(t, "what has come in meanwhile to be consumed", func() bool { return r.consumed() == sent })
	bar := r.kafka.Membership.SessionTimeout + 10*time.Second
	t.Logf("%d open sessions, %d records a second: every task had new rows in ClickHouse %v after the SIGKILL (session timeout %v + 10 s = %v); all caught up after %v",
		many.users, *restartRate, took.Round(10*time.Millisecond), r.kafka.Membership.SessionTimeout, bar, time.Since(began).Round(100*time.Millisecond))
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

// perTask is how many records each task has consumed.
func (r *plot) perTask() map[string]int {
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

// throng is many users who do little, so that their sessions stay open.
type throng struct {
	plot  *plot
	users int
	sent  atomic.Int64
}

// send sends records of one user after the other, at most so many a second; 0 is
// as fast as it goes.
func (c *throng) send(ctx context.Context, n, rate int) {
	client := c.plot.brokers.Client(kgo.ProducerBatchCompression(kgo.Lz4Compression()), kgo.MaxBufferedRecords(50_000))
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
		topic := c.plot.w.topics[k%2]
		client.Produce(context.WithoutCancel(ctx), &kgo.Record{
			Topic: c.plot.names[topic], Partition: partitionOf(user, c.plot.w.partitions), Key: []byte(user), Timestamp: time.UnixMilli(int64(at)),
			Value: fmt.Appendf(nil, `{"time":%d,"user":%q,"app":"shop","type":"page_view","page":"/p%d"}`, at, user, k%50),
		}, func(_ *kgo.Record, err error) {
			if err != nil {
				c.plot.t.Errorf("produce: %v", err)
			}
			c.sent.Add(1)
		})
	}
	if err := client.Flush(context.WithoutCancel(ctx)); err != nil {
		c.plot.t.Errorf("produce: %v", err)
	}
}
