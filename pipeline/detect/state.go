package detect

import "friction/pipeline/event"

// Save visits a session's runs. What detectors held that are switched off by now
// is read and dropped.
func (s *Set) Save(st *event.State, r *Runs) {
	event.Slice(st, &r.active, func(a *active) {
		event.Uint(st, &a.kind)
		event.Int(st, &a.due)
		if st.Reading() {
			if a.kind >= NumKinds || s.start[a.kind] == nil {
				st.Fail("state of an unknown detector")
				return
			}
			a.detector = s.start[a.kind]()
		}
		a.detector.save(st)
	})
	if st.Reading() && st.Err() == nil {
		r.active = drop(r.active, func(a active) bool { return !s.on[a.kind] })
	}
	event.Str(st, &r.page)
	st.Bool(&r.viewed)
	st.Bool(&r.mutated)
	event.Int(st, &r.due)
	some := r.brief != nil
	if st.Bool(&some); !some {
		return
	}
	b := r.briefly()
	event.Slice(st, &b.waiting, func(x *Signal) { x.save(st) })
	event.Int(st, &b.same.time)
	event.Slice(st, &b.same.hashes, func(h *uint64) { st.Hash(h) })
}
