package worker

import (
	"bytes"
	"slices"
	"time"

	"friction/pipeline/checkpoint"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/score"
)

// sealedEpoch is an epoch on its way to the log, with a snapshot to write behind it. Its rows are bytes: the engine
// makes the next ones in the memory of these.
type sealedEpoch struct {
	epoch    *checkpoint.Epoch
	rejected []score.RejectedRow  // to be written as dead letters
	signals  []string             // the kind of each signal found
	windows  []score.WindowRow    // for the metrics of steps
	snapshot *checkpoint.Snapshot // nil when none is due
}

// seal makes the epoch of what has been read and processed since the last one.
func (t *Task) seal(wall time.Time) sealedEpoch {
	e := t.sealRows()
	t.n++
	t.last = t.header(wall)
	e.epoch.Header = t.last
	t.reader.inputs.beginEpoch()
	if !t.reader.machine.draining && t.snapshots.due(t.n, time.Now(), &t.reader.config) {
		e.snapshot = t.snapshots.encode(t.reader.machine, t.last)
	}
	t.tracker.addRows(len(e.epoch.Rows))
	return e
}

// sealRows takes the rows of an epoch from the engine and encodes them.
func (t *Task) sealRows() sealedEpoch {
	e := t.reader.machine.engine
	rows := e.TakeRows()
	encoded := score.AppendRows(t.pool.get(), rows)
	if t.o.Lean {
		encoded = bytes.Clone(encoded) // a buffer that grows ends up to twice as large as what it holds
	}
	sealed := sealedEpoch{
		epoch:   &checkpoint.Epoch{Rows: encoded},
		windows: t.out.steps.pick(t.o.Partition, e.Watermark(), rows.Windows),
	}
	if t.out.DeadLetters != nil {
		sealed.rejected = slices.Clone(rows.Rejected)
	}
	for i := range rows.Signals {
		sealed.signals = append(sealed.signals, rows.Signals[i].Kind)
	}
	if !t.o.Lean {
		e.Reuse(rows)
	}
	return sealed
}

// header is where the task stands.
func (t *Task) header(wall time.Time) checkpoint.Header {
	m := t.reader.machine
	return checkpoint.Header{
		N: t.n, Watermark: m.engine.Watermark(), WallClock: event.Millis(wall.UnixMilli()),
		Cursor: checkpoint.Cursor{Done: !m.draining}, Flushed: t.tracker.flushed(), Counters: m.counters(),
		EngineVersion: engine.Version, ConfigRevision: m.rules.Revision, Positions: t.reader.inputs.positions(m.engine),
	}
}
