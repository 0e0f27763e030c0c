package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"friction/pipeline/pipetest/await"
)

// fleet is several members of one group in this process.
type fleet struct {
	t      *testing.T
	config Config

	mu     sync.Mutex
	now    map[string]Generation // by member name of the test
	failed map[string]error
	stops  map[string]context.CancelFunc
	wg     sync.WaitGroup
}

func newFleet(t *testing.T, c Config) *fleet {
	f := &fleet{t: t, config: c, now: map[string]Generation{}, failed: map[string]error{}, stops: map[string]context.CancelFunc{}}
	t.Cleanup(func() {
		for name := range f.stops {
			f.stops[name]()
		}
		f.wg.Wait()
	})
	return f
}

func (f *fleet) start(name string) {
	ctx, cancel := context.WithCancel(context.Background())
	f.stops[name] = cancel
	k := connectTo(f.t, f.config)
	f.wg.Go(func() {
		err := k.Group().Run(ctx, func(ctx context.Context, g Generation) error {
			f.mu.Lock()
			f.now[name] = g
			f.mu.Unlock()
			<-ctx.Done()
			f.mu.Lock()
			delete(f.now, name)
			f.mu.Unlock()
			return nil
		})
		f.mu.Lock()
		f.failed[name] = err
		f.mu.Unlock()
	})
}

// tasks are who has what, once the given members have all partitions in one
// generation.
func (f *fleet) tasks(n int, names ...string) map[string][]int32 {
	f.t.Helper()
	out := map[string][]int32{}
	eventually(f.t, fmt.Sprintf("%s to share %d partitions", names, n), func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		clear(out)
		var all []int32
		generation := int32(-1)
		for _, name := range names {
			g, ok := f.now[name]
			if !ok || generation >= 0 && g.ID != generation || g.Partitions != n {
				return false
			}
			generation, out[name] = g.ID, g.Tasks
			all = append(all, g.Tasks...)
		}
		slices.Sort(all)
		return len(all) == n && len(slices.Compact(all)) == n && len(f.now) == len(names)
	})
	return out
}

func inCommon(a, b []int32) (n int) {
	for _, p := range a {
		if slices.Contains(b, p) {
			n++
		}
	}
	return n
}

func tasksMoveAsLittleAsPossible(t *testing.T, broker starter) {
	c := broker(t, 6, []string{"clicks", "telemetry"})
	f := newFleet(t, settings(c, "clicks", "telemetry"))
	f.start("a")
	one := f.tasks(6, "a")
	f.start("b")
	two := f.tasks(6, "a", "b")
	if len(two["a"]) != 3 || inCommon(two["a"], one["a"]) != 3 {
		t.Fatalf("from %v to %v", one, two)
	}
	f.start("c")
	three := f.tasks(6, "a", "b", "c")
	if inCommon(three["a"], two["a"]) != 2 || inCommon(three["b"], two["b"]) != 2 || len(three["c"]) != 2 {
		t.Fatalf("from %v to %v", two, three)
	}
	f.stops["b"]()
	left := f.tasks(6, "a", "c")
	if inCommon(left["a"], three["a"]) != 2 || inCommon(left["c"], three["c"]) != 2 {
		t.Fatalf("from %v to %v", three, left)
	}
	eventually(t, "b to end", func() bool { f.mu.Lock(); defer f.mu.Unlock(); return errors.Is(f.failed["b"], context.Canceled) })
}

func moreMembersThanPartitions(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	f := newFleet(t, settings(c, "clicks"))
	f.start("a")
	f.start("b")
	if got := f.tasks(1, "a", "b"); len(got["a"])+len(got["b"]) != 1 {
		t.Fatalf("got %v", got)
	}
}

func topicsThatDoNotFit(t *testing.T, broker starter) {
	c := broker(t, 2, []string{"clicks", "telemetry"})
	cl := franz(t, c)
	createTopic(t, cl, "three", 3, nil)
	createTopic(t, cl, "compacted", 2, map[string]string{"cleanup.policy": "compact"})
	for _, f := range []struct {
		topics []string
		want   string
	}{
		{[]string{"clicks", "three"}, "same number of partitions, so that a user's events meet in one task, but clicks has 2, three has 3"},
		{[]string{"clicks", "missing", "gone"}, "there is no topic missing, gone"},
		{[]string{"clicks", "compacted"}, "input topic compacted is compacted"},
	} {
		k := connectTo(t, settings(c, f.topics...))
		err := k.Group().Run(t.Context(), func(context.Context, Generation) error { return errors.New("it ran") })
		if !errors.Is(err, ErrTopics) || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s: %v", f.topics, err)
		}
	}
	if n, err := connectTo(t, settings(c, "clicks", "telemetry")).Verify(t.Context()); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func partitionsThatChangeEndTheGroup(t *testing.T, broker starter) {
	c := broker(t, 2, []string{"clicks"})
	k := connectTo(t, settings(c, "clicks"))
	g := k.Group()
	err := g.Run(t.Context(), func(ctx context.Context, gen Generation) error {
		addPartitions(t, franz(t, c), "clicks", 4)
		var err error
		await.True(t, time.Minute, "the broker to show the new partitions", func() bool { err = g.checkPartitions(ctx); return err != nil })
		return err
	})
	if !errors.Is(err, ErrTopics) || !strings.Contains(err.Error(), "4 partitions now, 2 when") {
		t.Fatalf("got %v", err)
	}
}

func anErrorOfATaskLeavesTheGroup(t *testing.T, broker starter) {
	c := broker(t, 2, []string{"clicks"})
	f := newFleet(t, settings(c, "clicks"))
	broken := errors.New("task broken")
	err := connectTo(t, f.config).Group().Run(t.Context(), func(context.Context, Generation) error { return broken })
	if !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	if err := connectTo(t, f.config).Group().Run(t.Context(), func(context.Context, Generation) error { return nil }); err != nil {
		t.Fatalf("a function that is done: %v", err)
	}
	began := time.Now()
	f.start("b") // gets everything at once: nobody's session has to run out
	f.tasks(2, "b")
	if took := time.Since(began); took > f.config.Membership.SessionTimeout {
		t.Fatalf("it took %v", took)
	}
}

func TestCoordinatorsThatAreAwayOrMove(t *testing.T) {
	c := broker(t, 3, []string{"clicks"}, kfake.NumBrokers(3))
	c.Fault(
		kfake.Fault{Keys: []kmsg.Key{kmsg.FindCoordinator}, Err: kerr.CoordinatorNotAvailable, Count: 3},
		kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, TopLevel: true, Err: kerr.CoordinatorLoadInProgress, Count: 2},
		kfake.Fault{Keys: []kmsg.Key{kmsg.SyncGroup}, TopLevel: true, Err: kerr.NotCoordinator, Count: 1},
	)
	f := newFleet(t, settings(c, "clicks"))
	f.start("a")
	f.tasks(3, "a")
	c.RehashCoordinators()
	f.start("b")
	f.tasks(3, "a", "b")
}

func checkAndCommit(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks", "telemetry"})
	conf := settings(c, "clicks", "telemetry")
	k := connectTo(t, conf)
	var old Generation
	err := k.Group().Run(t.Context(), func(ctx context.Context, g Generation) error {
		old = g
		if err := g.Check(ctx); err != nil {
			t.Errorf("check: %v", err)
		}
		commits := []Commit{{"clicks", 0, 42, "hint 7"}, {"telemetry", 0, 3, ""}}
		if err := k.Commit(ctx, g, commits); err != nil {
			t.Errorf("commit: %v", err)
		}
		got, err := k.Committed(ctx, 0, []string{"clicks", "telemetry"})
		if err != nil || !slices.Equal(got, commits) {
			t.Errorf("committed %+v, %v", got, err)
		}
		if got, err := k.Committed(ctx, 5, []string{"clicks"}); err != nil || len(got) != 0 {
			t.Errorf("nothing was committed: %+v, %v", got, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := old.Check(t.Context()); !errors.Is(err, ErrStale) {
		t.Errorf("check of an old generation: %v", err)
	}
	if err := k.Commit(t.Context(), old, []Commit{{"clicks", 0, 43, ""}}); !errors.Is(err, ErrStale) {
		t.Errorf("commit of an old generation: %v", err)
	}
}

func anotherProgramsGroup(t *testing.T, broker starter) {
	c := broker(t, 1, []string{"clicks"})
	conf := settings(c, "clicks")
	other := franz(t, c, kgo.ConsumerGroup(conf.Group), kgo.ConsumeTopics("clicks"), kgo.Balancers(kgo.RangeBalancer()))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go other.PollFetches(ctx)
	eventually(t, "the other program to join", func() bool { _, generation := other.GroupMetadata(); return generation > 0 })
	err := connectTo(t, conf).Group().Run(t.Context(), func(context.Context, Generation) error { return errors.New("it ran") })
	if err == nil || !strings.Contains(err.Error(), "choose another kafka.group") {
		t.Fatalf("got %v", err)
	}
}
