package journey

import "friction/pipeline/event"

// Save visits the registry.
func (s *Steps) Save(st *event.State) {
	infos := s.all()
	event.Slice(st, &infos, func(i *StepInfo) {
		event.Str(st, &i.App)
		event.Str(st, &i.Journey)
		event.Str(st, &i.Step)
		event.Uint(st, &i.Index)
		if !st.Reading() {
			return
		}
		s.add(*i)
		if i.Journey == Site && i.Step != Other {
			s.pages[i.App]++
		}
	})
}

// Save visits a session's visits and attempts. Where visits are counted and written is not
// part of it.
func (t *Track) Save(st *event.State) {
	event.Slice(st, &t.Visits, func(v *Visit) { v.save(st) })
	event.Uint(st, &t.entered)
	event.Slice(st, &t.attempts, func(a *attempt) {
		event.Uint(st, &a.entered)
		event.Uint(st, &a.previous)
		event.Int(st, &a.current)
		event.Uint(st, &a.number)
		event.Uint(st, &a.visits)
		event.Uint(st, &a.journey)
		event.Uint(st, &a.step)
		event.Uint(st, &a.reached)
		st.Bool(&a.midway)
		st.Bool(&a.resumed)
		if a.current < -1 || int(a.current) >= len(t.Visits) || a.current >= 0 && t.Visits[a.current].Left != event.Never {
			st.Fail("session on a visit it does not have, or has left")
		}
	})
}

func (v *Visit) save(st *event.State) {
	event.Time(st, &v.Entered)
	event.Int(st, &v.Left)
	event.Uint(st, &v.Step)
	event.Uint(st, &v.Attempt)
	event.Uint(st, &v.Number)
	event.Uint(st, &v.nth)
	event.Uint(st, &v.Outcome)
	if v.Outcome >= NumOutcomes {
		st.Fail("unknown outcome of a visit")
		v.Outcome = Open
	}
	event.Uint(st, &v.Pain)
	event.Uint(st, &v.Since)
	st.Bool(&v.Stalled)
	st.Bool(&v.Midway)
	st.Bool(&v.Skipped)
	st.Bool(&v.Resumed)
	st.Bool(&v.Site)
	v.Signals.Save(st)
}
