package engine

import (
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// openSession is a session that is not closed. An evicted one has no residentState
// but its bytes; see evict.go.
type openSession struct {
	*residentState
	key    event.Key
	armed  event.Millis // due time of the timer that counts; event.Never for none
	closed bool         // timers may still point to it

	evictedState []byte      // handles, then saved state
	evictedIDs   session.IDs // as they were: to encode thousands would take too long
	handleBytes  uint32      // of evictedState, which are no part of saved state
}

// residentState is all that is known of a session.
type residentState struct {
	session.Session
	track journey.Track
	runs  detect.Runs

	id      event.Digest
	user    string
	entry   string         // page it began on
	exit    string         // page it was last on
	extras  *extra         // nil when it has none
	context *event.Context // last learned from
	segment score.SegmentID
	pages   uint32 // page and screen views
	ahead   uint32 // events whose clock was ahead
	stalled bool
}

// extra is what only some sessions have.
type extra struct {
	account string
	client  string // the client's own session id
	signals journey.SignalCounts
}

// Key is the identity of the session's key.
func (s *openSession) Key() event.Key { return s.key }

// extra makes room for what only some sessions have.
func (s *residentState) extra() *extra {
	if s.extras == nil {
		s.extras = &extra{}
	}
	return s.extras
}

// learn keeps what the session's row and segments need of an event.
func (s *residentState) learn(segments *score.Segments, ev *event.Event) {
	if ev.Context != s.context && ev.Context != nil || s.segment == 0 || segments.Attrs() && len(ev.Attrs) > 0 {
		s.segment = segments.Learn(s.segment, ev)
		if ev.Context != nil {
			s.context = ev.Context
		}
	}
	if ev.Account != "" && ev.Account != s.extra().account {
		s.extras.account = strings.Clone(ev.Account)
	}
	if ev.Client != "" && s.extra().client == "" {
		s.extras.client = strings.Clone(ev.Client)
	}
	if ev.Has(event.ClockAhead) {
		s.ahead++
	}
}

// notePage keeps the first and the last page and counts views.
func (s *residentState) notePage(ev *event.Event) {
	if !ev.Type.IsView() {
		return
	}
	if s.pages == 0 {
		s.entry = ev.Page
	}
	s.exit = ev.Page
	s.pages++
}

// openSessions are the open sessions of a task with one timer each.
type openSessions struct {
	rules       session.Rules
	topics      int          // how many the task reads
	stallAfter  event.Millis // silence after which open visits are stalled
	limit       int          // of open sessions
	maxResident int          // of them; silent ones above it are evicted

	open     map[event.Key]*openSession
	evicted  int // of open
	timers   *session.TimerQueue[*openSession]
	codec    sessionCodec
	spare    []*residentState // memory of sessions that are evicted or closed
	hasher   event.Hasher
	counters *event.Counters
}

// find returns the open session of a key, resident; nil when there is none.
func (o *openSessions) find(key event.Key) *openSession {
	s := o.open[key]
	if s != nil {
		o.restore(s)
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

// begin opens the session that an event begins.
func (o *openSessions) begin(ev *event.Event, now event.Millis) *openSession {
	s := &openSession{key: ev.Key, armed: event.Never, residentState: o.acquire()}
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
	o.release(s)
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
		o.restore(s)
		last = max(last, s.End)
	}
	return last
}
