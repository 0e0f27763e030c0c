package alert

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"friction/pipeline/query"
)

// LeaseConfig is the section `alert.lease`.
type LeaseConfig struct {
	// Name is what alerters that must not work at once have in common.
	Name string `yaml:"name"`
	// TTL is how long a lease lasts without being renewed.
	TTL time.Duration `yaml:"ttl"`
	// Grace is how long another alerter waits beyond that, and again before it works. A write to ClickHouse that takes
	// longer than half of it does not count; neither may the clocks of replicas differ by more than that.
	Grace time.Duration `yaml:"grace"`
}

// DefaultLeaseConfig takes over within half a minute.
func DefaultLeaseConfig() LeaseConfig {
	return LeaseConfig{Name: "alert", TTL: 15 * time.Second, Grace: 4 * time.Second}
}

func (c LeaseConfig) validate() error {
	switch {
	case c.Name == "":
		return fmt.Errorf("alert.lease.name: missing")
	case c.Grace < 100*time.Millisecond:
		return fmt.Errorf("alert.lease.grace: %v is shorter than 100ms", c.Grace)
	case c.TTL < 2*c.Grace:
		return fmt.Errorf("alert.lease.ttl: %v is shorter than twice the grace of %v", c.TTL, c.Grace)
	}
	return nil
}

// Claims is where leases are written down: an append-only list with a clock of its own. What was acknowledged is read
// from then on.
type Claims interface {
	ClaimLease(ctx context.Context, lease string, term uint64, holder string, ttl time.Duration) error
	LeaseClaims(ctx context.Context, lease string) ([]query.LeaseClaim, time.Time, error)
}

// Lease is one alerter's view of who works. ClickHouse cannot compare and set, so who works is decided by time, after
// Fischer's algorithm for mutual exclusion:
//
//   - A claim of term n+1 may be written when the lease of term n has been over for Grace, by ClickHouse's clock.
//   - A write counts for its writer only if it was acknowledged within Grace/2 of being sent.
//   - Who has claimed waits for Grace and reads all claims of the term: the first one, by (clock, name), has it.
//   - The holder works until TTL after it *sent* its last claim or renewal that counts, by its own steady clock.
//
// Two claimants both read after both could have been seen, so one of them yields. A renewal that counts was sent before
// the lease ended, so it is visible Grace/2 later, before anybody may claim. A holder that was stopped finds its time over
// when it goes on; what it had begun to send at that moment cannot be called back, and is why every notice carries a key.
type Lease struct {
	cfg    LeaseConfig
	holder string
	claims Claims
	now    func() time.Time // steady

	term  uint64
	mu    sync.Mutex
	until time.Time // steady; held until then
}

// NewLease holds nothing yet. No other alerter may have the same holder's name.
func NewLease(c LeaseConfig, holder string, claims Claims) *Lease {
	return &Lease{cfg: c, holder: holder, claims: claims, now: time.Now}
}

// Held says whether this alerter may work now.
func (l *Lease) Held() bool { return l.now().Before(l.end()) }

// Remaining is how long it may, unless it renews.
func (l *Lease) Remaining() time.Duration { return max(0, l.end().Sub(l.now())) }

func (l *Lease) end() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

func (l *Lease) hold(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = until
}

// Renew renews the lease when a third of it has passed, or tries to get it when it is free. It says whether it is held.
// While a claim settles it waits. An error says that ClickHouse did not do its part; the lease is held as before.
func (l *Lease) Renew(ctx context.Context) (held bool, err error) {
	if l.Held() {
		if l.Remaining() > l.cfg.TTL*2/3 {
			return true, nil
		}
		sent := l.now()
		if !sent.Before(l.end()) {
			return false, nil // stopped in between
		}
		until, err := l.write(ctx, l.term, sent)
		l.hold(until)
		return l.Held(), err
	}
	claims, now, err := l.claims.LeaseClaims(ctx, l.cfg.Name)
	if err != nil {
		return false, err
	}
	term := uint64(1)
	if len(claims) > 0 {
		term = claims[0].Term + 1
		last := slices.MaxFunc(claims, func(a, b query.LeaseClaim) int { return a.Until.Compare(b.Until) })
		if !released(claims) && now.Before(last.Until.Add(l.cfg.Grace)) {
			return false, nil
		}
	}
	return l.claim(ctx, term)
}

// released says whether the holder of a term has given it up: by a claim that lasts no time.
func released(claims []query.LeaseClaim) bool {
	return slices.ContainsFunc(claims, func(c query.LeaseClaim) bool { return c.Holder == claims[0].Holder && !c.Until.After(c.At) })
}

// Release gives the lease up, so that another alerter need not wait for its end. Nothing may be done under it any more.
func (l *Lease) Release(ctx context.Context) error {
	if !l.Held() {
		return nil
	}
	l.hold(time.Time{})
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Grace/2)
	defer cancel()
	return l.claims.ClaimLease(ctx, l.cfg.Name, l.term, l.holder, 0)
}

// claim tries to get a term.
func (l *Lease) claim(ctx context.Context, term uint64) (bool, error) {
	until, err := l.write(ctx, term, l.now())
	if err != nil || until.Equal(l.end()) {
		return false, err
	}
	if err := sleep(ctx, l.cfg.Grace); err != nil {
		return false, err
	}
	claims, _, err := l.claims.LeaseClaims(ctx, l.cfg.Name)
	if err != nil {
		return false, err
	}
	if len(claims) == 0 || claims[0].Term != term || claims[0].Holder != l.holder {
		return false, nil
	}
	l.term = term
	l.hold(until)
	return l.Held(), nil
}

// write claims or renews, and returns until when the lease is held then. Only what is acknowledged in time moves that.
func (l *Lease) write(ctx context.Context, term uint64, sent time.Time) (time.Time, error) {
	limited, cancel := context.WithTimeout(ctx, l.cfg.Grace/2)
	defer cancel()
	if err := l.claims.ClaimLease(limited, l.cfg.Name, term, l.holder, l.cfg.TTL); err != nil {
		return l.end(), err
	}
	if l.now().Sub(sent) > l.cfg.Grace/2 {
		return l.end(), nil
	}
	return sent.Add(l.cfg.TTL), nil
}

// sleep waits, or ends with ctx.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
