package session

import (
	"strings"

	"friction/pipeline/event"
)

// Session is what the rules need to know of one open session.
type Session struct {
	Opened     event.Millis // time of the event that opened it; never changes
	Start      event.Millis // earliest act
	End        event.Millis // latest act
	LastActive event.Millis // effective time of the last event taken
	LastAct    event.Millis // effective time of the last act taken

	newest [MaxTopics]event.Millis // newest event taken of each topic

	Events     uint32 // taken
	Duplicates uint32 // events left out because their id was taken before
	Capped     uint32 // events left out because of a limit
	LateJoined uint32 // of Events: those out of order
	Overdue    bool   // it happened long ago: it lives beside the key's session of now, if there is one
	// Provisional says that no act has been taken yet: nobody may be there. Start and End are then the time of the
	// event that opened it.
	Provisional bool
	Split       bool   // opened because the one before reached max, or another day or campaign began
	Campaign    uint64 // hash of the values it began with, 0 for none
	IDs         IDs    // explicit ids of the events taken

	ClockOffset event.Millis  // the largest that was taken away from an event's time, negative for a slow clock
	offsets     []clockOffset // of devices whose clock is fast
	recent      []recentEvent // events without an id, by time
}

// Spare is an empty session in the memory of one that is over.
func (s *Session) Spare() Session {
	const most = 64 // events; a burst needs more memory than most sessions, which would keep it
	if cap(s.recent) > most {
		return Session{}
	}
	return Session{recent: s.recent[:0]}
}

// Decision is what becomes of an event.
type Decision uint8

// The decisions about an event.
const (
	Join      Decision = iota // the open session takes it
	Open                      // opens a session; none of its key and kind is open
	Replace                   // the open session closes and this event opens the next
	Split                     // as Replace, because the open one has reached max, or another day or campaign begins
	Late                      // it comes too late for every session
	Duplicate                 // the session has taken its id before
	Capped                    // the session has reached a limit
)

// Overdue reports an event at time t that comes, at effective time now, when a session of
// its time would have closed already.
func (r *Rules) Overdue(t, now event.Millis) bool { return t+r.Gap+r.Grace < now }

// Forgone reports an overdue event that is too old to count at all.
func (r *Rules) Forgone(t, now event.Millis) bool { return t+r.AcceptLate < now }

// Decide says what becomes of e, and changes nothing. s is the open session of its key that
// is overdue if e is, nil when there is none; id is the hash of e's explicit id.
//
// Only acts make a session longer: another event joins as long as it is not later than the
// session reaches.
// An event later than the session reaches opens the next one. The session grows
// backwards to an event before its start, unless the silence between would be too long,
// the session too long or of two days, or it was split from the one before: such an
// event is late. An overdue session makes way for it.
func (r *Rules) Decide(s *Session, e *event.Event, id uint64) Decision {
	t := e.Time
	switch {
	case s == nil:
		return Open
	case t > s.End+r.Gap:
		return Replace
	case !s.Provisional && (t > s.Start+r.Max || t > s.End && r.startsAnew(s, e)) && r.IsAct(e):
		return Split
	case t < s.Start-r.Gap, !s.Provisional && t < s.Start && (s.Split || s.End-t > r.Max || r.days && r.day(t) < r.day(s.Start)):
		if s.Overdue {
			return Replace
		}
		return Late
	}
	if r.Repeats(s, e, id) {
		return Duplicate
	}
	if s.Events >= r.MaxEvents || e.ID != "" && s.IDs.Len() >= r.MaxIDs {
		return Capped
	}
	return Join
}

// day numbers the day that t lies in, from midnight to midnight.
func (r *Rules) day(t event.Millis) event.Millis {
	const day = 86_400_000
	t += r.offset
	if t < 0 {
		t -= day - 1
	}
	return t / day
}

// startsAnew reports an event of a later day, or from another campaign, than the
// session's.
func (r *Rules) startsAnew(s *Session, e *event.Event) bool {
	if r.days && r.day(e.Time) > r.day(s.End) {
		return true
	}
	c := r.campaignOf(e)
	return c != 0 && c != s.Campaign
}

// campaignOf is the hash of an event's campaign, 0 for none.
func (r *Rules) campaignOf(e *event.Event) uint64 {
	if len(r.campaigns) == 0 || len(e.Attrs) == 0 {
		return 0
	}
	var all strings.Builder
	for _, name := range r.campaigns {
		all.WriteString(e.Attr(name))
		all.WriteByte(0)
	}
	if all.Len() == len(r.campaigns) {
		return 0
	}
	return event.Hash64(all.String())
}

// Begin makes s the session that e opens at effective time now. It is provisional until
// it takes an act.
func (s *Session) Begin(e *event.Event, now event.Millis) {
	*s = Session{recent: s.recent[:0], Opened: e.Time, Start: e.Time, End: e.Time, LastActive: now, LastAct: now, Provisional: true}
	for i := range s.newest {
		s.newest[i] = event.Beginning
	}
}

// Take adds an event that joins, or has just opened, the session at effective
// time now. It reports whether the event is out of order: older than the newest of its
// topic already taken. Visits and detectors do not see such an event.
func (r *Rules) Take(s *Session, topic uint8, e *event.Event, id uint64, now event.Millis) (outOfOrder bool) {
	s.Events++
	s.LastActive = now
	if e.ID != "" {
		s.IDs.Add(id)
	}
	if r.IsAct(e) {
		r.takeAct(s, e, now)
	}
	if e.Time < s.newest[topic] {
		s.LateJoined++
		return true
	}
	s.newest[topic] = e.Time
	return false
}

// takeAct lets a session begin, or reach as far as, an act.
func (r *Rules) takeAct(s *Session, e *event.Event, now event.Millis) {
	if s.Provisional {
		s.Provisional = false
		s.Opened, s.Start, s.End = e.Time, e.Time, e.Time
	}
	s.LastAct = now
	if s.Campaign == 0 {
		s.Campaign = r.campaignOf(e)
	}
	s.Start = min(s.Start, e.Time)
	s.End = max(s.End, e.Time)
}

// Settled is the time that no event still to come in order is older than, at effective
// time now, when the task reads so many topics: the events of each topic are taken in
// order, and one older than gap and grace is taken by overdue sessions only.
func (r *Rules) Settled(s *Session, topics int, now event.Millis) event.Millis {
	oldest := event.Never
	for i := range topics {
		oldest = min(oldest, s.newest[i])
	}
	if s.Overdue {
		return oldest
	}
	return max(oldest, now-r.Gap-r.Grace)
}

// Due is the time after which the session closes: after its last event, or, if it is
// overdue, after it last took one.
func (r *Rules) Due(s *Session) event.Millis {
	if s.Overdue {
		return s.LastActive + r.Gap + r.Grace
	}
	return s.End + r.Gap + r.Grace
}
