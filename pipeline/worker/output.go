package worker

import (
	"friction/pipeline/checkpoint"
	"friction/pipeline/event"
	"friction/pipeline/rejects"
	"friction/pipeline/rules"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// Outputs are what the tasks of a worker share: where the rows and dead letters of logged epochs go, and where figures
// are kept.
type Outputs struct {
	Inserter    *Inserter
	DeadLetters *DeadLetterWriter // nil when there is no dead-letter topic
	Metrics     *Metrics
	steps       *stepMetrics // nil shows no steps
	rejects     *rejects.Watch
}

// forget drops what a task that is thrown away has not written yet.
func (o *Outputs) forget(f *flushTracker) {
	o.Inserter.forget(f)
	o.DeadLetters.forget(f)
	o.steps.forget(f.partition)
}

// output is where the rows of one task go once they are logged.
type output struct {
	Outputs
	group   string
	run     string
	tasks   int // of the whole group
	tracker *flushTracker
	pool    *bufferPool
}

// hand gives the rows of a logged epoch to the inserter, and what it rejected to the dead-letter writer. The tracker must
// know of the rows already.
func (o *output) hand(r *rules.Rules, h *checkpoint.Header, birth uint64, rows []byte, rejected []score.RejectedRow) {
	o.DeadLetters.add(epochLetters{tracker: o.tracker, epoch: h.N, rejected: rejected})
	o.Inserter.add(loggedRows{
		tracker: o.tracker, pool: o.pool, epoch: h.N, watermark: h.Watermark,
		stamp: score.Stamp{
			Group: o.group, Run: o.run, Task: uint16(o.tracker.partition), Version: score.Version(birth, h.N),
			Tasks: uint16(o.tasks), Settle: r.Settle(),
		},
		rows: rows, progress: progressOf(h, birth, session.Millis(r.Engine.Score.EmitEvery)),
	})
}

// progressOf is the row of table progress for an epoch. emit is how often rows of windows are written.
func progressOf(h *checkpoint.Header, birth uint64, emit event.Millis) score.ProgressRow {
	row := score.ProgressRow{
		Birth: birth, Epoch: h.N, Watermark: h.Watermark, WallClock: h.WallClock,
		Open: h.Counters.SessionsOpened - h.Counters.SessionsClosed, Counters: h.Counters, Config: h.ConfigRevision,
	}
	if h.Cursor.Done && h.Watermark > 0 {
		row.RowsUntil = h.Watermark - h.Watermark%emit
	}
	for _, p := range h.Positions {
		row.Positions = append(row.Positions, score.Position{Topic: p.Topic, Next: p.To, End: p.End, TopicTime: p.TopicTime})
	}
	return row
}
