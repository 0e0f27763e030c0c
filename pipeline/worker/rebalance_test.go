//go:build unix

package worker

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// However tasks move between workers, the tables are those of the oracle, which
// knows of no workers at all; a task moves only when it must.
func TestRebalancing(t *testing.T) {
	g := newCluster(t, 1)
	w := shopTraffic(t, 3, 6, 45*time.Minute, 6).end()
	for _, row := range []struct {
		name string
		run  func(*fixture)
	}{
		{"from one worker to three to two", fromOneToThreeToTwo},
		{"rolling restart of three", rollingRestart},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := g.fixture(t, w)
			stop := r.watchStalls()
			row.run(r)
			for p, d := range stop() {
				t.Logf("partition %d: at most %v without new records in ClickHouse", p, d.Round(10*time.Millisecond))
			}
		})
	}
}

func fromOneToThreeToTwo(r *fixture) {
	r.start("a")
	r.sendWithin(15 * time.Second)
	r.consumedAtLeast(len(r.w.records) / 20)
	one := r.share("a")
	r.start("b")
	r.start("c")
	three := r.share("a", "b", "c")
	r.keeps("a", one["a"], three["a"], 2)
	if p := r.workers["c"]; !p.Stop(time.Minute) || p.Err() != nil {
		r.t.Errorf("c did not stop cleanly: %v", p.Err())
	}
	two := r.share("a", "b")
	r.keeps("a", three["a"], two["a"], 2)
	r.keeps("b", three["b"], two["b"], 2)
	r.finish()
}

func rollingRestart(r *fixture) {
	for _, name := range []string{"a0", "b0", "c0"} {
		r.start(name)
	}
	r.sendWithin(15 * time.Second)
	now := []string{"a0", "b0", "c0"}
	r.share(now...)
	for i, next := range []string{"a1", "b1", "c1"} {
		if p := r.workers[now[i]]; !p.Stop(time.Minute) || p.Err() != nil {
			r.t.Errorf("%s did not stop cleanly: %v", now[i], p.Err())
		}
		r.start(next)
		now[i] = next
		r.share(now...)
	}
	r.finish()
}

// share waits until workers have all partitions among them, nobody more than one
// above anybody else, and says who has which.
func (r *fixture) share(names ...string) map[string][]int {
	r.t.Helper()
	out := map[string][]int{}
	until(r.t, fmt.Sprint(names, " to share the partitions"), func() bool {
		var all []int
		for _, name := range names {
			out[name] = r.holds(name)
			if n := len(out[name]); n < r.w.partitions/len(names) || n > (r.w.partitions+len(names)-1)/len(names) {
				return false
			}
			all = append(all, out[name]...)
		}
		slices.Sort(all)
		return len(slices.Compact(all)) == r.w.partitions
	})
	return out
}

var partitionLabel = regexp.MustCompile(`^friction_epoch\{partition="(\d+)"\}`)

// holds is which partitions a worker works on; none while it does not answer.
func (r *fixture) holds(name string) (all []int) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.httpAddrs[name]+"/metrics", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		if m := partitionLabel.FindStringSubmatch(line); m != nil {
			p, _ := strconv.Atoi(m[1])
			all = append(all, p)
		}
	}
	return all
}

// keeps checks that a worker still has so many of what it had.
func (r *fixture) keeps(name string, before, after []int, want int) {
	r.t.Helper()
	kept := 0
	for _, p := range after {
		if slices.Contains(before, p) {
			kept++
		}
	}
	if kept < want {
		r.t.Errorf("%s had %v and has %v: it kept %d of them, want %d", name, before, after, kept, want)
	}
}

// watchStalls measures, until it is stopped, how long each partition brought
// nothing new to ClickHouse while there was something to bring.
func (r *fixture) watchStalls() (stop func() []time.Duration) {
	ctx, cancel := context.WithCancel(r.t.Context())
	worst, done := make([]time.Duration, r.w.partitions), make(chan struct{})
	go func() {
		defer close(done)
		last, since := make([]string, r.w.partitions), make([]time.Time, r.w.partitions)
		for ctx.Err() == nil {
			lines, err := r.ask(r.db, "SELECT task, consumed"+inRun)
			now := time.Now()
			for _, line := range lines {
				task, consumed, _ := strings.Cut(line, "\t")
				p, _ := strconv.Atoi(task)
				if err == nil && consumed != last[p] {
					if !since[p].IsZero() {
						worst[p] = max(worst[p], now.Sub(since[p]))
					}
					last[p], since[p] = consumed, now
				}
			}
			r.sleep(50 * time.Millisecond)
		}
	}()
	return func() []time.Duration { cancel(); <-done; return worst }
}

// Leaders of all topics and the group's coordinator move, while records flow, as
// brokers are killed, frozen and stopped one after the other.
func TestLeadersAndCoordinatorsMove(t *testing.T) {
	g := newCluster(t, 3)
	r := g.fixture(t, shopTraffic(t, 4, 6, 45*time.Minute, 6).end())
	r.start("a")
	r.start("b")
	r.sendWithin(20 * time.Second)
	r.consumedAtLeast(len(r.w.records) / 20)
	for i, hurt := range []func(i int){
		func(i int) { r.disturb(g.brokers.Node(i).Kill); r.sleep(2 * time.Second); g.brokers.Start(i) },
		func(i int) { r.disturb(g.brokers.Node(i).Freeze); r.sleep(8 * time.Second); g.brokers.Node(i).Thaw() },
		func(i int) { r.disturb(func() { g.brokers.Node(i).Stop(time.Minute) }); g.brokers.Start(i) },
	} {
		before := r.consumed()
		hurt(i)
		g.brokers.AwaitReady(t)
		until(t, "records to be consumed again", func() bool { return r.consumed() > before || !r.unsent() })
	}
	r.finish()
}
