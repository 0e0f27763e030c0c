package simulate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Options describe a shop. The zero value of each field but Start is usable.
type Options struct {
	// Seed decides everything that is left to chance. Two shops with one seed
	// have the same users; their traffic is the same if Start is, too.
	Seed uint64
	// Start is when the empty shop opens. Required.
	Start time.Time
	// End is from when on it lets nobody in; those inside finish. Zero: never.
	End time.Time
	// Rate is sessions a minute, averaged over a day. Default 30.
	Rate float64
	// Users is how many people know the shop. Default: as many as there are
	// sessions in ten hours.
	Users int
	// Flat switches the rhythm of day and night off.
	Flat bool
	// Weekend is how many come on Saturdays and Sundays (UTC), as a share of
	// those of other days. Default 1.
	Weekend float64
	// Peaks are times at which more people come, for good reasons.
	Peaks []Peak
	// App is the events' app. Default "shop".
	App string
	// Disorder is the share of events that arrive after a younger event of the
	// same user and topic, up to some seconds late. Default 0.05; negative: 0.
	Disorder float64
	// Duplicates is the share of a tracker's batches that is sent again, with
	// the same ids. Default 0.002; negative: 0.
	Duplicates float64
	// Trouble is how often things go wrong and people show habits, against an
	// ordinary day. Default 1; a test that needs much of everything has more.
	Trouble float64
	// Incidents are in force from the start; see [Shop.Schedule] for later.
	Incidents []Incident
	// Truth is called with every visit when it is over, which may be some
	// seconds before its last events arrive; set End and read to the end to have
	// all visits and all of their events. Optional.
	Truth func(Visit)
}

// fill checks the options and sets the defaults of those that are zero.
func (o *Options) fill() error {
	if o.Start.IsZero() {
		return errors.New("simulate a shop: set the start time")
	}
	if o.Rate < 0 || o.Rate > 1e6 || math.IsNaN(o.Rate) {
		return fmt.Errorf("simulate a shop: rate %v is not within 0 and 1,000,000 sessions a minute", o.Rate)
	}
	if o.Users < 0 || o.Users > 1e8 {
		return fmt.Errorf("simulate a shop: users %d is not within 0 and 100,000,000", o.Users)
	}
	if o.Disorder >= 1 || o.Duplicates >= 1 {
		return errors.New("simulate a shop: disorder and duplicates are shares below 1")
	}
	if o.Trouble < 0 || o.Trouble > 50 || math.IsNaN(o.Trouble) {
		return fmt.Errorf("simulate a shop: trouble %v is not within 0 and 50 times an ordinary day's", o.Trouble)
	}
	if o.Trouble == 0 {
		o.Trouble = 1
	}
	if o.Rate == 0 {
		o.Rate = 30
	}
	if o.Users == 0 {
		o.Users = max(1000, int(o.Rate*600))
	}
	if o.App == "" {
		o.App = "shop"
	}
	if o.Weekend == 0 {
		o.Weekend = 1
	}
	o.Disorder = orDefault(o.Disorder, .05)
	o.Duplicates = orDefault(o.Duplicates, .002)
	return nil
}

// orDefault is the share, or the default for zero; negative is none.
func orDefault(share, byDefault float64) float64 {
	if share == 0 {
		return byDefault
	}
	return max(share, 0)
}
