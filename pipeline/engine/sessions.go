package engine

import (
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// openSession is an open session. A silent one is asleep: it has no residentState, but is evicted.
type openSession struct {
	*residentState
	key          event.Key
	armed        event.Millis
	evictedState []byte      // see silent.go
	ids          session.IDs // of a session that sleeps: packing thousands would take too long
	holds        uint32      // bytes of packed that are no part of saved state
	closed       bool
}

// residentState is all that hangs on a session.
type residentState struct {
	session.Session
	track journey.Track
	runs  detect.Runs

	id      event.Digest
	user    string
	entry   string // page it began on
	exit    string // page it was last on
	more    *more
	context *event.Context // last learned from
	segment score.SegmentID
	pages   uint32
	ahead   uint32 // events whose clock was ahead
	stalled bool
}

// Key is the identity of the session's key.
func (l *openSession) Key() event.Key { return l.key }

// more is what only some sessions have.
type more struct {
	account string
	client  string
	signals journey.SignalCounts
}

// extra makes place for what only some sessions have.
func (l *openSession) extra() *more {
	if l.more == nil {
		l.more = &more{}
	}
	return l.more
}

// fewVisits are kept whether they can still change or not.
const fewVisits = 4

// take gives an event its session.
func (e *Engine) take(next *session.Entry) {
	ev, now := next.Event, next.Effective
	l := e.open[ev.Key]
	var s *session.Session
	if l != nil {
		e.restore(l)
		s = &l.Session
	}
	var id uint64
	if ev.ID != "" {
		id = event.Hash64(ev.ID)
	}
	fate := e.rules.Decide(s, ev, id, now)
	switch fate {
	case session.TooLate:
		e.late(next)
		return
	case session.Duplicate:
		l.Duplicates++
		e.counters.Duplicates++
		return
	case session.Capped:
		l.Capped++
		e.counters.Capped++
		return
	case session.Replace, session.Split:
		e.close(l)
		l = e.begin(ev, now)
		l.Split = fate == session.Split
	case session.Open:
		if len(e.open) >= e.maxOpen {
			e.counters.Capped++
			return
		}
		l = e.begin(ev, now)
	}
	e.counters.InSessions++
	behind := e.rules.Take(&l.Session, next.Topic(), ev, id, now)
	l.learn(e, ev)
	if l.stalled {
		e.unstall(l)
	}
	if behind {
		e.counters.LateJoined++
	} else {
		e.observe(l, ev, now)
	}
	e.arm(l, now)
}

// begin opens a session.
func (e *Engine) begin(ev *event.Event, now event.Millis) *openSession {
	l := &openSession{key: ev.Key, armed: event.Never, residentState: e.acquire()}
	l.user = strings.Clone(ev.User)
	l.id = e.hasher.Reset().Num(int64(ev.Key.Hi)).Num(int64(ev.Key.Lo)).Num(int64(ev.Time)).Num(0).Sum()
	l.Begin(ev, now)
	e.open[ev.Key] = l
	e.counters.SessionsOpened++
	return l
}

// learn keeps what the session's row and segments need of an event.
func (l *openSession) learn(e *Engine, ev *event.Event) {
	if ev.Context != l.context && ev.Context != nil || l.segment == 0 || e.aggregates.Segments.Attrs() && len(ev.Attrs) > 0 {
		l.segment = e.aggregates.Segments.Learn(l.segment, ev)
		if ev.Context != nil {
			l.context = ev.Context
		}
	}
	if ev.Account != "" && ev.Account != l.extra().account {
		l.more.account = strings.Clone(ev.Account)
	}
	if ev.Client != "" && l.extra().client == "" {
		l.more.client = strings.Clone(ev.Client)
	}
	if ev.Has(event.ClockAhead) {
		l.ahead++
	}
}

// observe shows an event that is not behind to journeys and detectors.
func (e *Engine) observe(l *openSession, ev *event.Event, now event.Millis) {
	if ev.Type.IsView() {
		if l.pages == 0 {
			l.entry = ev.Page
		}
		l.exit = ev.Page
		l.pages++
	}
	if n := len(l.track.Visits); n >= fewVisits && n == cap(l.track.Visits) {
		e.dropOldVisits(l, now) // there would be no room for another
	}
	var beyond bool
	e.changes, beyond = e.journeys.Observe(e.steps, &l.track, ev, e.changes[:0])
	if beyond {
		e.counters.OtherSteps++
	}
	if len(e.changes) > 0 {
		e.apply(l)
		e.outcomeSignals(l)
	}
	e.found = e.detect.Observe(&l.runs, ev, detect.Moment{
		Now: now, Settled: e.rules.Settled(&l.Session, len(e.topics), now), Track: &l.track, Steps: e.steps,
	}, e.found[:0])
	if len(e.found) > 0 {
		e.signal(l)
	}
}

// arm makes sure that fire is called when something of the session is due, or it
// may go to sleep.
func (e *Engine) arm(l *openSession, now event.Millis) {
	due := e.due(l)
	if now <= l.LastActive+idleAfter {
		due = min(due, l.LastActive+idleAfter)
	}
	if due < l.armed {
		l.armed = due
		e.timers.Set(session.Timer[*openSession]{Due: due, Item: l})
	}
}

// due is when time alone next makes something of a session that is awake.
func (e *Engine) due(l *openSession) event.Millis {
	due := min(l.runs.Due(), e.rules.Due(&l.Session))
	if !l.stalled {
		due = min(due, l.LastActive+e.journeys.StallAfter())
	}
	return due
}

// fire does what is due at one time of one session: detectors first, then the
// stall, then the end.
func (e *Engine) fire(l *openSession, due event.Millis) {
	if l.closed || due != l.armed {
		return
	}
	e.restore(l)
	l.armed = event.Never
	now := due + 1
	if l.runs.Due() < now {
		e.found = e.detect.Expire(&l.runs, now, e.found[:0])
		if len(e.found) > 0 {
			e.signal(l)
		}
	}
	if !l.stalled && l.LastActive+e.journeys.StallAfter() < now {
		e.stall(l, now)
	}
	if e.rules.Due(&l.Session) < now {
		e.close(l)
		return
	}
	e.arm(l, now)
	if now > l.LastActive+idleAfter {
		e.evictIfCrowded(l)
	}
}

// close ends a session for good.
func (e *Engine) close(l *openSession) {
	e.found = e.detect.Close(&l.runs, e.found[:0])
	if len(e.found) > 0 {
		e.signal(l)
	}
	e.unstall(l)
	e.changes = l.track.Close(l.End, e.changes[:0])
	e.apply(l)
	e.outcomeSignals(l)
	e.writeSession(l)
	for i := range l.track.Visits {
		e.aggregates.Release(cell(&l.track.Visits[i]))
	}
	e.aggregates.Segments.Release(l.segment)
	delete(e.open, l.key)
	l.closed = true
	e.release(l) // timers may still point to it
	e.counters.SessionsClosed++
}

// late sets an event aside whose session is closed for good.
func (e *Engine) late(next *session.Entry) {
	ev := next.Event
	e.counters.Late++
	e.counters.ByReason[event.Late]++
	e.rows.Late = append(e.rows.Late, score.LateRow{
		Topic: e.topics[next.Topic()], Offset: next.Offset(), RecordTime: ev.Recorded, EventTime: ev.Time,
		App: ev.App, User: strings.Clone(ev.User), Type: ev.Type.String(), Page: ev.Page, EventID: strings.Clone(ev.ID),
		LateBy: next.Effective - ev.Time,
	})
	e.made += 128 + len(ev.User) + len(ev.ID)
}
