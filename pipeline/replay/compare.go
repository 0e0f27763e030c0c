package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/files"
	"friction/pipeline/rules"
)

// CompareOptions say what is replayed under which two rules.
type CompareOptions struct {
	Before, After *rules.Rules
	Past          Past
	// Examples is how many signals of each kind and step are kept as examples of
	// those gained, and as many of those lost.
	Examples int
	// Tally counts what could be decoded of each file; may be nil.
	Tally *files.Tally
	// Progress is told from time to time how many records have been read; may be nil.
	Progress func(records uint64)
}

// Past is what has happened, for one engine after the other: files are for one, a
// topic's history has one for each partition.
type Past struct {
	Parts  int
	Topics []string // of each part
	// Open begins to read a part, for decoders that are told the header where there is one.
	Open  func(ctx context.Context, part int, decoders ...*decode.Decoder) (Tape, error)
	Close func()
}

// Tape is the records of a part.
type Tape struct {
	Next  func(context.Context) (*event.Record, error) // io.EOF after the last
	Ended func() []bool                                // which topics have no more records; nil for none
	Close func() error
	// Position is where the last record stands; nil for topics.
	Position func() files.Position
}

// FilePast is files as the past.
func FilePast(open files.Opener) Past {
	return Past{Parts: 1, Topics: []string{"file"}, Close: func() {}, Open: func(_ context.Context, _ int, decoders ...*decode.Decoder) (Tape, error) {
		lines, err := open(decoders...)
		if err != nil {
			return Tape{}, err
		}
		next := func(context.Context) (*event.Record, error) { return lines.Next() }
		return Tape{Next: next, Ended: func() []bool { return nil }, Close: lines.Close, Position: lines.Position}, nil
	}}
}

// Compare runs the engine twice over the same records, read once, under two sets
// of rules, and says what the second changes.
func Compare(ctx context.Context, o CompareOptions) (*Comparison, error) {
	if a, b := o.Before.Decode.Format, o.After.Decode.Format; a != b {
		return nil, fmt.Errorf("input.format: the two configurations read different formats, %s and %s; the same records cannot be both", a, b)
	}
	began := time.Now()
	c := newComparison(o.Examples)
	for part := range o.Past.Parts {
		if err := c.run(ctx, o, part); err != nil {
			return nil, err
		}
	}
	c.finish()
	c.Took = time.Since(began)
	return c, nil
}

// lane is one engine of the two.
type lane struct {
	side    int // Before or After
	engine  *engine.Engine
	decoder *decode.Decoder
	last    *latest
}

func (c *Comparison) run(ctx context.Context, o CompareOptions, part int) error {
	var lanes [2]*lane
	for s, inForce := range [2]*rules.Rules{o.Before, o.After} {
		e, d, err := inForce.Build(o.Past.Topics)
		if err != nil {
			return err
		}
		lanes[s] = &lane{s, e, d, newLatest()}
	}
	tape, err := o.Past.Open(ctx, part, lanes[Before].decoder, lanes[After].decoder)
	if err != nil {
		return err
	}
	defer func() { _ = tape.Close() }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		if more, err = c.read(ctx, o.Tally, tape, lanes); err != nil {
			return err
		}
		for _, l := range lanes {
			w := l.engine.Reachable(tape.Ended())
			if !more {
				w = l.engine.ClosingWatermark()
			}
			l.process(c, w)
		}
		if o.Progress != nil {
			o.Progress(c.Records)
		}
	}
	for _, l := range lanes {
		for _, v := range l.last.rest().Visits {
			c.visit(l.side, &v)
		}
		c.Sides[l.side].Add(l.engine.Counters())
	}
	return nil
}

func (c *Comparison) read(ctx context.Context, tally *files.Tally, tape Tape, lanes [2]*lane) (more bool, err error) {
	for range replayEpoch {
		rec, err := tape.Next(ctx)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		c.Records++
		for _, l := range lanes {
			r := *rec // a decoder may correct its time
			why := l.decoder.Decode(&r, l.engine.Slot())
			if l.side == Before && tape.Position != nil {
				tally.Note(tape.Position(), why)
			}
			if why.Reason != event.Accepted {
				l.engine.Reject(&r, why, r.Bytes())
				continue
			}
			l.engine.Add(&r)
		}
	}
	return true, nil
}

// process takes what is below a watermark, and notes what came of it.
func (l *lane) process(c *Comparison, w event.Millis) {
	l.engine.Advance(w)
	for done := false; !done; {
		done = l.engine.Run()
		rows := l.engine.TakeRows()
		for i := range rows.Signals {
			c.signal(l.side, &rows.Signals[i])
		}
		rows.Windows, rows.Panes = nil, nil
		for _, v := range l.last.keep(rows).Visits {
			c.visit(l.side, &v)
		}
	}
}
