package journey

import "friction/pipeline/event"

// Unfinished is an attempt that its session ended without completing. The next session of
// the same key may continue it.
type Unfinished struct {
	Journey uint8        // its number
	Visit   int32        // index in Track.Visits of the visit on which it ended
	Until   event.Millis // the last time at which it may be continued
	entered uint64
	reached uint8
	midway  bool
}

// Earlier has the unfinished attempts of a session's key.
type Earlier interface {
	// Continue takes the attempt at a journey that is continued at a time.
	Continue(journey uint8, at event.Millis) (Unfinished, bool)
}

// Unfinished appends the attempts that may be continued, in the order of the journeys, when
// their session ends, whose last event was at end.
func (s *Set) Unfinished(t *Track, end event.Millis, list []Unfinished) []Unfinished {
	if !s.resumes {
		return list
	}
	for i := range s.journeys {
		for k := range t.attempts {
			a := &t.attempts[k]
			if j := &s.journeys[i]; a.journey == uint8(i+1) && j.resume > 0 && a.current >= 0 && a.reached != completed {
				left := max(end, t.Visits[a.current].Entered)
				list = append(list, Unfinished{a.journey, a.current, left + j.resume, a.entered, a.reached, a.midway})
			}
		}
	}
	return list
}

// goOn makes a the first attempt of a session, which continues an unfinished one.
func (u *Unfinished) goOn(a *attempt) {
	a.entered, a.reached, a.midway, a.resumed = u.entered, u.reached, u.midway, true
}

// Save visits the attempt, but for its visit, which is gone with its session.
func (u *Unfinished) Save(st *event.State) {
	event.Uint(st, &u.Journey)
	event.Time(st, &u.Until)
	event.Uint(st, &u.entered)
	event.Uint(st, &u.reached)
	st.Bool(&u.midway)
}
