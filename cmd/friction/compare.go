package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"friction/pipeline/config"
	"friction/pipeline/display"
	"friction/pipeline/files"
	"friction/pipeline/replay"
	"friction/pipeline/rules"
)

// comparing is the flags of replay that ask for a comparison.
type comparing struct {
	Compare  string   `placeholder:"FILE" help:"Show what the configuration in this YAML file would change, instead of writing rows (default: rows)."`
	Kafka    bool     `help:"Read the input topics instead of files (default: files)."`
	Brokers  []string `placeholder:"HOST:PORT" help:"Kafka brokers (default: kafka.brokers of the configuration)."`
	From     string   `placeholder:"TIME" help:"With --kafka: from this time on, such as 2026-03-01T00:00:00Z (default: from the oldest record)."`
	To       string   `placeholder:"TIME" help:"With --kafka: up to this time (default: now)."`
	JSON     bool     `help:"Write the comparison as JSON (default: a table)."`
	All      bool     `help:"Show steps that do not change, and all pages (default: what changes, and the 20 pages that change most)."`
	apps     int      // in the comparison
	Examples int      `default:"3" placeholder:"N" help:"How many examples of gained and lost signals to show, for each kind and step."`
}

func (c comparing) more() [][2]string {
	return [][2]string{{"kafka.brokers", strings.Join(c.Brokers, ",")}}
}

func (c comparing) check(files []string, asLive bool) error {
	switch {
	case c.Compare == "" && (c.JSON || c.All):
		return misused("--json and --all go with --compare: rows are JSON already")
	case c.Kafka && len(files) > 0:
		return misused("give files or --kafka, not both")
	case !c.Kafka && len(files) == 0:
		return misused("no files to read; give some, or - for standard input")
	case !c.Kafka && c.From+c.To != "":
		return misused("--from and --to go with --kafka")
	case c.Kafka && asLive:
		return misused("--as-live goes with files: topics are read in their own order always")
	case c.Examples < 0:
		return misused("--examples %d is negative", c.Examples)
	}
	return nil
}

// compare writes what the other configuration would change.
func (c replayCommand) compare(ctx context.Context, w world, cfg config.Config, before *rules.Rules) (err error) {
	other := c.reading
	other.Config = c.Compare
	changed, err := other.read(w, c.more()...)
	if err != nil {
		return err
	}
	to, err := rules.New(changed.Engine(), changed.Input)
	if err != nil {
		return err
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
	progress := newProgress(w, "records read")
	r, err := replay.Compare(ctx, replay.CompareOptions{Before: before, After: to, Past: past, Examples: c.Examples, Progress: progress.show, Tally: tally})
	progress.end()
	if err != nil {
		return err
	}
	w.note("%d records in %v, under two configurations", r.Records, r.Took.Round(time.Millisecond))
	if c.JSON {
		err = writeEncoded(display.New(out), r)
	} else {
		err = c.show(display.New(out), r)
	}
	return errors.Join(err, tally.Err(cfg.Input.Format))
}

// past is files, or what the topics hold.
func (c replayCommand) past(ctx context.Context, w world, cfg config.Config, tally *files.Tally) (replay.Past, error) {
	if !c.Kafka {
		set := files.Set{Decode: cfg.Input, Paths: c.Files, Stdin: w.stdin, Tally: tally}
		if !c.AsLive {
			sorting := newProgress(w, "records put in order")
			set.Sort = &files.Sort{Progress: sorting.show}
		}
		return replay.FilePast(set.Open), nil
	}
	var span [2]time.Time
	for i, text := range [2]string{c.From, c.To} {
		if text == "" {
			continue
		}
		var err error
		if span[i], err = time.Parse(time.RFC3339, text); err != nil {
			return replay.Past{}, misused("%q is not a time such as 2026-01-31T08:00:00Z", text)
		}
	}
	return replay.TopicPast(ctx, cfg.Kafka, span[0], span[1])
}

// pagesShown is how many pages are listed unless all are asked for.
const pagesShown = 20

// shown are the steps to list, and how many more there are.
func (c comparing) shown(r *replay.Comparison) (steps []*replay.StepChange, more int) {
	pages := 0
	for _, s := range r.Steps {
		switch {
		case !c.All && !s.Changed():
			continue
		case !c.All && s.IsPage():
			if pages++; pages > pagesShown {
				more++
				continue
			}
		}
		steps = append(steps, s)
	}
	return steps, more
}

// show writes a comparison for people.
func (c comparing) show(out *display.Terminal, r *replay.Comparison) error {
	apps := map[string]bool{}
	for _, s := range r.Steps {
		apps[s.App] = true
	}
	c.apps = len(apps)
	steps, more := c.shown(r)
	if len(steps) == 0 {
		out.Line("Nothing changes.")
		return out.Err()
	}
	table := c.table(steps)
	out.Table(table, onlyFirstLeft(len(table[0]))...)
	if more > 0 {
		out.Line("and %d more pages; --all shows them", more)
	}
	for _, s := range steps {
		for _, k := range s.Signals {
			examples(out, "Gained", c.stepLabel(s), k.Kind, k.Gained, k.GainedAs)
			examples(out, "Lost", c.stepLabel(s), k.Kind, k.Lost, k.LostAs)
		}
	}
	return out.Err()
}

// onlyFirstLeft aligns every column but the first to the right.
func onlyFirstLeft(columns int) []bool {
	return append([]bool{false}, slices.Repeat([]bool{true}, columns-1)...)
}

// table has a line for each step and each kind of signal that changes there.
func (c comparing) table(steps []*replay.StepChange) [][]string {
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	rows := [][]string{
		{"", "visits", "", "score", "", "dropped", "", "signals", "", "", ""},
		{"step", "before", "after", "before", "after", "before", "after", "before", "after", "gained", "lost"},
	}
	counts := func(k *replay.KindChange) []string {
		return []string{number(k.Count[replay.Before]), number(k.Count[replay.After]), number(k.Gained), number(k.Lost)}
	}
	for _, s := range steps {
		total := s.Total()
		rows = append(rows, append([]string{
			c.stepLabel(s), number(s.Visits[replay.Before]), number(s.Visits[replay.After]), scoreOf(s, replay.Before), scoreOf(s, replay.After),
			number(s.Dropped[replay.Before]), number(s.Dropped[replay.After]),
		}, counts(&total)...))
		for _, k := range s.Signals {
			if k.Gained+k.Lost > 0 || c.All {
				rows = append(rows, append([]string{"  " + k.Kind, "", "", "", "", "", ""}, counts(k)...))
			}
		}
	}
	return rows
}

func scoreOf(s *replay.StepChange, side int) string {
	if s.Score[side] == nil {
		return "–"
	}
	return fmt.Sprintf("%.2f", *s.Score[side])
}

// stepLabel is a step as people read it, with its app where there are several.
func (c comparing) stepLabel(s *replay.StepChange) string {
	name := s.Journey + "/" + strings.TrimPrefix(s.Step, "/")
	if s.Journey == "" {
		name = "(outside of visits)"
	}
	if c.apps > 1 {
		name += " of " + s.App
	}
	return name
}

func examples(out *display.Terminal, word, step, kind string, of uint64, list []replay.Example) {
	if len(list) == 0 {
		return
	}
	out.Line("")
	out.Line("%s at %s: %s, %d of %d", word, step, kind, len(list), of)
	var rows [][]string
	for _, e := range list {
		where := strings.Join(strings.Fields(e.Page+" "+e.Target+" "+e.Op), " ")
		rows = append(rows, []string{
			"  " + e.StartedAt.Format("2006-01-02T15:04:05.000Z"), e.User, fmt.Sprintf("session %s", e.SessionID),
			fmt.Sprintf("×%d in %v", e.Count, e.EndedAt.Sub(e.StartedAt)), where,
		})
	}
	out.Table(rows)
}
