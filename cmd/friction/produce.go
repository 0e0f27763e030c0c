package main

import (
	"context"
	"strings"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/files"
	"friction/pipeline/produce"
)

type produceCommand struct {
	reading
	patience
	Brokers  []string `placeholder:"HOST:PORT" help:"Kafka brokers (default: kafka.brokers of the configuration)."`
	Topic    string   `default:"clickstream" help:"Topic to write to; it must exist."`
	Rate     float64  `default:"0" help:"Records per second; 0 is as fast as possible."`
	ShiftTo  string   `placeholder:"TIME" help:"Shift all times so that the newest event happens at this time: now, or RFC 3339 (default: unchanged)."`
	MaxBytes int      `default:"67108864" help:"Longest line that is sent; longer ones are left out and counted."`
	Files    []string `arg:"" name:"FILE" help:"Files to read, gzip or not; - is standard input."`
}

func (produceCommand) Help() string {
	return `Loads files into Kafka, keyed by user, with the time of sending as record time. input.format of the configuration is the format of
the topic; --format and --map describe the files. If they differ, lines become native events. A line that cannot be decoded is sent
unchanged, with a key of its own, so that the worker rejects it and says why.

Example:
  friction simulate --for 20m -o /tmp/shop.ndjson && friction produce --topic clickstream --shift-to now /tmp/shop.ndjson`
}

// Run loads the configuration twice: as the topic has its records, and as the files have their lines. Where the
// formats differ, lines are converted to native events.
func (c produceCommand) Run(ctx context.Context, w world) error {
	brokers := [2]string{"kafka.brokers", strings.Join(c.Brokers, ",")}
	topic, err := c.load(w, brokers)
	if err != nil {
		return err
	}
	cfg, err := c.load(w, brokers, [2]string{"input.format", c.Format}, [2]string{"input.map", c.Map})
	if err != nil {
		return err
	}
	same := topic.Input.Format == cfg.Input.Format
	if !same && topic.Input.Format != decode.Native {
		return misused("the files hold %s and the topic %s (input.format): lines can only be made native events", cfg.Input.Format, topic.Input.Format)
	}
	shift, err := c.shift(time.Now())
	if err != nil {
		return err
	}
	cfg.Input.Pseudonymise.KeyID = "" // the worker's business: keys must be what events say
	progress, tally := newProgress(w, "records sent"), files.NewTally()
	tally.Command = "produce --topic " + c.Topic
	made, err := produce.ToKafka(c.in(ctx, w), cfg.Kafka, produce.Options{
		Decode: cfg.Input, Topic: c.Topic, Convert: !same, Rate: c.Rate, ShiftTo: shift, Progress: progress.show,
		Open: files.Set{Decode: cfg.Input, Paths: c.Files, Stdin: w.stdin, MaxBytes: c.MaxBytes, Tally: tally}.Open, Tally: tally,
	})
	progress.end()
	if err != nil {
		return err
	}
	w.note("%d records, %d bytes to topic %s in %v", made.Records, made.Bytes, c.Topic, made.Took.Round(time.Millisecond))
	if made.Undecoded > 0 {
		w.note("%d of them could not be decoded; the worker will say why", made.Undecoded)
	}
	if made.TooLarge > 0 {
		w.note("%d lines were longer than --max-bytes and left out", made.TooLarge)
	}
	return tally.Err(cfg.Input.Format)
}

func (c produceCommand) shift(now time.Time) (time.Time, error) {
	switch c.ShiftTo {
	case "":
		return time.Time{}, nil
	case "now":
		return now, files.Twice(c.Files)
	}
	t, err := time.Parse(time.RFC3339, c.ShiftTo)
	if err != nil {
		return t, misused("--shift-to %q is neither now nor a time such as 2026-01-31T08:00:00Z", c.ShiftTo)
	}
	return t, files.Twice(c.Files)
}
