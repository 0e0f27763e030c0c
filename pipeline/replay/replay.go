package replay

import (
	"bufio"
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
	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// Options say what to replay and where the rows go.
type Options struct {
	Rules *rules.Rules
	Past  Past
	Rows  io.Writer // NDJSON, one object a line
	// Tally counts what could be decoded of each file; may be nil.
	Tally *files.Tally
	// Progress is called now and then with the number of records read; may be nil.
	Progress func(records uint64)
}

// Summary is what a replay made.
type Summary struct {
	Counters event.Counters
	Signals  map[string]uint64
	Warnings []string       // what the rows cannot say for themselves
	Decoded  decode.Counts  // what decoding left out or corrected
	Dropped  decode.Dropped // values that were left out, by field
	Took     time.Duration
	Windows  []score.WindowRow // the last version of each
}

// replayEpoch is how many records are read before time moves on.
const replayEpoch = 4096

// Run runs the engine over past records and writes the rows that a worker would leave in ClickHouse: each key once, in
// its last version, and windows and panes summed over partitions. At the end everything open is closed.
func Run(ctx context.Context, o Options) (*Summary, error) {
	began := time.Now()
	r := &replay{
		Options: o, out: bufio.NewWriterSize(o.Rows, 1<<20), total: newLatest(o.Rules),
		stamp:    score.Stamp{Group: "replay", Run: "1", Version: 1, Tasks: 1, Settle: o.Rules.Settle()},
		progress: score.ProgressRow{Birth: 1, Epoch: 1, Watermark: event.Beginning, RowsUntil: event.Beginning},
		signals:  map[string]uint64{},
	}
	for part := range o.Past.Parts {
		if err := r.part(ctx, part); err != nil {
			return nil, err
		}
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	return &Summary{
		Counters: r.progress.Counters, Signals: r.signals, Warnings: r.warnings, Decoded: r.decoded, Dropped: r.dropped,
		Took: time.Since(began), Windows: r.total.sortedWindows(),
	}, nil
}

type replay struct {
	Options
	stamp    score.Stamp
	out      *bufio.Writer
	total    *latest           // windows and panes of the parts that are done
	progress score.ProgressRow // of the parts that are done
	signals  map[string]uint64
	warnings []string
	decoded  decode.Counts
	dropped  decode.Dropped
}

// replayPart is one engine over its part of the past.
type replayPart struct {
	*replay
	stamp   score.Stamp
	engine  *engine.Engine
	decoder *decode.Decoder
	last    *latest
	set     map[int64]files.Position // of rejected records whose rows are not written, by offset
}

// part replays one part of the past to its end and closes everything that is open.
func (r *replay) part(ctx context.Context, n int) error {
	machine, decoder, err := r.Rules.Build(r.Past.Topics)
	if err != nil {
		return err
	}
	tape, err := r.Past.Open(ctx, n, decoder)
	if err != nil {
		return err
	}
	defer func() { _ = tape.Close() }()
	p := &replayPart{replay: r, stamp: r.stamp, engine: machine, decoder: decoder, last: newLatest(r.Rules), set: map[int64]files.Position{}}
	p.stamp.Task = uint16(n)
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		if more, err = p.read(ctx, tape); err != nil {
			return err
		}
		w := machine.Reachable(tape.Ended())
		if !more {
			w = machine.ClosingWatermark()
		}
		if err := p.process(w); err != nil {
			return err
		}
		if r.Progress != nil {
			r.Progress(r.progress.Counters.Consumed + machine.Counters().Consumed)
		}
	}
	machine.CountUnknown(decoder.UnknownFields())
	r.decoded.Add(decoder.Counts())
	dropped := decoder.Dropped()
	r.dropped.Add(&dropped)
	return p.done()
}

// read feeds some records to the engine.
func (p *replayPart) read(ctx context.Context, tape Tape) (more bool, err error) {
	for range replayEpoch {
		rec, err := tape.Next(ctx)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		rec.Time = p.decoder.RecordTime(rec.Time, event.Never)
		why := p.decoder.Decode(rec, p.engine.Slot())
		p.note(tape, rec, why)
		if why.Reason != event.Accepted {
			p.engine.Reject(rec, why, rec.Bytes())
			continue
		}
		p.engine.Add(rec)
	}
	return true, nil
}

// note counts what became of a record of a file, and remembers where it stands if it was rejected.
func (p *replayPart) note(tape Tape, rec *event.Record, why event.Rejection) {
	if tape.Position == nil {
		return
	}
	at := tape.Position()
	p.Tally.Note(at, why)
	if why.Reason != event.Accepted && at.Path != "" {
		p.set[rec.Offset] = at
	}
}

// locate names file and line in the rows of rejected records.
func (p *replayPart) locate(rows *score.Rows) {
	for i := range rows.Rejected {
		r := &rows.Rejected[i]
		if at, ok := p.set[r.Offset]; ok {
			delete(p.set, r.Offset)
			r.Topic, r.Offset, r.RecordTime = at.Name(), at.Line, at.Time
		}
	}
}

// process moves the watermark and writes the rows that are final.
func (p *replayPart) process(w event.Millis) error {
	p.engine.Advance(w)
	for done := false; !done; {
		done = p.engine.Run()
		rows := p.engine.TakeRows()
		p.locate(rows)
		for i := range rows.Signals {
			p.signals[rows.Signals[i].Kind]++
		}
		if err := p.write(p.stamp, p.last.keep(rows)); err != nil {
			return err
		}
	}
	return nil
}

// done adds this part to the sums over all parts, and writes the visits that are left.
func (p *replayPart) done() error {
	kept := p.last.all()
	p.total.add(kept)
	for _, a := range p.engine.Deserted() {
		p.warnings = append(p.warnings, unattended(a))
	}
	to := &p.replay.progress
	to.Counters.Add(p.engine.Counters())
	to.Watermark = max(to.Watermark, p.engine.Watermark())
	to.RowsUntil = max(to.RowsUntil, p.engine.Emitted())
	to.Open += uint64(p.engine.Open())
	return p.write(p.stamp, &score.Rows{Visits: kept.Visits})
}

func (r *replay) write(s score.Stamp, rows *score.Rows) error {
	if err := sink.WriteNDJSON(r.out, s, rows); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

// finish writes the rows that could change until the end, and the progress.
func (r *replay) finish() error {
	rows := r.total.all()
	rows.Progress = []score.ProgressRow{r.progress}
	if err := r.write(r.stamp, rows); err != nil {
		return err
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

// unattended says of an app that people may be missing in its events, and what to do.
func unattended(a engine.Attendance) string {
	return fmt.Sprintf("%d of %d events of app %q are in no session, because nobody did anything near them: only requests, mutations, mouse moves and "+
		"visibility. If the app sends what servers see, set sessions.acts: all", a.Unattended, a.Attended+a.Unattended, a.App)
}
