package engine

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/score"
)

// Person says whose events are meant: of these users as stored, or of this account, in one app or in all.
type Person struct {
	App     string
	Users   []string
	Account string
}

// is reports whether an event or session of that app, user and account is the person's.
func (p *Person) is(app, user, account string) bool {
	if p.App != "" && p.App != app {
		return false
	}
	return slices.Contains(p.Users, user) || p.Account != "" && p.Account == account
}

// Forget ends the open sessions of a person and drops their events that wait. No row of them is made: not of the session,
// its visits, its signals. Sums, which name nobody, keep what was counted, and the visits that end now. It is called between
// two epochs, when no rows wait to be taken. Attempts that the person's next session could continue are dropped. It returns how many sessions and events that were.
func (e *Engine) Forget(p *Person) (sessions, waiting int) {
	gone := e.sessions.of(p, e.aggregates.Segments.App)
	for _, s := range gone {
		e.close(s, max(e.Watermark(), s.LastActive))
	}
	e.unfinished.forget(p)
	e.outbox.forget()
	waiting = e.intake.buffer.Remove(func(ev *event.Event) bool { return p.is(ev.App, ev.User, ev.Account) })
	e.counters.Filtered += uint64(waiting)
	return len(gone), waiting
}

// of are the open sessions of a person, resident, in the order of timers.
func (o *openSessions) of(p *Person, appOf func(score.SegmentID) string) []*openSession {
	var found []*openSession
	o.all(func(s *openSession) {
		evicted := s.residentState == nil
		o.memory.restore(s)
		account := ""
		if s.extras != nil {
			account = s.extras.account
		}
		switch {
		case p.is(appOf(s.segment), s.user, account):
			found = append(found, s)
		case evicted:
			o.memory.evict(s)
		}
	})
	slices.SortFunc(found, func(a, b *openSession) int {
		if a.Before(b) {
			return -1
		}
		return 1
	})
	return found
}

// forget drops the rows that were made since they were last taken.
func (o *outbox) forget() {
	o.rows.Clear()
	o.bytes = 0
	o.number++ // no visit has a row in it
}
