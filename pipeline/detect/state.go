package detect

import "friction/pipeline/event"

// Save visits a session's runs. What detectors held that are switched off by now
// is read and dropped.
func (s *Set) Save(st *event.State, r *Runs) {
	event.Slice(st, &r.active, func(a *active) {
		s.saveRule(st, &a.rule)
		if st.Reading() {
			if st.Err() != nil || s.rules[a.rule].start == nil {
				st.Fail("state of an unknown detector")
				return
			}
			a.detector = s.rules[a.rule].start()
		}
		event.Int(st, &a.due)
		a.detector.save(st)
	})
	if st.Reading() && st.Err() == nil {
		r.active = drop(r.active, func(a active) bool { return !s.inForce(a.rule) })
	}
	r.on.save(st)
	for _, v := range []*bool{&r.viewed, &r.wandered, &r.acted, &r.mutated} {
		st.Bool(v)
	}
	event.Slice(st, &r.acts, func(a *act) { a.save(st) })
	event.Int(st, &r.due)
	some := r.reactions != nil
	if st.Bool(&some); some {
		if st.Reading() {
			r.reactions = newReactions()
		}
		r.reactions.save(st)
	}
	some = r.brief != nil
	if st.Bool(&some); !some {
		return
	}
	b := r.briefly()
	event.Slice(st, &b.waiting, func(x *Signal) {
		x.save(st)
		s.saveRule(st, &x.rule)
	})
	event.Int(st, &b.same.time)
	event.Slice(st, &b.same.hashes, func(h *uint64) { st.Hash(h) })
}

// saveRule visits a rule by its kind and the override that gave its thresholds,
// because another configuration numbers rules otherwise.
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
	if k >= NumKinds {
		st.Fail("unknown kind of signal")
		return
	}
	*rule = s.variantOf(k, variant)
}

// inForce reports whether detectors of a rule are still wanted.
func (s *Set) inForce(rule uint16) bool {
	f := &s.families[s.rules[rule].kind]
	if rule == f.base {
		return f.on
	}
	for i := range f.others {
		if f.others[i].rule == rule {
			return !f.others[i].off
		}
	}
	return false
}
