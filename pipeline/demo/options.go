package demo

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"
)

// Options say what to show. Out, Err and Dir are required.
type Options struct {
	Dir string // where everything is kept, and found again by the next start; made if missing
	// For ends the demo by itself, counted from when live traffic begins; 0 is until ctx ends.
	For  time.Duration
	JSON bool // the summary as one JSON object on Out, all else on Err

	Kafka          string // host:port of a broker to use; empty starts one
	ClickHouse     string // DSN of a server to use; empty starts one
	ClickHouseAddr string // where a started one listens; empty is the usual port, or a free one where that is taken

	Incident   string // journey/step that breaks, or none; empty is checkout/payment
	Seed       uint64 // of the shop
	Partitions int    // of both topics when they are made; 0 is 4

	Out, Err io.Writer
	Terminal bool                     // what the table is written to is a terminal: it is drawn in place
	Colour   bool                     // and may have colours
	Size     func() (cols, lines int) // of the terminal; 0 where not known; may be nil
	Version  string

	history time.Duration // how far back it begins, for tests; 0 is a day
}

// How much traffic the shop has, and when its incident is.
const (
	group       = "friction-demo"
	app         = "shop"
	historyRate = 20  // sessions a minute, averaged over the day of history
	liveRate    = 240 // sessions a minute of live traffic, day and night
	liveUsers   = liveRate * 600
	historySpan = 24 * time.Hour
	// warmSpan is how long the live shop has been open when it is first shown: long enough for all its journeys to be used.
	warmSpan = 15 * time.Minute
	// heldBack is how much of the past is not simulated before live traffic begins, so that an incident may begin in it.
	heldBack = time.Minute

	// incidentAfter is how long after the start of the demo the incident begins: about a minute into live traffic, sooner
	// where loading the history took long, so that people see it within two minutes.
	incidentAfter = 65 * time.Second
	calmAtLeast   = 20 * time.Second // of live traffic before the incident …
	calmAtMost    = time.Minute      // … and at most
	incidentLasts = 5 * time.Minute
	incidentEvery = 15 * time.Minute
	// incidentSeen is how long an incident must have been under way before the end of a demo that ends by itself.
	incidentSeen = 90 * time.Second
)

// fill checks the options and puts defaults in place.
func (o *Options) fill() error {
	if o.Dir == "" || o.Out == nil || o.Err == nil {
		return errors.New("demo: directory and outputs are missing")
	}
	if o.For < 0 {
		return fmt.Errorf("demo: %v is no length of time to run for", o.For)
	}
	if o.Partitions == 0 {
		o.Partitions = 4
	}
	if o.Partitions < 1 || o.Partitions > 64 {
		return fmt.Errorf("demo: %d partitions are not between 1 and 64", o.Partitions)
	}
	if o.Incident == "" {
		o.Incident = "checkout/payment"
	}
	if o.history == 0 {
		o.history = historySpan
	}
	if o.Size == nil {
		o.Size = func() (int, int) { return 0, 0 }
	}
	var err error
	o.Dir, err = filepath.Abs(o.Dir)
	if err != nil {
		return fmt.Errorf("demo: find directory: %w", err)
	}
	return nil
}

// screen is where the table goes.
func (o *Options) screen() io.Writer {
	if o.JSON {
		return o.Err
	}
	return o.Out
}
