package engine

import (
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/session"
)

// openSessions are the open sessions of a task with one timer each.
type openSessions struct {
	rules      session.Rules
	topics     int          // how many the task reads
	stallAfter event.Millis // silence after which open visits are stalled
	limit      int          // of open sessions

	open     map[event.Key]*openSession
	timers   *session.TimerQueue[*openSession]
	memory   residency
	hasher   event.Hasher
	counters *event.Counters
}

// find returns the open session of a key, resident; nil when there is none.
func (o *openSessions) find(key event.Key) *openSession {
	s := o.open[key]
	if s != nil {
		o.memory.restore(s)
	}
	return s
}

// decide says what becomes of an event. s is the open session of its key, or nil; id
// is the hash of the event's explicit id.
func (o *openSessions) decide(s *openSession, ev *event.Event, id uint64, now event.Millis) session.Decision {
	if s != nil {
		return o.rules.Decide(&s.Session, ev, id, now)
	}
	d := o.rules.Decide(nil, ev, id, now)
	if d == session.Open && len(o.open) >= o.limit {
		return session.Capped
	}
	return d
}

// explicitID is the hash of the id that an event names itself by, 0 when it has none.
func explicitID(ev *event.Event) uint64 {
	if ev.ID == "" {
		return 0
	}
	return event.Hash64(ev.ID)
}

// begin opens the session that an event begins.
func (o *openSessions) begin(ev *event.Event, now event.Millis) *openSession {
	s := &openSession{key: ev.Key, armed: event.Never, residentState: o.memory.acquire()}
	s.user = strings.Clone(ev.User)
	s.id = o.hasher.Reset().Num(int64(ev.Key.Hi)).Num(int64(ev.Key.Lo)).Num(int64(ev.Time)).Num(0).Sum()
	s.Begin(ev, now)
	o.open[ev.Key] = s
	o.counters.SessionsOpened++
	return s
}

// remove forgets a session that has ended.
func (o *openSessions) remove(s *openSession) {
	delete(o.open, s.key)
	s.closed = true
	o.memory.release(s)
	o.counters.SessionsClosed++
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
		due = min(due, s.LastActive+o.stallAfter)
	}
	return due
}

// latest is the latest event of all open sessions, event.Beginning when there are none.
func (o *openSessions) latest() event.Millis {
	last := event.Beginning
	for _, s := range o.open {
		o.memory.restore(s)
		last = max(last, s.End)
	}
	return last
}
