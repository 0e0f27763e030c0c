package engine

import (
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// openSessions are the open sessions of a task with one timer each.
type openSessions struct {
	rules      session.Rules
	topics     int          // how many the task reads
	stallAfter event.Millis // silence after which open visits are stalled
	limit      int          // of open sessions

	provisional uint64 // events in provisional sessions

	open     map[event.Key]*openSession
	overdue  map[event.Key]*openSession // those that happened long ago: at most one of a key
	closed   session.Closed
	timers   *session.TimerQueue[*openSession]
	memory   residency
	apps     apps
	hasher   event.Hasher
	counters *event.Counters
}

// len is the number of open sessions.
func (o *openSessions) len() int { return len(o.open) + len(o.overdue) }

// correct gives an event whose clock is ahead the time that it has by the offset of its
// device: that of the key's session of now, else, if it is overdue, of the overdue one.
func (o *openSessions) correct(next *session.Entry) {
	ev, known := next.Event, false
	if s := o.open[ev.Key]; s != nil {
		o.memory.restore(s)
		ev.Time, known = o.rules.TimeIn(&s.Session, next.Topic(), ev)
	}
	if s := o.overdue[ev.Key]; s != nil && !known && o.rules.Overdue(ev.Time, next.Effective) {
		o.memory.restore(s)
		ev.Time, _ = o.rules.TimeIn(&s.Session, next.Topic(), ev)
	}
}

// decide says what becomes of an event, and of which session: the open one of its key, or
// nil. id is the hash of the event's explicit id.
func (o *openSessions) decide(ev *event.Event, id uint64, now event.Millis, overdue bool) (*openSession, session.Decision) {
	if overdue {
		return o.decideOverdue(ev, id, now)
	}
	return o.decideFor(o.open[ev.Key], ev, id)
}

// decideOverdue is decide for an event that comes too late for the session of now. It
// counts only where nothing else has counted it.
func (o *openSessions) decideOverdue(ev *event.Event, id uint64, now event.Millis) (*openSession, session.Decision) {
	if o.rules.Forgone(ev.Time, now) || o.closed.Covers(ev.Key, ev.Time) {
		return nil, session.Late
	}
	if s := o.open[ev.Key]; s != nil {
		if o.memory.restore(s); o.rules.Repeats(&s.Session, ev, id) {
			return s, session.Duplicate
		}
	}
	return o.decideFor(o.overdue[ev.Key], ev, id)
}

// decideFor says what becomes of an event whose session is s, nil when it is not open.
func (o *openSessions) decideFor(s *openSession, ev *event.Event, id uint64) (*openSession, session.Decision) {
	if s != nil {
		o.memory.restore(s)
		return s, o.rules.Decide(&s.Session, ev, id)
	}
	if o.len() >= o.limit {
		return nil, session.Capped
	}
	return nil, session.Open
}

// explicitID is the hash of the id that an event names itself by, 0 when it has none.
func explicitID(ev *event.Event) uint64 {
	if ev.ID == "" {
		return 0
	}
	return event.Hash64(ev.ID)
}

// begin opens the session that an event begins, overdue if that is. It is provisional until
// the event is taken and is an act.
func (o *openSessions) begin(ev *event.Event, now event.Millis, overdue bool) *openSession {
	s := &openSession{key: ev.Key, armed: event.Never, residentState: o.memory.acquire()}
	s.Begin(ev, now)
	s.overdue, s.Overdue = overdue, overdue
	s.app = o.apps.take(ev.App)
	o.kind(overdue)[ev.Key] = s
	return s
}

// identify is the id of a session whose first act is a record of a topic. A session on time
// may have been opened at the same time as an overdue one, so the id of that is made of the
// record as well.
func (o *openSessions) identify(s *openSession, rec *session.Entry, topic string) event.Digest {
	h := o.hasher.Reset().Num(int64(s.key.Hi)).Num(int64(s.key.Lo)).Num(int64(rec.Event.Time))
	if !s.overdue {
		return h.Num(0).Sum()
	}
	return h.Num(1).Str(topic).Num(rec.Offset()).Sum()
}

// remove forgets a session that has ended.
func (o *openSessions) remove(s *openSession) {
	delete(o.kind(s.overdue), s.key)
	s.closed = true
	o.apps.release(s.app)
	o.memory.release(s)
}

// kind is the open sessions that are overdue, or those that are not.
func (o *openSessions) kind(overdue bool) map[event.Key]*openSession {
	if overdue {
		return o.overdue
	}
	return o.open
}

// settled is the time that no event still to come in order is older than.
func (o *openSessions) settled(s *openSession, now event.Millis) event.Millis {
	return o.rules.Settled(&s.Session, o.topics, now)
}

// schedule sets a timer for when something of the session is next due, or it may be
// evicted, unless one is set for that time or before.
func (o *openSessions) schedule(s *openSession, now event.Millis) {
	due := o.due(s)
	if idle := s.LastActive + idleAfter; now <= idle {
		due = min(due, idle)
	}
	if due < s.armed {
		s.armed = due
		o.timers.Set(session.Timer[*openSession]{Due: due, Item: s})
	}
}

// due is when time alone next makes something of a resident session.
func (o *openSessions) due(s *openSession) event.Millis {
	due := min(s.runs.Due(), o.rules.Due(&s.Session))
	if !s.stalled {
		due = min(due, s.LastAct+o.stallAfter)
	}
	return due
}

// all calls f for every open session, in any order.
func (o *openSessions) all(f func(*openSession)) {
	for _, overdue := range [...]bool{false, true} {
		for _, s := range o.kind(overdue) {
			f(s)
		}
	}
}

// latest is the latest event of all open sessions, event.Beginning when there are none.
func (o *openSessions) latest() event.Millis {
	last := event.Beginning
	o.all(func(s *openSession) {
		o.memory.restore(s)
		last = max(last, s.End)
	})
	return last
}
