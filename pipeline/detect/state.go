package detect

import "friction/pipeline/event"

// Save visits a session's runs. The set must have the same rules as when they
// were written.
func (s *Set) Save(st *event.State, r *Runs) {
	event.Slice(st, &r.active, func(a *active) {
		event.Uint(st, &a.rule)
		event.Int(st, &a.due)
		if st.Reading() {
			if int(a.rule) >= len(s.rules) {
				st.Fail("state of a detector that is not configured")
				return
			}
			a.detector = s.rules[a.rule].start()
		}
		a.detector.save(st)
	})
	event.Slice(st, &r.waiting, func(x *Signal) { x.save(st) })
	event.Str(st, &r.page)
	st.Bool(&r.viewed)
	st.Bool(&r.mutated)
	event.Int(st, &r.same.time)
	event.Slice(st, &r.same.hashes, func(h *uint64) { st.Hash(h) })
	event.Int(st, &r.due)
}
