package engine

import (
	"bytes"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// unfinished are the attempts of closed sessions that the next session of their key may
// continue, each with the row of the visit on which it was left.
type unfinished struct {
	limit    int
	known    map[ofJourney]*leftAttempt
	queue    []*leftAttempt // in the order in which their sessions closed, with those that are gone
	counters *event.Counters

	key  event.Key      // of the session in hand
	back []*leftAttempt // what that has continued with the event in hand
	list []journey.Unfinished
	buf  []byte
}

// ofJourney is the journey of a key.
type ofJourney struct {
	key    event.Key
	number uint8
}

// leftAttempt is an attempt that may be continued.
type leftAttempt struct {
	ofJourney
	journey.Unfinished
	row           []byte // of the visit on which it was left
	account       string // of its session
	outbox, index uint32 // where that was last written
	gone          bool   // continued, replaced or forgotten
}

// Continue takes the attempt at a journey that the session in hand continues at a time.
func (u *unfinished) Continue(number uint8, at event.Millis) (journey.Unfinished, bool) {
	x := u.known[ofJourney{u.key, number}]
	if x == nil || at > x.Until {
		return journey.Unfinished{}, false
	}
	u.remove(x)
	u.back = append(u.back, x)
	return x.Unfinished, true
}

// of is the attempts that the next event of a session may continue; nil for none.
func (u *unfinished) of(s *openSession) journey.Earlier {
	if len(u.known) == 0 || s.Overdue {
		return nil
	}
	u.key = s.key
	return u
}

// continued is what the session in hand has continued since it was last asked for. It is
// valid until Continue is called again.
func (u *unfinished) continued() []*leftAttempt {
	back := u.back
	u.back = back[:0]
	return back
}

// add keeps an attempt of a session that closes at time now, and forgets what is too old,
// or has waited longest when there are too many.
func (u *unfinished) add(s *openSession, a journey.Unfinished, row *score.VisitRow, now event.Millis) {
	key, v := s.key, &s.track.Visits[a.Visit]
	for len(u.queue) > 0 && (u.queue[0].gone || u.queue[0].Until < now) {
		u.drop()
	}
	if old := u.known[ofJourney{key, a.Journey}]; old != nil {
		u.remove(old)
	}
	if len(u.queue) > 2*len(u.known)+64 {
		u.queue = slices.DeleteFunc(u.queue, func(x *leftAttempt) bool { return x.gone })
	}
	for len(u.known) >= u.limit {
		if !u.queue[0].gone {
			u.counters.AttemptsForgotten++
		}
		u.drop()
	}
	u.buf = score.AppendVisit(u.buf[:0], row)
	x := &leftAttempt{ofJourney: ofJourney{key, a.Journey}, Unfinished: a, row: bytes.Clone(u.buf), outbox: v.Outbox, index: v.Row}
	if s.extras != nil {
		x.account = s.extras.account
	}
	u.put(x)
}

func (u *unfinished) put(x *leftAttempt) {
	u.known[x.ofJourney] = x
	u.queue = append(u.queue, x)
}

// drop takes the first attempt out of the queue.
func (u *unfinished) drop() {
	if x := u.queue[0]; !x.gone {
		u.remove(x)
	}
	u.queue[0] = nil
	u.queue = u.queue[1:]
}

func (u *unfinished) remove(x *leftAttempt) {
	x.gone = true
	delete(u.known, x.ofJourney)
}

// forget drops the attempts of a person, whose visits must not be written again.
func (u *unfinished) forget(p *Person) {
	u.queue = slices.DeleteFunc(u.queue, func(x *leftAttempt) bool {
		if row := x.visit(); !x.gone && p.is(row.App, row.User, x.account) {
			u.remove(x)
		}
		return x.gone
	})
}

// visit is the row of the visit on which the attempt was left.
func (x *leftAttempt) visit() score.VisitRow {
	row, err := score.DecodeVisit(x.row)
	if err != nil {
		panic("a visit was not kept as it is read: " + err.Error())
	}
	return row
}

// remap moves the attempts to other journeys, and drops those that are gone or have other
// steps.
func (u *unfinished) remap(moved map[uint8]journey.Move) {
	queue := u.queue
	u.queue, u.known = nil, map[ofJourney]*leftAttempt{}
	for _, x := range queue {
		to, ok := moved[x.number]
		if x.gone || !ok || to.Anew {
			continue
		}
		x.number, x.Journey = to.To, to.To
		u.put(x)
	}
}

// save visits the attempts, those that were left first first.
func (u *unfinished) save(st *event.State) {
	queue := slices.DeleteFunc(slices.Clone(u.queue), func(x *leftAttempt) bool { return x.gone })
	event.Slice(st, &queue, func(x **leftAttempt) {
		if st.Reading() {
			*x = &leftAttempt{}
		}
		a := *x
		st.Key(&a.key)
		a.Save(st)
		st.Raw(&a.row)
		event.Str(st, &a.account)
		a.number = a.Journey
		if st.Reading() && st.Err() == nil {
			a.row = bytes.Clone(a.row)
			if _, err := score.DecodeVisit(a.row); err != nil || u.known[a.ofJourney] != nil {
				st.Fail("unfinished attempt that is there already, or without a visit")
				return
			}
			u.put(a)
		}
	})
}
