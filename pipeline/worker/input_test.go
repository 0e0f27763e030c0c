package worker

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/event"
	"friction/pipeline/source"
)

// steps fetches ten offsets at a time and notes where it was asked to begin.
type steps struct{ from []int64 }

func (s *steps) Fetch(_ context.Context, _ string, from int64) (*source.Batch, error) {
	s.from = append(s.from, from)
	return &source.Batch{Next: from + 10, End: 1000}, nil
}

// Whoever takes a batch may give its memory back at once: where to fetch next
// must not be read from it any more.
func TestPrefetchDoesNotLookBack(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in := &input{topic: "t", batches: make(chan fetched)}
	f := &steps{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.prefetch(ctx, f, 5, make(chan struct{}, 1))
	}()
	for range 20 {
		got := <-in.batches
		*got.batch = source.Batch{}
	}
	stop()
	<-done
	want := make([]int64, len(f.from))
	for i := range want {
		want[i] = 5 + 10*int64(i)
	}
	if len(want) < 20 || !slices.Equal(f.from, want) {
		t.Errorf("fetched from %v, want %v", f.from, want)
	}
}

// Another set of topics is called that, and no damage: with what was, what is, and the way out.
func TestOtherTopicsAreNamed(t *testing.T) {
	at := func(topics ...string) (list []checkpoint.Position) {
		for _, name := range topics {
			list = append(list, checkpoint.Position{Topic: name})
		}
		return list
	}
	if err := newInputs([]string{"a", "b"}).restore(at("a", "b")); err != nil {
		t.Error(err)
	}
	err := newInputs([]string{"a"}).restore(at("a", "b"))
	if want := "kafka.topics is a now, and the group's state was made from a, b: set it back, or start over with a new run (--run NAME)"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	if newInputs([]string{"a", "c"}).restore(at("a", "b")) == nil {
		t.Error("a topic of another name is taken")
	}
}

// Batches of a topic wait while they take all the memory they may, but a topic without any is always read: it may be the
// one that holds time back.
func TestPrefetchWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		b := &budget{}
		b.limit.Store(100)
		s := &share{of: b}
		ins := []*input{{topic: "a"}, {topic: "b"}}
		var wg sync.WaitGroup
		for _, in := range ins {
			in.begin(s)
			wg.Go(func() { in.prefetch(ctx, &large{}, 0, make(chan struct{}, 1)) })
		}
		synctest.Wait()
		for _, in := range ins {
			if n := in.ready.Load(); n != 1 {
				t.Errorf("%s has %d batches ready, want one: that one takes all memory", in.topic, n)
			}
			if err := in.poll(time.Now()); err != nil || in.batch == nil {
				t.Fatal(in.batch, err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(ins[0].batches); n != 0 || b.used.Load() != 400 {
			t.Errorf("%d batches are fetched beyond the memory, %d bytes in use", n, b.used.Load())
		}
		ins[0].done()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(ins[0].batches) != 1 || len(ins[1].batches) != 0 {
			t.Errorf("%d and %d batches fetched, want one of the topic that had none left", len(ins[0].batches), len(ins[1].batches))
		}
		stop()
		wg.Wait()
	})
}

// large fetches batches of 200 bytes.
type large struct{}

func (large) Fetch(_ context.Context, _ string, from int64) (*source.Batch, error) {
	return &source.Batch{Records: make([]event.Record, 1), Next: from + 1, End: 1000, Bytes: 200}, nil
}
