package worker

import (
	"context"
	"slices"
	"testing"

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
