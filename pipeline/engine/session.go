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
	key   event.Key
	armed event.Millis // due time of the timer that counts; event.Never for none

	evictedState []byte      // handles, then saved state
	evictedIDs   session.IDs // as they were: to encode thousands would take too long
	handleBytes  uint32      // of evictedState, which are no part of saved state
	overdue      bool        // as in the state, which may be evicted
	closed       bool        // timers may still point to it
}

// residentState is all that is known of a session.
type residentState struct {
	session.Session
	track journey.Track
	runs  detect.SessionState

	id      event.Digest
	app     string // under which it is counted
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
	early   []detect.Signal // found while it was provisional
}

// Before orders sessions for which something is due at the same time: by key, the overdue
// one of a key last.
func (s *openSession) Before(o *openSession) bool {
	if s.key != o.key {
		return s.key.Less(o.key)
	}
	return !s.overdue && o.overdue
}

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
		s.segment = segments.Learn(s.segment, s.app, ev)
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

// savedState is the part of evictedState that belongs into saved state.
func (s *openSession) savedState() []byte { return s.evictedState[s.handleBytes:] }

// cell is where a visit is counted.
func cell(v *journey.Visit) score.Cell { return score.Cell(v.Cell) }
