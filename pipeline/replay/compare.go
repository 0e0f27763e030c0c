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
	// Progress is called now and then with the number of records read; may be nil.
	Progress func(records uint64)
}

// Compare reads records once, runs an engine under each of two sets of rules over them, and says what the second set
// changes.
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

// side is the engine of one side.
type side struct {
	side    int // Before or After
	engine  *engine.Engine
	decoder *decode.Decoder
	last    *latest
}

// run reads one part of the past once, into an engine for each side, and compares what they make.
func (c *Comparison) run(ctx context.Context, o CompareOptions, part int) error {
	var engines [2]*side
	for s, inForce := range [2]*rules.Rules{o.Before, o.After} {
		e, d, err := inForce.Build(o.Past.Topics)
		if err != nil {
			return err
		}
		engines[s] = &side{s, e, d, newLatest(inForce)}
	}
	tape, err := o.Past.Open(ctx, part, engines[Before].decoder, engines[After].decoder)
	if err != nil {
		return err
	}
	defer func() { _ = tape.Close() }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		if more, err = c.read(ctx, o.Tally, tape, engines); err != nil {
			return err
		}
		for _, l := range engines {
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
	for _, l := range engines {
		for _, v := range l.last.all().Visits {
			c.visit(l.side, &v)
		}
		c.Sides[l.side].Add(l.engine.Counters())
	}
	return nil
}

// read feeds some records to both engines.
func (c *Comparison) read(ctx context.Context, tally *files.Tally, tape Tape, engines [2]*side) (more bool, err error) {
	for range replayEpoch {
		rec, err := tape.Next(ctx)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		c.Records++
		for _, l := range engines {
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

// process moves the watermark and notes the signals and visits that come of it.
func (l *side) process(c *Comparison, w event.Millis) {
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
