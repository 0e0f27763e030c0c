package detect

import "friction/pipeline/event"

// Save visits the state of a session's detectors. State of detectors that are switched off by now is read and
// dropped.
func (s *Set) Save(st *event.State, r *SessionState) {
	event.Slice(st, &r.active, func(a *active) {
		s.saveRule(st, &a.rule)
		if st.Reading() {
			if st.Err() != nil || s.rules[a.rule].New == nil {
				st.Fail("state of an unknown detector")
				return
			}
			a.detector = s.rules[a.rule].New()
		}
		event.Int(st, &a.due)
		a.detector.Save(st)
	})
	if st.Reading() && st.Err() == nil {
		r.active = Drop(r.active, func(a active) bool { return !s.families[s.rules[a.rule].kind].inForce(a.rule) })
	}
	r.On.Save(st)
	for _, v := range []*bool{&r.Viewed, &r.Wandered, &r.Acted, &r.Mutated} {
		st.Bool(v)
	}
	event.Int(st, &r.viewedAt)
	event.Slice(st, &r.presses, func(p *press) { p.save(st) })
	event.Slice(st, &r.Acts, func(a *Act) { a.save(st) })
	event.Int(st, &r.due)
	some := r.Reactions != nil
	if st.Bool(&some); some {
		if st.Reading() {
			r.Reactions = newReactions(nil)
		}
		r.Reactions.save(st)
	}
	some = r.brief != nil
	if st.Bool(&some); !some {
		return
	}
	b := r.briefly()
	event.Slice(st, &b.waiting, func(x *held) {
		x.Save(st)
		s.saveRule(st, &x.rule)
		event.Int(st, &x.until)
	})
	event.Int(st, &b.same.time)
	event.Uint(st, &b.same.more)
	event.Slice(st, &b.same.hashes, func(h *uint64) { st.Hash(h) })
}

// saveRule visits a rule by its kind and the override that gave its thresholds, because another configuration may
// number rules differently.
func (s *Set) saveRule(st *event.State, rule *uint16) {
	var k Kind
	var variant uint8
	if !st.Reading() {
		k, variant = s.rules[*rule].kind, s.rules[*rule].variant
	}
	event.Uint(st, &k)
	event.Uint(st, &variant)
	if !st.Reading() {
		return
	}
	if int(k) >= len(s.families) {
		st.Fail("unknown kind of signal")
		return
	}
	*rule = s.families[k].numbered(s, variant)
}
