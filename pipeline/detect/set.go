package detect

import (
	"fmt"
	"slices"

	"friction/pipeline/event"
)

// Set is the rules in force, for the sessions of one task. The rules never change.
type Set struct {
	rules    []rule
	families [NumKinds]family
	subjects [numConditions][event.NumTypes][]Kind // kinds that a type is a subject of
	suppress suppression
	absorbs  []absorbs  // of kinds that are looked for
	remember memoryRule // of reactions
	on       [NumKinds]bool

	in    input // of the event in hand; kept here so that it need not be made for each
	place place
}

// New compiles a configuration.
func New(c Config) (*Set, error) {
	c, err := c.InForce()
	if err != nil {
		return nil, err
	}
	if err := c.validateNumbers(); err != nil {
		return nil, err
	}
	s := &Set{}
	if s.suppress, err = compileSuppression(c.Suppress); err != nil {
		return nil, fmt.Errorf("signals.suppress%w", err)
	}
	if err := s.add(c, 0, nil); err != nil {
		return nil, err
	}
	for i := range c.Overrides {
		if err := s.override(c, i); err != nil {
			return nil, fmt.Errorf("signals.overrides[%d]%w", i, err)
		}
	}
	for k := range NumKinds {
		s.enlist(k)
	}
	if len(s.suppress.wake) > 0 {
		s.remember.on = true
	}
	for _, a := range absorption {
		if s.on[a.by] && s.on[a.what] {
			s.absorbs = append(s.absorbs, a)
		}
	}
	return s, nil
}

// add compiles the rules of a configuration; only those of some kinds when given.
func (s *Set) add(c Config, variant uint8, only []Kind) error {
	all, err := c.rules(s)
	if err != nil {
		return err
	}
	for _, r := range all {
		if len(only) > 0 && !slices.Contains(only, r.rule.kind) {
			continue
		}
		if r.rule.kind == DeadClick && r.on {
			s.remember.note(c.DeadClick)
		}
		f := &s.families[r.rule.kind]
		r.rule.variant = variant
		at := uint16(len(s.rules))
		s.rules = append(s.rules, r.rule)
		if variant == 0 {
			f.base, f.on, s.on[r.rule.kind] = at, r.on, r.on
			continue
		}
		f.others[len(f.others)-1].rule, f.others[len(f.others)-1].off = at, !r.on
	}
	return nil
}

// enlist notes which types a kind wants to see.
func (s *Set) enlist(k Kind) {
	f := &s.families[k]
	f.kind = k
	wanted := f.on
	for i := range f.others {
		wanted = wanted || !f.others[i].off
	}
	s.on[k] = wanted
	if !wanted {
		return
	}
	f.suppressible = s.suppress.kinds.has(k)
	r := &s.rules[f.base]
	for t := range event.NumTypes {
		if r.subjects.has(t) || r.early.has(t) {
			s.subjects[r.when][t] = append(s.subjects[r.when][t], k)
		}
	}
}

// counts says that, of what both have found, the one counts and the other does not.
func (s *Set) counts(by, what Kind) bool {
	return slices.ContainsFunc(s.absorbs, func(a absorbs) bool { return a.by == by && a.what == what })
}

// On reports whether a kind is looked for.
func (s *Set) On(k Kind) bool { return s.on[k] }

// Version is the rule and thresholds behind a signal, readable.
func (s *Set) Version(x *Signal) string {
	if int(x.rule) < len(s.rules) && s.rules[x.rule].kind == x.Kind {
		return s.rules[x.rule].version
	}
	return s.rules[s.families[x.Kind].base].version
}
