package detect

// family is the rules of one kind: the one of the configuration, and those of overrides. Each has its own detectors.
type family struct {
	kind     Kind
	on       bool // the base
	hidden   bool // some triggers may be hidden
	base     uint16
	variants []variant
}

// variant is the rule of an override, and the events that it applies to.
type variant struct {
	rule  uint16
	off   bool
	where Where
}

// show shows a trigger to the detector of the first rule that applies.
func (f *family) show(s *Set, r *SessionState, in *Input) {
	e := in.Event
	base := &s.rules[f.base]
	if !base.Triggers.Has(e.Type) {
		f.prelude(s, r, in)
		return
	}
	if len(f.variants) == 0 && base.Concerns != nil && !base.Concerns(e) {
		return
	}
	at, ok := f.pick(s, in)
	if !ok {
		return
	}
	rule := &s.rules[at]
	if rule.Concerns != nil && !rule.Concerns(e) { // it may depend on thresholds
		return
	}
	if rule.Once != nil {
		in.rule = at
		rule.Once(in)
		return
	}
	a := r.find(at)
	if a == nil {
		if rule.Starts != nil && !rule.Starts(in) {
			return
		}
		a = r.add(s, at, in.Now)
	}
	a.observe(in)
}

// prelude makes the detectors of an event that may be taken before its trigger. The trigger decides which override
// applies, and is not known yet: so the event is kept for every rule that is switched on. Existing detectors have
// seen it already.
func (f *family) prelude(s *Set, r *SessionState, in *Input) {
	s.missing = s.missing[:0]
	if f.on && r.find(f.base) == nil {
		s.missing = append(s.missing, f.base)
	}
	for i := range f.variants {
		if v := &f.variants[i]; !v.off && r.find(v.rule) == nil {
			s.missing = append(s.missing, v.rule)
		}
	}
	for _, at := range s.missing {
		if rule := &s.rules[at]; rule.Starts == nil || rule.Starts(in) {
			r.add(s, at, in.Now).observe(in)
		}
	}
}

// pick returns the rule that applies to the current event. The first override that matches wins.
func (f *family) pick(s *Set, in *Input) (rule uint16, ok bool) {
	if f.hidden && s.hidden.hides(f.kind, in) {
		return 0, false
	}
	for i := range f.variants {
		if v := &f.variants[i]; v.where.holds(in) {
			return v.rule, !v.off
		}
	}
	return f.base, f.on
}

// numbered is the rule of an override by its number, or the base if there is no such override any more.
func (f *family) numbered(s *Set, number uint8) uint16 {
	for i := range f.variants {
		if at := f.variants[i].rule; s.rules[at].variant == number {
			return at
		}
	}
	return f.base
}

// inForce reports whether a rule is switched on.
func (f *family) inForce(rule uint16) bool {
	if rule == f.base {
		return f.on
	}
	for i := range f.variants {
		if f.variants[i].rule == rule {
			return !f.variants[i].off
		}
	}
	return false
}
