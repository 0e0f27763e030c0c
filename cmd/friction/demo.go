package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"friction/pipeline/demo"
	"friction/pipeline/simulate"
)

type demoCommand struct {
	For            time.Duration `placeholder:"60s" help:"Stop this long after the beginning of live traffic, with a summary (default: run until Ctrl-C)."`
	JSON           bool          `name:"json" help:"Print the summary as one JSON object, as the only line on stdout; everything else goes to stderr (default: a summary for people)."`
	Incident       string        `default:"checkout/payment" placeholder:"JOURNEY/STEP" help:"The step that breaks; none for no incident."`
	Seed           uint64        `default:"1" help:"Seed of everything random."`
	Dir            string        `placeholder:"DIR" help:"Directory for all data; the next start continues from it (default: friction/demo in the user's cache directory)."`
	Kafka          string        `placeholder:"HOST:PORT" help:"Use this Kafka (default: one in this process)."`
	ClickHouse     string        `name:"clickhouse" placeholder:"DSN" help:"Use this ClickHouse (default: the embedded one, in its own process)."`
	ClickHouseAddr string        `name:"clickhouse-addr" placeholder:"HOST:PORT" help:"Address of the embedded ClickHouse (default: 127.0.0.1:8123, or a free port if that is in use)."`
	Partitions     int           `default:"4" help:"Partitions of the two topics when they are created."`
}

func (demoCommand) Help() string {
	return `Runs everything on this machine: Kafka, ClickHouse, a worker, and a simulated shop with the journeys sign-up and checkout. It loads a
day of history and then sends live traffic. After a minute the payment step breaks; five minutes later it is repaired; every quarter of
an hour it breaks again. The table shows what the engine finds. --for counts from the beginning of live traffic; the incident then
begins 90 s before the end at the latest, so that it can be seen.

Example:
  friction demo --for 60s --json --incident sign-up/verify --seed 2`
}

// Run checks the flags and starts the demo. With --json the screen is on stderr, so that stdout has the summary alone.
func (c demoCommand) Run(ctx context.Context, w world) error {
	if c.For < 0 {
		return misused("--for must not be negative")
	}
	if c.Partitions < 1 || c.Partitions > 64 {
		return misused("--partitions must be between 1 and 64")
	}
	if _, err := simulate.ParseIncident(c.Incident); err != nil {
		return usageError{err}
	}
	if c.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return misused("there is no cache directory for the demo (%w); name one with --dir", err)
		}
		c.Dir = filepath.Join(cache, "friction", "demo")
	}
	screen := w.stdout
	if c.JSON {
		screen = w.stderr
	}
	file, terminal := terminalOf(screen)
	_, err := demo.Run(ctx, demo.Options{
		Dir: c.Dir, For: c.For, JSON: c.JSON, Kafka: c.Kafka, ClickHouse: c.ClickHouse, ClickHouseAddr: c.ClickHouseAddr,
		Incident: c.Incident, Seed: c.Seed, Partitions: c.Partitions, Out: w.stdout, Err: w.stderr, Version: release(),
		Terminal: terminal, Colour: !noColour(w.environ), Size: func() (int, int) { return sizeOf(file) },
	})
	return err
}

// noColour follows the custom that NO_COLOR, with any value, means what it says.
func noColour(environ []string) bool {
	return slices.ContainsFunc(environ, func(entry string) bool {
		value, found := strings.CutPrefix(entry, "NO_COLOR=")
		return found && value != "" || entry == "TERM=dumb"
	})
}
