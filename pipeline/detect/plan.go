package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Plan is what a [Set] is made from: the rules of every kind, and the events that are hidden from them.
type Plan struct {
	Kinds      []KindPlan // by number
	Absorption []Absorption
	Hidden     Hidden
	OneAct     bool // two clicks or taps of one act, and two views that are one, are one event
}

// KindPlan is the rules of one kind. A kind that is made of outcomes of visits has
// a version, and no detector.
type KindPlan struct {
	Name     string
	Base     Variant
	Variants []Variant       // of overrides; the first that holds wins
	Outcome  journey.Outcome // of the visits that the kind is made of; Open for a kind that has detectors
}

// Variant is a rule with one set of thresholds.
type Variant struct {
	Number  uint8 // 0 for the base, or the number of the override that gave the thresholds, from 1
	Off     bool
	Where   Where
	Version string // of the rule and its thresholds, readable
	Rule    Rule
}

// Where says for which events a variant applies; nil functions match everything.
type Where struct {
	Match journey.Rule
	Steps []string
}

func (w *Where) holds(in *Input) bool {
	return (w.Match == nil || w.Match(in.Event)) && (len(w.Steps) == 0 || in.onStep(w.Steps))
}

// Absorption says which of two kinds counts if both have found the same trouble. A signal What that shares an event
// with a signal By is kept, names it in absorbed_by, and has no weight. The signal that counted the event first
// absorbs; of several that count it at the same time, the first of the plan.
type Absorption struct{ By, What Kind }

// Hidden says which events are hidden from which kinds: known false alarms.
type Hidden struct {
	Kinds  KindSet                     // from which anything is hidden
	Target func(*event.Target) KindSet // the kinds that a target is hidden from
	Woken  []Woken
	Events []HiddenEvents
}

// HiddenEvents are errors and answers that do not exist for some kinds.
type HiddenEvents struct {
	Match   journey.Rule
	Kinds   KindSet
	OnError bool // only events that report an error can match
}

// HiddenTypes are the types of the events that may be hidden by what went wrong.
var HiddenTypes = TypesOf(event.ErrorType, event.Crash, event.Request, event.Submit)

// of returns the kinds that an event does not exist for, because of what went wrong.
func (h *Hidden) of(e *event.Event) (kinds KindSet) {
	for i := range h.Events {
		if x := &h.Events[i]; (e.Error != nil || !x.OnError) && x.Match(e) {
			kinds |= x.Kinds
		}
	}
	return kinds
}

// Woken hides events that come soon after the window became visible again.
type Woken struct {
	Within event.Millis
	Kinds  KindSet
}

// hides reports whether the current event is hidden from a kind.
func (h *Hidden) hides(k Kind, in *Input) bool {
	e := in.Event
	if r := in.Reactions; r != nil {
		for _, w := range h.Woken {
			if w.Kinds.Has(k) && e.Time >= r.woke && e.Time <= r.woke+w.Within {
				return true
			}
		}
	}
	if e.Target == nil {
		return false
	}
	if !in.looked {
		in.looked, in.hidden = true, h.Target(e.Target)
	}
	return in.hidden.Has(k)
}

// New makes a set of a plan.
func New(p Plan) (*Set, error) {
	if len(p.Kinds) > MaxKinds {
		return nil, fmt.Errorf("%d kinds of signals, at most %d", len(p.Kinds), MaxKinds)
	}
	s := &Set{names: make([]string, len(p.Kinds)), families: make([]family, len(p.Kinds)), hidden: p.Hidden, oneAct: p.OneAct, limits: &event.Limits{}}
	for i, k := range p.Kinds {
		s.names[i] = k.Name
		s.add(Kind(i), k)
	}
	if len(p.Hidden.Woken) > 0 {
		s.memory.reactions = true
	}
	for _, a := range p.Absorption {
		if s.on.Has(a.By) && s.on.Has(a.What) {
			s.absorption = append(s.absorption, a)
			if s.awaits(a.By) {
				s.awaited |= 1 << a.What
			}
		}
	}
	return s, nil
}

// add puts the rules of a kind into the set, and notes which types of events it
// wants to see.
func (s *Set) add(k Kind, p KindPlan) {
	f := &s.families[k]
	f.kind, f.on, f.base = k, !p.Base.Off, s.addRule(k, p.Base)
	wanted := f.on
	for _, v := range p.Variants {
		f.variants = append(f.variants, variant{s.addRule(k, v), v.Off, v.Where})
		wanted = wanted || !v.Off
	}
	if !wanted {
		return
	}
	s.on |= 1 << k
	if p.Outcome != journey.Open {
		s.outcomes[p.Outcome], s.outcomeMade[p.Outcome] = k, true
	}
	f.hidden = s.hidden.Kinds.Has(k)
	r := &s.rules[f.base]
	if r.Distinct {
		s.distinct |= 1 << k
	}
	for t := range event.NumTypes {
		if (r.Triggers | r.Prelude).Has(t) {
			s.triggers[r.When][t] = append(s.triggers[r.When][t], k)
		}
	}
}

// awaits reports a kind whose detectors are [Awaited].
func (s *Set) awaits(k Kind) bool {
	rule := &s.rules[s.families[k].base]
	if rule.New == nil {
		return false
	}
	_, ok := rule.New().(Awaited)
	return ok
}

// addRule compiles one rule, and extends the sessions' memory to what it needs.
func (s *Set) addRule(k Kind, v Variant) uint16 {
	if !v.Off {
		s.memory.acts = s.memory.acts || v.Rule.Acts
		if v.Rule.Reactions != nil {
			s.memory.note(*v.Rule.Reactions)
		}
	}
	s.rules = append(s.rules, rule{Rule: v.Rule, kind: k, variant: v.Number, version: v.Version})
	return uint16(len(s.rules) - 1)
}
