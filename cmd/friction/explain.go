package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"friction/pipeline/config"
	"friction/pipeline/display"
	"friction/pipeline/files"
	"friction/pipeline/replay"
	"friction/pipeline/rules"
)

// explaining is the flags of check that ask what a source can show.
type explaining struct {
	patience
	Explain bool     `help:"Show which signals can never be found, because the events they need are never sent (default: print the configuration)."`
	Sample  []string `placeholder:"FILE" help:"With --explain: files with a sample of events, - is standard input (default: none)."`
	Kafka   bool     `help:"With --explain: read the last hour of the input topics (default: files)."`
	Brokers []string `placeholder:"HOST:PORT" help:"Kafka brokers (default: kafka.brokers of the configuration)."`
	Format  string   `placeholder:"FORMAT" help:"Format of the sample: native, ncsa, w3c, access_json, csv or tsv (default: input.format of the configuration)."`
	Limit   uint64   `default:"1000000" placeholder:"N" help:"How many records to read at most; with --kafka, of each partition."`
	JSON    bool     `help:"With --explain: write JSON (default: a table)."`
}

func (c explaining) more() [][2]string {
	return [][2]string{{"kafka.brokers", strings.Join(c.Brokers, ",")}, {"input.format", c.Format}}
}

func (c explaining) check() error {
	switch given := len(c.Sample) > 0; {
	case !c.Explain && (given || c.Kafka):
		return misused("--sample and --kafka go with --explain")
	case c.Explain && given == c.Kafka:
		return misused("--explain looks at a sample: give --sample FILE or --kafka")
	}
	return nil
}

// explain reads a sample and shows what it can and cannot show.
func (c explaining) explain(ctx context.Context, w world, cfg config.Config) error {
	ctx = c.in(ctx, w)
	inForce, err := rules.New(cfg.Engine(), cfg.Input)
	if err != nil {
		return err
	}
	past := replay.FilePast(files.Set{Decode: cfg.Input, Paths: c.Sample, Stdin: w.stdin}.Open)
	if c.Kafka {
		if past, err = replay.TopicPast(ctx, cfg.Kafka, time.Now().Add(-time.Hour), time.Time{}); err != nil {
			return err
		}
	}
	defer past.Close()
	progress := newProgress(w, "records read")
	x, err := replay.Explain(ctx, replay.ExplainOptions{Rules: inForce, Past: past, Limit: c.Limit, Progress: progress.show})
	progress.end()
	if err != nil {
		return err
	}
	if c.JSON {
		return w.json(x)
	}
	out := w.answers()
	tellExplanation(out, x)
	return out.Err()
}

func tellSessions(out *display.Terminal, s *replay.Sessions) {
	by := ""
	if s.Preset != "" {
		by = ", as with " + s.Preset
	}
	out.Line("Sessions end %s%s.", s.Ends, by)
	if s.Note != "" {
		out.Line("  %s", s.Note)
	}
	if s.Silent() {
		out.Line("  never seen: a campaign")
		out.Line("    send {\"type\": \"page_view\", \"attrs\": {\"utm_source\": …}}, or whatever sessions.campaigns names")
	}
	if s.Changed > 0 {
		out.Line("  client sessions whose user changes, as at a login: %d. Such people are in two sessions here. If records are keyed by the client's", s.Changed)
		out.Line("    session id, sessions.key: client_session keeps them together.")
	}
}

// tellExplanation writes what the sample has, and for each signal that cannot be found what is missing.
func tellExplanation(out *display.Terminal, x *replay.Explanation) {
	rejected := ""
	if x.Rejected > 0 {
		rejected = fmt.Sprintf(", and %d that cannot be decoded (friction replay says why)", x.Rejected)
	}
	var types []string
	for _, t := range x.Types {
		types = append(types, fmt.Sprintf("%s %d", t.Type, t.Count))
	}
	out.Line("%d events%s: %s", x.Records-x.Rejected, rejected, strings.Join(types, ", "))
	tellSessions(out, &x.Sessions)
	tellSteps(out, x)
	out.Line("%d signals can be found, %d cannot, %d are switched off.", x.Count(replay.Possible), x.Count(replay.Silent), x.Count(replay.Off))
	for _, s := range x.Signals {
		if s.State != replay.Silent {
			continue
		}
		out.Line("")
		out.Line("%s cannot be found:", s.Kind)
		for _, m := range s.Missing {
			if m.Configure {
				out.Line("  missing: %s", m.What)
				out.Line("    configure %s", m.Send)
			} else {
				out.Line("  never seen: %s", m.What)
				out.Line("    send %s", m.Send)
			}
		}
	}
}

// tellSteps writes which steps no event of the sample enters, and why.
func tellSteps(out *display.Terminal, x *replay.Explanation) {
	never := 0
	for _, s := range x.Steps {
		if s.Events == 0 {
			never++
		}
	}
	if len(x.Steps) == 0 {
		return
	}
	out.Line("%d steps of journeys are seen, %d never.", len(x.Steps)-never, never)
	for _, s := range x.Steps {
		if s.Events == 0 {
			out.Line("  never seen: step %s of journey %s", s.Name, s.Journey)
			out.Line("    %s", s.Why)
		}
	}
}
