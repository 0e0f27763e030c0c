package engine

import (
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/session"
)

// A session that has taken no act is provisional: perhaps nobody is there, and an app asks
// for news by itself. Nothing of it is written or counted. Its detectors watch, because the
// act that its events belong to may come later, from another topic; what they find is kept.
// Its first act makes it a session as others are. If none comes, its events are counted as
// unattended.

// maxEarly is how many signals a provisional session keeps; further ones are left out.
const maxEarly = 32

// keepEarly keeps what detectors found in a provisional session.
func (e *Engine) keepEarly(s *openSession, found []detect.Signal) {
	if len(found) == 0 {
		return
	}
	early := &s.extra().early
	kept := min(len(found), maxEarly-len(*early))
	*early = append(*early, found[:kept]...)
	e.counters.ByLimit[event.LimitEarly] += uint64(len(found) - kept)
}

// attend turns a provisional session into one that counts: first is its first act, and has
// been taken. What was found before is reported with it, once visits have seen it.
func (e *Engine) attend(s *openSession, first *session.Entry) {
	s.user = strings.Clone(first.Event.User)
	s.id = e.sessions.identify(s, first, e.intake.topics[first.Topic()])
	e.counters.SessionsOpened++
	e.sessions.provisional -= uint64(s.Events - 1)
	e.count(s, s.Events)
	e.counters.LateJoined += uint64(s.LateJoined)
}

// count counts events of a session that counts.
func (e *Engine) count(s *openSession, events uint32) {
	e.counters.InSessions += uint64(events)
	if s.overdue {
		e.counters.Overdue += uint64(events)
	}
}

// report writes and counts what detectors found in a session; what they find in a
// provisional one is kept.
func (e *Engine) report(s *openSession) {
	if s.Provisional {
		e.keepEarly(s, e.found)
		return
	}
	if s.extras != nil && s.extras.early != nil {
		e.scorer.signals(s, s.extras.early)
		s.extras.early = nil
	}
	e.scorer.signals(s, e.found)
}

// abandon ends a session that no act came to.
func (e *Engine) abandon(s *openSession) {
	e.sessions.provisional -= uint64(s.Events)
	e.counters.Unattended += uint64(s.Events)
	e.attendances.add(e.aggregates.Segments.App(s.segment), 0, s.Events)
	e.aggregates.Segments.Release(s.segment)
	e.sessions.remove(s)
}
