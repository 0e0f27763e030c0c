package detect

import "friction/pipeline/event"

// family is the rules of one kind: the one of the configuration, and those of
// overrides. Each has detectors of its own.
type family struct {
	kind         Kind
	on           bool // the base
	suppressible bool // some subjects may be left out
	base         uint16
	others       []override
}

// show shows a subject to the one detector that it is for.
func (f *family) show(s *Set, r *Runs, in *input) {
	e := in.event
	base := &s.rules[f.base]
	if !base.subjects.has(e.Type) {
		f.early(s, r, in)
		return
	}
	if base.concerns != nil && !base.concerns(e) {
		return
	}
	at, ok := f.pick(s, in)
	if !ok {
		return
	}
	rule := &s.rules[at]
	if rule.once != nil {
		in.rule = at
		rule.once(in)
		return
	}
	a := r.find(at)
	if a == nil {
		if rule.begins != nil && !rule.begins(in) {
			return
		}
		a = r.add(s, at, in.now)
	}
	a.take(in)
}

// isAside reports an event that every detector of the rule sees, and not as a
// subject.
func (r *rule) isAside(e *event.Event) bool {
	return (r.heeds | r.early).has(e.Type) && !r.isAbout(e)
}

// isAbout reports an event that is a subject of the rule.
func (r *rule) isAbout(e *event.Event) bool {
	return r.subjects.has(e.Type) && r.when.holds(e) && (r.concerns == nil || r.concerns(e))
}

func (c condition) holds(e *event.Event) bool {
	switch c {
	case named:
		return e.Op != ""
	case broken:
		return isBroken(e)
	}
	return true
}

// early makes the detector of an event that may be taken before its subject.
// (What it belongs to decides between overrides, and is not known yet: such an
// event is kept by the base, and by those overrides whose detectors are there.)
func (f *family) early(s *Set, r *Runs, in *input) {
	rule := &s.rules[f.base]
	if f.on && r.find(f.base) == nil && (rule.begins == nil || rule.begins(in)) {
		r.add(s, f.base, in.now).take(in)
	}
}

// pick is the rule that the event in hand is for. The first override that holds
// wins.
func (f *family) pick(s *Set, in *input) (rule uint16, ok bool) {
	if f.suppressible && s.suppress.leavesOut(f.kind, in) {
		return 0, false
	}
	for i := range f.others {
		if o := &f.others[i]; o.where.holds(in) {
			return o.rule, !o.off
		}
	}
	return f.base, f.on
}

// variantOf is the rule of a kind that some override made, or the base when there
// is none such any more.
func (s *Set) variantOf(k Kind, variant uint8) uint16 {
	for i := range s.families[k].others {
		if at := s.families[k].others[i].rule; s.rules[at].variant == variant {
			return at
		}
	}
	return s.families[k].base
}

// isFailure reports an error, a crash, or a request or submit that ended badly.
func isFailure(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Failed() || e.Type == event.Submit && e.Status >= 400
}

// isBroken reports an error, a crash, or anything that the server answered with
// a status of 500 or more.
func isBroken(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Status >= 500
}
