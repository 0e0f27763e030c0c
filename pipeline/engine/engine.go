package engine

import (
	"cmp"
	"fmt"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
	"friction/pipeline/tuning"
)

// Version names what the engine makes of records. It is raised with every change
// that makes other rows of the same records and configuration, or writes them in
// other bytes: recovery compares those.
const Version = "4"

// Engine is one task's machine. It is not safe for concurrent use.
type Engine struct {
	topics      []string
	rules       session.Rules
	maxOpen     int
	maxResident int
	journeys    *journey.Set
	detect      *detect.Set
	filter      journey.Rule
	emit        event.Millis
	full        int

	clock      session.Clock
	buffer     session.Buffer
	timers     *session.TimerQueue[*openSession]
	open       map[event.Key]*openSession
	evicted    int // of open
	steps      *journey.Steps
	aggregates *score.Aggregates
	counters   event.Counters
	emitted    event.Millis // highest multiple of emit whose changes are written

	slot     *event.Event
	rows     *score.Rows
	recycled *score.Rows // what to make the next rows in; nil for none
	made     int         // estimated bytes of the rows that Run made
	done     bool        // everything below the watermark has been taken
	outbox   uint32      // number of rows, so that a visit knows where it was last written
	hasher   event.Hasher
	changes  []journey.Change
	found    []detect.Signal
	held     []int32
	packing  []byte
	stays    []stay           // of the session that is being packed or unpacked
	spare    []*residentState // memory of sessions that sleep or are closed
}

// New returns an engine that has seen nothing. topics are the task's input
// topics, sorted; records name them by index.
func New(c Config, topics []string) (*Engine, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if len(topics) == 0 || len(topics) > session.MaxTopics {
		return nil, fmt.Errorf("input topics: %d given, want 1 to %d", len(topics), session.MaxTopics)
	}
	journeys, err := journey.Compile(c.Journeys)
	if err != nil {
		return nil, err
	}
	rules, err := tuning.New(c.Signals)
	if err != nil {
		return nil, err
	}
	filter, err := journey.CompileAny(c.Filter)
	if err != nil {
		return nil, fmt.Errorf("filter%w", err)
	}
	e := &Engine{
		topics: topics, rules: c.Sessions.Rules(), maxOpen: c.Sessions.MaxOpen, maxResident: c.Sessions.MaxAwake, journeys: journeys, detect: rules,
		filter: filter, emit: session.Millis(c.Score.EmitEvery), full: c.OutboxBytes,
		timers: session.NewTimerQueue[*openSession](), open: map[event.Key]*openSession{}, steps: journeys.NewSteps(),
		emitted: event.Beginning, rows: &score.Rows{}, outbox: 1,
	}
	e.clock = session.NewClock(e.rules.Disorder, len(topics))
	e.aggregates = score.NewAggregates(c.Score, e.steps)
	return e, nil
}

// Slot is the event to decode the next record into. It is the engine's: hand it
// back by Add or Reject before asking for another.
func (e *Engine) Slot() *event.Event {
	if e.slot == nil {
		e.slot = e.buffer.Slot()
	}
	return e.slot
}

// Add puts the record that was decoded into Slot in the re-order buffer.
func (e *Engine) Add(rec *event.Record) {
	ev := e.slot
	ev.Recorded = rec.Time
	e.counters.Consumed++
	if ev.Flags&(event.ClockAhead|event.Foreign) != 0 {
		e.countFlags(ev)
	}
	effective, overtaken := e.clock.Effective(rec.Topic, ev.Time)
	if e.filter != nil && e.filter(ev) {
		e.counters.Filtered++
		return
	}
	if overtaken {
		e.counters.IdleOvertaken++
	}
	e.buffer.Add(session.NewEntry(effective, rec.Topic, rec.Offset, ev))
	e.slot = nil
}

func (e *Engine) countFlags(ev *event.Event) {
	if ev.Has(event.ClockAhead) {
		e.counters.ClockAhead++
	}
	if ev.Has(event.Foreign) {
		e.counters.ForeignKey++
	}
}

// Reject sets aside a record that could not be decoded. bytes is its size.
func (e *Engine) Reject(rec *event.Record, why event.Rejection, bytes int) {
	e.counters.Consumed++
	e.counters.Rejected++
	e.counters.ByReason[why.Reason]++
	e.rows.Rejected = append(e.rows.Rejected, score.RejectedRow{
		Topic: e.topics[rec.Topic], Offset: rec.Offset, RecordTime: rec.Time,
		Reason: why.Reason.String(), Detail: why.Detail, Bytes: uint32(bytes),
	})
}

// CountUnknown counts fields that a decoder knew no name and no place for.
func (e *Engine) CountUnknown(n uint64) { e.counters.UnknownFields += n }

// Reachable is the watermark that topics not marked idle allow.
func (e *Engine) Reachable(idle []bool) event.Millis { return e.clock.Reachable(idle) }

// Watermark is the one in force.
func (e *Engine) Watermark() event.Millis { return e.clock.Watermark() }

// TopicTime is the highest event time accepted from a topic.
func (e *Engine) TopicTime(topic int) event.Millis { return e.clock.TopicTime(topic) }

// ClosingWatermark is one at which every record has been taken, every session
// is closed and every change is written: for the end of files and batch loads.
func (e *Engine) ClosingWatermark() event.Millis {
	last := max(e.clock.Watermark(), e.buffer.Latest())
	for _, l := range e.open {
		e.restore(l)
		last = max(last, l.End)
	}
	for i := range e.topics {
		last = max(last, e.clock.TopicTime(i))
	}
	if last == event.Beginning {
		return last
	}
	last += e.rules.Gap + e.rules.Grace + 1
	return last - last%e.emit + e.emit
}

// Advance moves the watermark; it never goes back. Moving it often, as far as
// topics of which none is idle allow, makes the same rows as moving it once.
func (e *Engine) Advance(w event.Millis) {
	e.done = false
	e.clock.Advance(w)
	e.buffer.Advance(e.clock.Watermark())
}

// Run takes every record strictly below the watermark, with everything due
// before it. It reports false when it stopped because the rows made have reached
// their limit: take them, and run again.
func (e *Engine) Run() (done bool) {
	w := e.clock.Watermark()
	for {
		next := e.buffer.Peek()
		limit := w
		if next != nil {
			limit = next.Effective
		}
		for e.made < e.full {
			t, ok := e.timers.Next(limit)
			if !ok {
				break
			}
			e.fire(t.Item, t.Due)
		}
		if e.made >= e.full {
			return false
		}
		if next == nil {
			break
		}
		e.take(next)
		ev := next.Event
		e.buffer.Pop()
		e.buffer.Release(ev)
	}
	e.done = true
	return true
}

// emitChanges writes changed panes and windows once the watermark has passed a
// multiple of emit_every, and forgets what can no longer change.
func (e *Engine) emitChanges() {
	w := e.clock.Watermark()
	if !e.done || w == event.Beginning {
		return
	}
	at := w - w%e.emit
	if at <= e.emitted {
		return
	}
	e.emitted = at
	e.aggregates.Emit(e.rows)
	e.aggregates.Drop(w - e.rules.Gap - e.rules.Grace)
}

// TakeRows returns the rows made since it was last called. If the last Run has
// come to its end, they include those of panes and windows that have changed.
func (e *Engine) TakeRows() *score.Rows {
	e.emitChanges()
	rows := e.rows
	slices.SortFunc(rows.Rejected, func(a, b score.RejectedRow) int { // how topics interleaved must not show
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Offset, b.Offset))
	})
	e.rows, e.made = e.recycled, 0
	if e.recycled = nil; e.rows == nil {
		e.rows = &score.Rows{}
	}
	e.outbox++
	return rows
}

// Reuse takes back rows that nobody reads any more: later ones are made in their
// memory.
func (e *Engine) Reuse(rows *score.Rows) {
	rows.Clear()
	e.recycled = rows
}

// Counters account for every record so far.
func (e *Engine) Counters() event.Counters {
	c := e.counters
	c.Pending = uint64(e.buffer.Len())
	c.OtherValues = e.aggregates.OtherValues
	return c
}

// Unfinished reports whether time alone could still make rows: open sessions,
// records not yet taken, changes not yet written.
func (e *Engine) Unfinished() bool {
	return len(e.open) > 0 || e.buffer.Len() > 0 || e.aggregates.Dirty()
}

// Open is the number of open sessions.
func (e *Engine) Open() int { return len(e.open) }

// Emitted is the event time up to which score rows have been written.
func (e *Engine) Emitted() event.Millis { return e.emitted }

// Weights is the version of the weights in force.
func (e *Engine) Weights() string { return e.aggregates.Weights.Version }
