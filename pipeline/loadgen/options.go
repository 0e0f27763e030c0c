package loadgen

import (
	"cmp"
	"fmt"
	"time"
)

// Options describe a load. Every field has a default.
type Options struct {
	Seed  uint64
	Start time.Time // default 2026-01-01 UTC; whole ms
	// Events is how many there are, over both topics. Default 1,000,000.
	Events int
	// Users is how many there may be. Default 100,000.
	Users int
	// Skew is the exponent, above 1, of the Zipf law by which users come.
	// Default 1.1; negative: all users alike.
	Skew float64
	// Span is the time over which stays begin. Default 6 h; at most 20 h, so
	// that no session comes near a day.
	Span time.Duration
	// PerStay is the mean of events in one stay of a user, at least 10.
	// Default 20.
	PerStay int
	// Gap is the longest silence inside a session, for [Counts]; whole ms.
	// Default 30 min.
	Gap time.Duration
	// Disorder is the share of events that arrive after younger ones of their
	// topic, delayed by up to MaxDelay. Default 0.05; negative: 0.
	Disorder float64
	MaxDelay time.Duration // default 5 s
	// Rage is the share of stays with a burst of clicks. Default 0.05;
	// negative: 0.
	Rage float64
	// Bytes is the length that shorter events are filled up to. Default 300.
	Bytes int
}

// fill sets the defaults of fields that are zero and checks the result.
func (o *Options) fill() error {
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	o.Events = cmp.Or(o.Events, 1_000_000)
	o.Users = cmp.Or(o.Users, 100_000)
	o.Skew = cmp.Or(o.Skew, 1.1)
	o.Span = cmp.Or(o.Span, 6*time.Hour)
	o.PerStay = cmp.Or(o.PerStay, 20)
	o.Gap = cmp.Or(o.Gap, 30*time.Minute)
	o.MaxDelay = cmp.Or(o.MaxDelay, 5*time.Second)
	o.Bytes = cmp.Or(o.Bytes, 300)
	o.Disorder, o.Rage = shareOr(o.Disorder, .05), shareOr(o.Rage, .05)
	switch {
	case o.Events < 0 || o.Users < 0 || o.Bytes < 0:
		return fmt.Errorf("make a load: events %d, users %d and bytes %d must not be negative", o.Events, o.Users, o.Bytes)
	case o.Skew >= 0 && o.Skew <= 1:
		return fmt.Errorf("make a load: skew %v must be above 1, or negative for none", o.Skew)
	case o.Span < 0 || o.Span > 20*time.Hour:
		return fmt.Errorf("make a load: span %v is not within 0 and 20h", o.Span)
	case o.PerStay < 10:
		return fmt.Errorf("make a load: %d events per stay are fewer than 10", o.PerStay)
	case o.Gap < time.Minute || o.MaxDelay < time.Second:
		return fmt.Errorf("make a load: gap %v must be a minute or more, max delay %v a second or more", o.Gap, o.MaxDelay)
	case o.Disorder >= 1 || o.Rage > 1:
		return fmt.Errorf("make a load: disorder %v and rage %v are shares", o.Disorder, o.Rage)
	}
	return nil
}

// shareOr is the share, or the default for zero; negative is none.
func shareOr(share, byDefault float64) float64 {
	if share == 0 {
		return byDefault
	}
	return max(share, 0)
}
