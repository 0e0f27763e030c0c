package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/display"
	"friction/pipeline/event"
	"friction/pipeline/files"
	"friction/pipeline/replay"
	"friction/pipeline/rules"
)

type replayCommand struct {
	reading
	patience
	comparing
	AsLive bool     `help:"Read the records in the order of the files and their lines, as a worker would, so that some may be late (default: in order of event time)."`
	Out    string   `short:"o" default:"-" placeholder:"FILE" help:"File for the rows or the comparison; - is stdout."`
	Files  []string `arg:"" optional:"" name:"FILE" help:"Files to read, plain or compressed (gzip, zstd, bzip2), or patterns such as 'logs/*.gz'; - is standard input."`
}

func (replayCommand) Help() string {
	return `Runs the same engine over files, without any server, and writes the rows that it would write to ClickHouse: one JSON object per
line, with "table" and the columns of the view, each key once in its last version. At the end of the files all sessions are closed. A
summary goes to stderr. With --kafka it reads the input topics instead; it joins no group, commits nothing and writes nothing there.

The records of all files are put in order of event time first, so nothing in them is late, and the order of the files does not matter.
What does not fit into 256 MiB of memory goes to temporary files in $TMPDIR. If fewer than half of a file's records can be read, the
exit code is 1, and a message says what the file looks like.

With --compare it shows what another configuration would change, instead of writing rows: the visits, scores and signals of every
step, before and after, and examples of signals gained and lost. Both run over the same records, which are read
once. The environment and the other flags apply to both configurations.

Example:
  friction simulate --for 20m -o /tmp/shop.ndjson && friction replay /tmp/shop.ndjson > /tmp/rows.ndjson
  echo 'signals: {rage_click: {clicks: 5}}' > /tmp/other.yaml && friction replay --compare /tmp/other.yaml /tmp/shop.ndjson
  friction replay -c friction.yaml --kafka --from 2026-03-01T00:00:00Z | grep '"table":"step_scores"'
  friction replay -c friction.yaml --compare other.yaml --kafka --from 2026-03-01T00:00:00Z`
}

// Run writes the rows of the past, or with --compare what another configuration would change.
func (c replayCommand) Run(ctx context.Context, w world) (err error) {
	ctx = c.in(ctx, w)
	cfg, err := c.read(w, c.more()...)
	if err != nil {
		return err
	}
	if err := c.check(c.Files, c.AsLive); err != nil {
		return err
	}
	inForce, err := rules.New(cfg.Engine(), cfg.Input)
	if err != nil {
		return err
	}
	if c.Compare != "" {
		return c.compare(ctx, w, cfg, inForce)
	}
	tally := files.NewTally()
	past, err := c.past(ctx, w, cfg, tally)
	if err != nil {
		return err
	}
	defer past.Close()
	out, closeOut, err := create(c.Out, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeOut()) }()
	progress := newProgress(w, "records processed")
	s, err := replay.Run(ctx, replay.Options{Rules: inForce, Rows: out, Progress: progress.show, Past: past, Tally: tally})
	progress.end()
	if err != nil {
		return err
	}
	summarise(w.beside(), s)
	return tally.Err(cfg.Input.Format)
}

// summarise says what a replay made.
func summarise(out *display.Terminal, s *replay.Summary) {
	c := s.Counters
	out.Line("%d records in %v: %d in %d sessions, %d visits", c.Consumed, s.Took.Round(time.Millisecond), c.InSessions, c.SessionsOpened, c.Visits)
	if c.Overdue > 0 {
		out.Line("%d came long after they happened: they are in overdue sessions", c.Overdue)
	}
	var set []string
	for r := event.Reason(1); r < event.NumReasons; r++ {
		if n := c.ByReason[r]; n > 0 {
			set = append(set, fmt.Sprintf("%s %d", r, n))
		}
	}
	for _, x := range []struct {
		name string
		n    uint64
	}{{"duplicates", c.Duplicates}, {"filtered", c.Filtered}, {"capped", c.Capped}, {"unattended", c.Unattended}} {
		if x.n > 0 {
			set = append(set, fmt.Sprintf("%s %d", x.name, x.n))
		}
	}
	if len(set) > 0 {
		out.Line("set aside: %s", strings.Join(set, ", "))
	}
	tellDecoded(out, s)
	for _, warning := range s.Warnings {
		out.Line("warning: %s", warning)
	}
	var found []string
	for _, kind := range slices.Sorted(maps.Keys(s.Signals)) {
		found = append(found, fmt.Sprintf("%s %d", kind, s.Signals[kind]))
	}
	if len(found) > 0 {
		out.Line("signals: %s", strings.Join(found, ", "))
	}
}

// tellDecoded says what was left out of events or corrected in them.
func tellDecoded(out *display.Terminal, s *replay.Summary) {
	var left []string
	s.Dropped.Since(&decode.Dropped{}, func(field string, n uint64) { left = append(left, fmt.Sprintf("%s %d", field, n)) })
	if len(left) > 0 {
		out.Line("values left out of their events, because they are not what the field should be: %s", strings.Join(left, ", "))
	}
	if n := s.Decoded.Mended; n > 0 {
		out.Line("bytes that are not UTF-8 were replaced in %d records", n)
	}
	if n := s.Decoded.AssumedUTC; n > 0 {
		out.Line("%d times have no offset and were taken as UTC; if they are local, name their zone in input.map, as in time=ts:Europe/Berlin", n)
	}
	if n := s.Decoded.Repeated; n > 0 {
		out.Line("%d times are in an hour that their clocks show twice, and were taken as the first of the two; an offset would tell", n)
	}
}
