package journey

import (
	"maps"
	"slices"

	"friction/pipeline/event"
)

// Save visits the registry. Holds are not part of it: whoever has one takes it again.
func (s *Steps) Save(st *event.State) {
	event.Slice(st, &s.infos, func(i *StepInfo) {
		event.Str(st, &i.App)
		event.Str(st, &i.Journey)
		event.Str(st, &i.Step)
		event.Uint(st, &i.Index)
	})
	event.Slice(st, &s.free, func(id *StepID) { event.Uint(st, id) })
	apps := slices.Sorted(maps.Keys(s.sites))
	if st.Reading() {
		s.load(st)
	}
	event.Slice(st, &apps, func(app *string) {
		event.Str(st, app)
		s.site(*app).save(st, *app, s)
	})
}

// load completes the registry once its steps are read.
func (s *Steps) load(st *event.State) {
	if len(s.infos) == 0 {
		s.infos = make([]StepInfo, 1)
	}
	s.holds = make([]uint32, len(s.infos))
	for _, id := range s.free {
		if id == 0 || int(id) >= len(s.infos) || s.infos[id] != (StepInfo{}) {
			st.Fail("free step that is in use")
			return
		}
	}
	for id, info := range s.infos {
		if info.Journey == "" {
			continue
		}
		s.known[info] = StepID(id)
		p := s.site(info.App)
		p.steps = append(p.steps, StepID(id))
	}
}

// Save visits a session's visits and attempts. Where visits are counted and written is not
// part of it.
func (t *Track) Save(st *event.State) {
	event.Slice(st, &t.Visits, func(v *Visit) { v.save(st) })
	event.Uint(st, &t.entered)
	event.Slice(st, &t.attempts, func(a *attempt) {
		event.Uint(st, &a.entered)
		st.Hash(&a.page)
		st.Hash(&a.previous)
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
