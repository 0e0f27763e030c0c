package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"friction/pipeline/display"
	"friction/pipeline/produce"
	"friction/pipeline/simulate"
	"friction/pipeline/traffic"
)

type simulateCommand struct {
	settings
	patience
	Seed     uint64        `default:"1" help:"Seed of everything random."`
	Start    string        `placeholder:"TIME" help:"Beginning, as RFC 3339 (default: such that the traffic ends now)."`
	For      time.Duration `default:"1h" help:"How long people may enter."`
	Rate     float64       `default:"30" help:"Sessions per minute, on average over a day."`
	Users    int           `default:"0" help:"How many different people there are; 0 is the number of sessions in ten hours."`
	Flat     bool          `help:"The same rate by day and night (default: busier by day)."`
	Incident string        `default:"none" placeholder:"JOURNEY/STEP" help:"The step that breaks, such as checkout/payment."`
	After    time.Duration `default:"15m" help:"When the first incident begins, from the start."`
	Lasts    time.Duration `default:"5m" help:"How long each incident lasts; 0 is without end."`
	Every    time.Duration `default:"15m" help:"Time from one incident to the next; 0 is only once."`
	Out      string        `short:"o" placeholder:"FILE" default:"-" help:"File for the events, one JSON object per line; - is stdout."`
	Truth    string        `placeholder:"FILE" help:"File for the truth (default: beside --out, as NAME.truth.ndjson; none if --out is stdout)."`
	Live     bool          `help:"Send to the Kafka of the configuration instead: past events at once, then live traffic until Ctrl-C (default: write to --out)."`
	Brokers  []string      `placeholder:"HOST:PORT" help:"With --live, Kafka brokers (default: kafka.brokers of the configuration)."`
	Envelope bool          `help:"Write topic, key, arrival time and value of each record instead of the event alone (default: the event)."`
}

func (simulateCommand) Help() string {
	return `Writes the traffic of a simulated web and mobile shop: events of the topics clickstream and telemetry in the order of arrival, a little
out of order, like those of real trackers. The truth about every visit (who was hurt, where and why) is written to a second file. The
same seed and start give the same bytes.

Example:
  friction simulate --seed 7 --for 30m --incident checkout/payment -o /tmp/shop.ndjson
  friction simulate --live --for 20m --brokers 127.0.0.1:9092      # the last 20 minutes, then live traffic`
}

// Run writes the traffic as lines, and the truth about every visit to a second file; with --live it sends to Kafka.
func (c simulateCommand) Run(ctx context.Context, w world) (err error) {
	options, err := c.options(time.Now())
	if err != nil {
		return err
	}
	if c.Live {
		return c.live(ctx, w, options)
	}
	out, closeOut, err := create(c.Out, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeOut()) }()
	visits := 0
	if name := c.truthFile(); name != "" {
		file, closeTruth, err := create(name, w)
		if err != nil {
			return err
		}
		truth := simulate.NewTruthFile(file)
		defer func() { err = errors.Join(err, truth.Close(), closeTruth()) }()
		options.Truth = func(v simulate.Visit) { visits++; truth.Write(v) }
	}
	shop, err := simulate.New(options)
	if err != nil {
		return usageError{err}
	}
	n, err := traffic.WriteNDJSON(until(ctx, shop.Records(time.Time{})), func(string) io.Writer { return out }, c.Envelope)
	if err == nil {
		err = context.Cause(ctx)
	}
	about := ""
	if options.Truth != nil {
		about = fmt.Sprintf("; the truth about %d visits is in %s", visits, c.truthFile())
	}
	w.note("%d events from %s on%s", n, options.Start.UTC().Format(time.RFC3339), about)
	return err
}

// live sends to Kafka until ctx ends. The shop never closes.
func (c simulateCommand) live(ctx context.Context, w world, options simulate.Options) error {
	if c.Out != "-" || c.Truth != "" || c.Envelope {
		return misused("--live sends to Kafka; --out, --truth and --envelope are for files")
	}
	cfg, err := c.load(w, [2]string{"kafka.brokers", strings.Join(c.Brokers, ",")})
	if err != nil {
		return err
	}
	options.End = time.Time{}
	shop, err := simulate.New(options)
	if err != nil {
		return usageError{err}
	}
	progress := newProgress(w, "records sent")
	defer progress.end()
	return produce.SendShop(c.in(ctx, w), cfg.Kafka, shop, progress.show)
}

func (c simulateCommand) options(now time.Time) (simulate.Options, error) {
	start := now.Add(-c.For).Truncate(time.Second)
	if c.Start != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, c.Start); err != nil {
			return simulate.Options{}, misused("--start %q is not a time such as 2026-01-31T08:00:00Z", c.Start)
		}
	}
	incident, err := simulate.ParseIncident(c.Incident)
	if err != nil {
		return simulate.Options{}, usageError{err}
	}
	if c.For <= 0 || c.After < 0 || c.Lasts < 0 || c.Every < 0 {
		return simulate.Options{}, misused("--for must be positive; --after, --lasts and --every must not be negative")
	}
	o := simulate.Options{Seed: c.Seed, Start: start, End: start.Add(c.For), Rate: c.Rate, Users: c.Users, Flat: c.Flat}
	if incident.Step != "" {
		incident.First, incident.Lasts, incident.Every = start.Add(c.After), c.Lasts, c.Every
		o.Incidents = []simulate.Incident{incident}
	}
	return o, nil
}

func (c simulateCommand) truthFile() string {
	if c.Truth != "" || c.Out == "-" {
		return c.Truth
	}
	return strings.TrimSuffix(c.Out, filepath.Ext(c.Out)) + ".truth.ndjson"
}

// create opens a file for JSON lines or a report, for writing through a buffer; "-" is stdout.
func create(name string, w world) (io.Writer, func() error, error) {
	if name == "-" {
		out := w.stdout
		if _, terminal := terminalOf(out); terminal {
			out = display.JSONLines(out)
		}
		b := bufio.NewWriterSize(out, 1<<16)
		return b, b.Flush, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, usageError{err}
	}
	b := bufio.NewWriterSize(f, 1<<16)
	return b, func() error { return errors.Join(b.Flush(), f.Close()) }, nil
}

// until ends a sequence with its context.
func until[T any](ctx context.Context, all iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		for v := range all {
			if ctx.Err() != nil || !yield(v) {
				return
			}
		}
	}
}
