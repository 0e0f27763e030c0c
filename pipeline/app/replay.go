package app

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/score"
	"friction/pipeline/sink"
)

// ReplayOptions say what to replay and where the rows go.
type ReplayOptions struct {
	Rules *Rules
	Open  Opener
	Rows  io.Writer // NDJSON, one object a line
	// Progress is told from time to time how many records have been read; may be nil.
	Progress func(records uint64)
}

// Summary is what a replay made.
type Summary struct {
	Counters event.Counters
	Signals  map[string]uint64
	Took     time.Duration
	Windows  []score.WindowRow // the last version of each
}

// replayEpoch is how many records are read before time moves on.
const replayEpoch = 4096

// Replay runs the engine over files and writes the rows that a worker would have
// left in ClickHouse: each key once, in its last version. At the end of the files
// everything open is closed.
func Replay(ctx context.Context, o ReplayOptions) (*Summary, error) {
	began := time.Now()
	machine, decoder, err := o.Rules.machine([]string{"file"})
	if err != nil {
		return nil, err
	}
	lines, err := o.Open(decoder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lines.Close() }()
	out := bufio.NewWriterSize(o.Rows, 1<<20)
	r := &replay{
		stamp:  score.Stamp{Group: "replay", Run: "1", Version: 1, Tasks: 1, Settle: settle(o.Rules.Engine.Sessions)},
		engine: machine, decoder: decoder, out: out, last: newLatest(), signals: map[string]uint64{},
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		if more, err = r.read(lines); err != nil {
			return nil, err
		}
		w := machine.Reachable(nil)
		if !more {
			w = machine.ClosingWatermark()
		}
		if err := r.process(w); err != nil {
			return nil, err
		}
		if o.Progress != nil {
			o.Progress(machine.Counters().Consumed)
		}
	}
	machine.CountUnknown(decoder.UnknownFields())
	if err := r.finish(); err != nil {
		return nil, err
	}
	return &Summary{machine.Counters(), r.signals, time.Since(began), r.last.sortedWindows()}, nil
}

type replay struct {
	stamp   score.Stamp
	engine  *engine.Engine
	decoder *decode.Decoder
	out     *bufio.Writer
	last    *latest
	signals map[string]uint64
}

func (r *replay) read(lines Lines) (more bool, err error) {
	for range replayEpoch {
		rec, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if why := r.decoder.Decode(rec, r.engine.Slot()); why.Reason != event.Accepted {
			r.engine.Reject(rec, why, rec.Bytes())
			continue
		}
		r.engine.Add(rec)
	}
	return true, nil
}

func (r *replay) process(w event.Millis) error {
	r.engine.Advance(w)
	for done := false; !done; {
		done = r.engine.Run()
		rows := r.engine.TakeRows()
		for i := range rows.Signals {
			r.signals[rows.Signals[i].Kind]++
		}
		if err := sink.WriteNDJSON(r.out, r.stamp, r.last.keep(rows)); err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
	}
	return nil
}

// finish writes what could have changed until the end.
func (r *replay) finish() error {
	c := r.engine.Counters()
	rows := r.last.rest()
	rows.Progress = []score.ProgressRow{{
		Birth: 1, Epoch: 1, Watermark: r.engine.Watermark(), RowsUntil: r.engine.Emitted(), Counters: c,
		Open: uint64(r.engine.Open()),
	}}
	if err := sink.WriteNDJSON(r.out, r.stamp, rows); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	if err := r.out.Flush(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	return nil
}

// latest keeps the last version of rows that may be made more than once.
type latest struct {
	visits  map[event.Digest]map[visitKey]score.VisitRow
	windows map[windowKey]score.WindowRow
	panes   map[paneKey]score.PaneRow
}

type visitKey struct {
	journey, step  string
	attempt, visit uint16
}

type windowKey struct {
	app, journey, step string
	start              event.Millis
}

type paneKey struct {
	windowKey
	dimension, value string
}

func newLatest() *latest {
	return &latest{map[event.Digest]map[visitKey]score.VisitRow{}, map[windowKey]score.WindowRow{}, map[paneKey]score.PaneRow{}}
}

// keep takes note of new rows and returns those that are final: what never
// changes, and the visits of closed sessions.
func (l *latest) keep(rows *score.Rows) *score.Rows {
	for _, v := range rows.Visits {
		of := l.visits[v.SessionID]
		if of == nil {
			of = map[visitKey]score.VisitRow{}
			l.visits[v.SessionID] = of
		}
		of[visitKey{v.Journey, v.Step, v.Attempt, v.Visit}] = v
	}
	for _, w := range rows.Windows {
		l.windows[windowKey{w.App, w.Journey, w.Step, w.WindowStart}] = w
	}
	for _, p := range rows.Panes {
		l.panes[paneKey{windowKey{p.App, p.Journey, p.Step, p.PaneStart}, p.Dimension, p.Value}] = p
	}
	final := *rows
	final.Visits, final.Windows, final.Panes = nil, nil, nil
	for i := range rows.Sessions {
		id := rows.Sessions[i].SessionID
		final.Visits = append(final.Visits, sortedVisits(l.visits[id])...)
		delete(l.visits, id)
	}
	return &final
}

// rest returns all that was kept back.
func (l *latest) rest() *score.Rows {
	rows := &score.Rows{Windows: l.sortedWindows()}
	for _, id := range slices.SortedFunc(maps.Keys(l.visits), func(a, b event.Digest) int { return slices.Compare(a[:], b[:]) }) {
		rows.Visits = append(rows.Visits, sortedVisits(l.visits[id])...)
	}
	rows.Panes = slices.SortedFunc(maps.Values(l.panes), func(a, b score.PaneRow) int {
		return cmp.Or(cmp.Compare(a.PaneStart, b.PaneStart), cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.StepIndex, b.StepIndex), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Value, b.Value))
	})
	return rows
}

func (l *latest) sortedWindows() []score.WindowRow {
	return slices.SortedFunc(maps.Values(l.windows), func(a, b score.WindowRow) int {
		return cmp.Or(cmp.Compare(a.WindowStart, b.WindowStart), cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.StepIndex, b.StepIndex), cmp.Compare(a.Step, b.Step))
	})
}

func sortedVisits(of map[visitKey]score.VisitRow) []score.VisitRow {
	return slices.SortedFunc(maps.Values(of), func(a, b score.VisitRow) int {
		return cmp.Or(cmp.Compare(a.EnteredAt, b.EnteredAt), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Visit, b.Visit))
	})
}
