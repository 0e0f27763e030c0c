package engine

import (
	"fmt"
	"math"

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
const Version = "5"

// Engine is one task's machine. It is not safe for concurrent use. Its methods are
// the calls of one epoch (see the package) and the four stages of an event; the
// data of each stage has a type of its own.
type Engine struct {
	intake     intake         // records until it is their turn
	sessions   openSessions   // stage 1
	journeys   *journey.Set   // stage 2
	steps      *journey.Steps // names the steps that the task has met
	detect     *detect.Set    // stage 3
	scorer     scorer         // stage 4
	aggregates *score.Aggregates
	unfinished unfinished // attempts of closed sessions that may be continued
	outbox     outbox
	emission   emission
	counters   event.Counters
	attendances

	drained bool // everything below the watermark has been processed
	changes []journey.Change
	found   []detect.Signal
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
	signals, err := tuning.New(c.Signals)
	if err != nil {
		return nil, err
	}
	filter, err := journey.CompileAny(c.Filter)
	if err != nil {
		return nil, fmt.Errorf("filter%w", err)
	}
	steps := journeys.NewSteps()
	rules := c.Sessions.Rules()
	e := &Engine{attendances: attendances{}, journeys: journeys, steps: steps, detect: signals, aggregates: score.NewAggregates(c.Score, steps), outbox: newOutbox(c.OutboxBytes)}
	e.intake = intake{topics: topics, filter: filter, clock: session.NewClock(rules.Disorder, len(topics)), counters: &e.counters}
	e.sessions = openSessions{
		rules: rules, topics: len(topics), stallAfter: journeys.StallAfter(), limit: c.Sessions.MaxOpen, apps: newApps(c, steps, &e.counters),
		open: map[event.Key]*openSession{}, overdue: map[event.Key]*openSession{}, closed: session.NewClosed(c.Sessions), timers: session.NewTimerQueue[*openSession](), counters: &e.counters,
		memory: residency{limit: c.Sessions.MaxAwake, codec: sessionCodec{signals: signals, steps: steps, aggregates: e.aggregates}},
	}
	e.scorer = scorer{aggregates: e.aggregates, steps: steps, signalSet: signals, outbox: &e.outbox, counters: &e.counters}
	signals.CountLimits(&e.counters.ByLimit)
	e.unfinished = unfinished{limit: c.Journeys.MaxUnfinished, known: map[ofJourney]*leftAttempt{}, counters: &e.counters}
	e.emission = emission{aggregates: e.aggregates, every: session.Millis(c.Score.EmitEvery), until: event.Beginning, keep: rules.Gap + rules.Grace}
	return e, nil
}

// Slot is the event to decode the next record into. It is the engine's: hand it
// back by Add or Reject before asking for another.
func (e *Engine) Slot() *event.Event { return e.intake.lend() }

// Add puts the record that was decoded into Slot in the re-order buffer.
func (e *Engine) Add(rec *event.Record) { e.intake.add(rec) }

// Reject sets aside a record that could not be decoded. bytes is its size.
func (e *Engine) Reject(rec *event.Record, why event.Rejection, bytes int) {
	e.intake.countRejected(why.Reason)
	e.outbox.addRejected(score.RejectedRow{
		Topic: e.intake.topics[rec.Topic], Offset: rec.Offset, RecordTime: rec.Time,
		Reason: why.Reason.String(), Detail: why.Detail, Bytes: uint32(bytes),
	})
}

// CountUnknown counts fields that a decoder had no name for.
func (e *Engine) CountUnknown(n uint64) { e.counters.UnknownFields += n }

// Reachable is the watermark that topics not marked idle allow.
func (e *Engine) Reachable(idle []bool) event.Millis { return e.intake.clock.Reachable(idle) }

// Watermark is the one in force.
func (e *Engine) Watermark() event.Millis { return e.intake.clock.Watermark() }

// TopicTime is the highest event time accepted from a topic.
func (e *Engine) TopicTime(topic int) event.Millis { return e.intake.clock.TopicTime(topic) }

// ClosingWatermark is one at which every record has been processed, every session
// is closed and every change is written: for the end of files and batch loads.
func (e *Engine) ClosingWatermark() event.Millis {
	last := max(e.intake.latest(e.sessions.rules.Gap), e.sessions.latest())
	if last == event.Beginning {
		return last
	}
	rules := &e.sessions.rules
	return e.emission.nextAfter(last + rules.Gap + rules.Grace + 1)
}

// Advance moves the watermark; it never goes back. Moving it often, as far as
// topics of which none is idle allow, makes the same rows as moving it once.
func (e *Engine) Advance(w event.Millis) {
	e.drained = false
	e.intake.advance(w)
}

// Run processes every record strictly below the watermark, and before each one
// everything that is due before it. It reports false when it stopped because the
// rows made have reached their limit: take them, and run again.
func (e *Engine) Run() (done bool) {
	for {
		done, more := e.RunSome(math.MaxInt)
		if !more {
			return done
		}
	}
}

// RunSome is Run for so many steps at most: a step is a record, or something that
// is due. more says that it stopped because of them, and must be called again before
// rows are taken; whoever does not call it again must throw the engine away.
func (e *Engine) RunSome(steps int) (done, more bool) {
	w := e.Watermark()
	for {
		next := e.intake.buffer.Peek()
		limit := w
		if next != nil {
			limit = next.Effective
		}
		for ; !e.outbox.full() && steps > 0; steps-- {
			t, ok := e.sessions.timers.Next(limit)
			if !ok {
				break
			}
			e.expire(t.Item, t.Due)
		}
		switch {
		case e.outbox.full():
			return false, false
		case steps <= 0:
			return false, true
		case next == nil:
			e.drained = true
			return true, false
		}
		steps--
		e.process(next)
		e.intake.buffer.Pop()
	}
}

// process takes one event through the four stages: its session, the visits of
// journeys that it changes, the signals that it completes, and what these do to
// scores and rows.
func (e *Engine) process(next *session.Entry) {
	ev, now := next.Event, next.Effective
	s, inOrder := e.assign(next) // 1. session
	if s == nil {
		return
	}
	act := e.sessions.rules.IsAct(ev)
	if act {
		e.scorer.resume(s)
	}
	if inOrder {
		s.notePage(ev)
		if s.track.Full() {
			e.scorer.dropOldVisits(s, now, e.sessions.settled(s, now))
		}
		e.scorer.countFarVisits(s, now)
		var overLimit bool
		if e.changes = e.changes[:0]; !s.Provisional {
			e.changes, overLimit = e.journeys.Observe(e.steps, &s.track, journey.Seen{App: s.app, Event: ev, Now: now, Act: act, Earlier: e.unfinished.of(s)}, e.changes) // 2. journey
		}
		if overLimit {
			e.counters.OtherSteps++
		}
		e.found = e.detect.Observe(&s.runs, ev, detect.Moment{ // 3. detect
			Now: now, Settled: e.sessions.settled(s, now), Taken: s.Events, Track: &s.track, Steps: e.steps,
		}, e.found[:0])
		e.scorer.visits(s, e.changes) // 4. score
		for _, left := range e.unfinished.continued() {
			e.scorer.returned(left)
		}
		if s.stalled && len(e.changes) > 0 {
			e.scorer.stall(s) // the visit that was entered: nobody has done anything since
		}
		e.report(s)
	}
	e.sessions.schedule(s, now)
}

// assign is the first stage: the session that takes an event, nil for an event that
// no session takes. An event that is not in order comes too late for the stages
// behind; the session only counts it.
func (e *Engine) assign(next *session.Entry) (s *openSession, inOrder bool) {
	ev, now := next.Event, next.Effective
	id := explicitID(ev)
	if ev.Lead > 0 {
		e.sessions.correct(next)
	}
	overdue := e.sessions.rules.Overdue(ev.Time, now)
	s, decision := e.sessions.decide(ev, id, now, overdue)
	switch decision {
	case session.Late:
		e.counters.Late++
		e.counters.ByReason[event.Late]++
		e.outbox.addLate(next, e.intake.topics[next.Topic()])
		return nil, false
	case session.Duplicate:
		s.Duplicates++
		e.counters.Duplicates++
		return nil, false
	case session.Capped:
		if s != nil {
			s.Capped++
		}
		e.counters.Capped++
		return nil, false
	case session.Replace, session.Split:
		e.close(s, now)
		s = e.sessions.begin(ev, now, overdue)
		s.Split = decision == session.Split
	case session.Open:
		s = e.sessions.begin(ev, now, overdue)
	}
	before := s.Provisional
	behind := e.sessions.rules.Take(&s.Session, next.Topic(), ev, id, now)
	e.remember(s, next)
	s.learn(e.aggregates.Segments, ev)
	switch {
	case s.Provisional:
		e.sessions.provisional++
	case before:
		if e.attend(s, next); behind {
			e.found = e.found[:0]
			e.report(s)
		}
	default:
		e.count(s, 1)
		if behind {
			e.counters.LateJoined++
		}
	}
	return s, !behind
}

// remember lets a session keep what it needs to know again of an event that it has taken: its
// bytes, and the offset of a device whose clock is fast.
func (e *Engine) remember(s *openSession, next *session.Entry) {
	ev := next.Event
	if e.sessions.rules.Remember(&s.Session, next.Topic(), ev) {
		e.counters.ByLimit[event.LimitRecent]++
	}
	if ev.Lead|ev.Skew != 0 && s.Correct(next.Topic(), ev) {
		e.counters.ByLimit[event.LimitOffsets]++
	}
}

// expire does what the passing of time makes due for one session: signals that
// waited, then the stall, then the end. due is the time of the timer that fired; a
// timer that was replaced by a later one is ignored.
func (e *Engine) expire(s *openSession, due event.Millis) {
	if s.closed || due != s.armed {
		return
	}
	e.sessions.memory.restore(s)
	s.armed = event.Never
	now := due + 1
	if s.runs.Due() < now {
		e.found = e.detect.Expire(&s.runs, now, e.found[:0])
		e.report(s)
	}
	if !s.stalled && s.LastAct+e.sessions.stallAfter < now {
		e.scorer.stall(s)
		e.detect.Rest(&s.runs, now)
		e.scorer.dropOldVisits(s, now, e.sessions.settled(s, now))
	}
	if e.sessions.rules.Due(&s.Session) < now {
		e.close(s, now)
		return
	}
	e.sessions.schedule(s, now)
	if now > s.LastActive+idleAfter {
		e.sessions.memory.evictIfCrowded(s)
	}
}

// close ends a session for good, at time now: signals that waited, then its visits, then
// its row.
func (e *Engine) close(s *openSession, now event.Millis) {
	if s.Provisional {
		e.abandon(s)
		return
	}
	e.found = e.detect.Close(&s.runs, s.End, e.found[:0])
	e.scorer.signals(s, e.found)
	e.scorer.resume(s)
	left := e.unfinished.list[:0]
	if !s.Overdue {
		left = e.journeys.Unfinished(&s.track, s.End, left)
	}
	e.unfinished.list = left
	e.changes = s.track.Close(s.End, e.changes[:0])
	e.scorer.visits(s, e.changes)
	for _, a := range left {
		e.unfinished.add(s, a, e.outbox.visit(&s.track.Visits[a.Visit]), now)
	}
	if s.Overdue {
		e.scorer.countOverdue(s, now)
	}
	e.attendances.add(e.aggregates.Segments.App(s.segment), s.Events, 0)
	e.scorer.session(s)
	e.counters.ClosedForgotten += e.sessions.closed.Add(s.key, s.Start, s.End, now)
	e.sessions.remove(s)
}

// TakeRows returns the rows made since it was last called. If the last Run has
// come to its end, they include those of panes and windows that have changed.
func (e *Engine) TakeRows() *score.Rows {
	if e.drained {
		e.emission.emit(e.Watermark(), e.outbox.rows)
	}
	return e.outbox.take()
}

// Reuse takes back rows that nobody reads any more: later ones are made in their
// memory.
func (e *Engine) Reuse(rows *score.Rows) { e.outbox.recycle(rows) }

// Counters account for every record so far.
func (e *Engine) Counters() event.Counters {
	c := e.counters
	c.Pending = uint64(e.Waiting()) + e.sessions.provisional
	c.OtherValues = e.aggregates.OtherValues
	return c
}

// Waiting is the number of records in the re-order buffer.
func (e *Engine) Waiting() int { return e.intake.buffer.Len() }

// Unfinished reports whether time alone could still make rows: open sessions,
// records not yet processed, changes not yet written.
func (e *Engine) Unfinished() bool {
	return e.Open() > 0 || e.intake.buffer.Len() > 0 || e.aggregates.Dirty()
}

// Open is the number of open sessions.
func (e *Engine) Open() int { return e.sessions.len() }

// Emitted is the event time up to which score rows have been written.
func (e *Engine) Emitted() event.Millis { return e.emission.until }

// Weights is the version of the weights in force.
func (e *Engine) Weights() string { return e.aggregates.Weights.Version }
