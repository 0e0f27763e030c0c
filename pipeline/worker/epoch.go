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

// epochs makes the epochs of a task, one after the other.
type epochs struct {
	reader    *reader
	snapshots *snapshots
	tracker   *flushTracker
	pool      *bufferPool
	steps     *stepMetrics
	lean      bool // memory is scarce: none is kept for later that could be had again
	rejected  bool // what is rejected is written as dead letters

	n    uint64            // of the last epoch made
	last checkpoint.Header // of the last epoch made

	forgotten []checkpoint.Tombstone // applied before the epoch at hand
	forgot    int64                  // offset of the last tombstone that was applied
}

// seal makes the epoch of what has been read and processed since the last one.
func (e *epochs) seal(wall time.Time) sealedEpoch {
	sealed := e.sealRows()
	e.n++
	e.last = e.header(wall)
	e.forgotten = nil
	sealed.epoch.Header = e.last
	e.reader.inputs.beginEpoch()
	if !e.reader.machine.draining && e.snapshots.due(e.n, time.Now(), &e.reader.config) {
		sealed.snapshot = e.snapshots.encode(e.reader.machine, e.last)
	}
	e.tracker.addRows(len(sealed.epoch.Rows))
	return sealed
}

// forget applies tombstones of the log that were not applied yet. It is called between two epochs.
func (e *epochs) forget(list []checkpoint.Tombstone) {
	for i := range list {
		if t := &list[i]; t.Offset > e.forgot {
			e.reader.machine.engine.Forget(&engine.Person{App: t.App, Users: t.Users, Account: t.Account})
			e.forgot = t.Offset
			e.forgotten = append(e.forgotten, *t)
		}
	}
}

// sealRows takes the rows of an epoch from the engine and encodes them.
func (e *epochs) sealRows() sealedEpoch {
	machine := e.reader.machine.engine
	rows := machine.TakeRows()
	encoded := score.AppendRows(e.pool.get(), rows)
	if e.lean {
		encoded = bytes.Clone(encoded) // a buffer that grows ends up to twice as large as what it holds
	}
	sealed := sealedEpoch{
		epoch:   &checkpoint.Epoch{Rows: encoded},
		windows: e.steps.pick(e.tracker.partition, machine.Watermark(), rows.Windows),
	}
	if e.rejected {
		sealed.rejected = slices.Clone(rows.Rejected)
	}
	for i := range rows.Signals {
		sealed.signals = append(sealed.signals, rows.Signals[i].Kind)
	}
	if !e.lean {
		machine.Reuse(rows)
	}
	return sealed
}

// header is where the task stands.
func (e *epochs) header(wall time.Time) checkpoint.Header {
	m := e.reader.machine
	return checkpoint.Header{
		N: e.n, Watermark: m.engine.Watermark(), WallClock: event.Millis(wall.UnixMilli()),
		Cursor: checkpoint.Cursor{Done: !m.draining}, Flushed: e.tracker.flushed(), Counters: m.counters(),
		EngineVersion: engine.Version, ConfigRevision: m.rules.Revision, Positions: e.reader.inputs.positions(m.engine),
		Forgotten: e.forgotten,
	}
}
