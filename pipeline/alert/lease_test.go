package alert

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"friction/pipeline/query"
)

// list is a place for claims that is slow, loses answers, and writes late what was given up.
type list struct {
	mu     sync.Mutex
	late   sync.WaitGroup // writes that are under way
	rng    *rand.Rand
	claims []query.LeaseClaim
	skew   time.Duration // of its clock
	bad    float64       // share of calls that go wrong
}

func (l *list) wait(longest time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rng.Float64() < l.bad {
		return time.Duration(l.rng.Float64() * float64(longest))
	}
	return time.Duration(l.rng.Float64() * float64(50*time.Millisecond))
}

func (l *list) ClaimLease(ctx context.Context, _ string, term uint64, holder string, ttl time.Duration) error {
	before, between, after := l.wait(8*time.Second), l.wait(3*time.Second), l.wait(3*time.Second)
	done := make(chan struct{})
	l.late.Go(func() { // goes on though nobody waits
		defer close(done)
		time.Sleep(before)
		at := time.Now().Add(l.skew) // the clock is read some time before the row can be seen
		time.Sleep(between)
		l.mu.Lock()
		l.claims = append(l.claims, query.LeaseClaim{Term: term, Holder: holder, At: at, Until: at.Add(ttl)})
		l.mu.Unlock()
		time.Sleep(after)
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errors.New("no answer")
	}
}

func (l *list) LeaseClaims(ctx context.Context, _ string) (latest []query.LeaseClaim, now time.Time, err error) {
	time.Sleep(l.wait(3 * time.Second))
	l.mu.Lock()
	defer l.mu.Unlock()
	now = time.Now().Add(l.skew)
	term := uint64(0)
	for _, c := range l.claims {
		term = max(term, c.Term)
	}
	for _, c := range l.claims {
		if c.Term == term {
			latest = append(latest, c)
		}
	}
	slices.SortFunc(latest, func(a, b query.LeaseClaim) int { return a.At.Compare(b.At) })
	return latest, now, ctx.Err()
}

// Alerters that are stopped for long at any moment, and die, over a list that is slow at any moment: never do two hold
// the lease at once, and it is held most of the time.
func TestNeverTwoHoldTheLease(t *testing.T) {
	seeds := uint64(40)
	if testing.Short() {
		seeds = 5
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) { contend(t, seed) })
	}
}

func contend(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	store := &list{rng: rand.New(rand.NewPCG(seed, 2)), skew: time.Duration(rng.IntN(7200)-3600) * time.Second, bad: .2}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	var mu sync.Mutex
	until := map[string]time.Time{} // what each believes
	var wg sync.WaitGroup
	for i := range 4 {
		name := string(rune('a' + i))
		mine := rand.New(rand.NewPCG(seed, 100+uint64(i)))
		wg.Go(func() {
			for ctx.Err() == nil {
				l := NewLease(DefaultLeaseConfig(), name, store)
				l.now = func() time.Time { // it may be stopped whenever it looks at the clock, before and after
					pause := func() {
						if mine.Float64() < .03 {
							time.Sleep(time.Duration(mine.Float64() * float64(25*time.Second)))
						}
					}
					pause()
					now := time.Now()
					pause()
					return now
				}
				for life := time.Now().Add(time.Duration(mine.Float64() * float64(20*time.Minute))); time.Now().Before(life) && ctx.Err() == nil; {
					if _, err := l.Renew(ctx); err != nil && ctx.Err() != nil {
						break
					}
					mu.Lock()
					until[name] = l.end()
					mu.Unlock()
					time.Sleep(time.Second)
				}
				mu.Lock()
				delete(until, name) // it died and is started again
				mu.Unlock()
				if mine.Float64() < .5 { // or stopped
					_ = l.Release(ctx)
				}
			}
		})
	}
	held, looks := 0, 0
	for ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
		mu.Lock()
		now, n := time.Now(), 0
		for _, u := range until {
			if now.Before(u) {
				n++
			}
		}
		mu.Unlock()
		looks++
		held += min(n, 1)
		if n > 1 {
			t.Errorf("seed %d: %d hold the lease at once", seed, n)
			cancel()
		}
	}
	wg.Wait()
	store.late.Wait()
	if held*5 < looks {
		t.Errorf("seed %d: the lease was held only %d of %d times", seed, held, looks)
	}
}
