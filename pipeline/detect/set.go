package detect

import (
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Set is the effective rules for the sessions of one task. The rules never change.
type Set struct {
	names       []string // of kinds
	rules       []rule
	families    []family                              // by kind
	triggers    [numConditions][event.NumTypes][]Kind // kinds that a type triggers
	outcomes    [journey.NumOutcomes]Kind             // kinds that visits make
	outcomeMade [journey.NumOutcomes]bool             // and whether there is one
	hidden      Hidden
	absorption  []Absorption // of kinds that are switched on
	awaited     KindSet      // kinds that are held back while another signal may still absorb them
	memory      memoryRule
	on          KindSet
	distinct    KindSet // kinds that a view which is the same as the last is not shown to
	oneAct      bool    // what is one act or one view is one event

	in      Input    // of the current event; kept here so that it is not allocated for each
	missing []uint16 // rules whose detectors the event makes; kept for the same reason
	over    []Signal // what is no longer held back, likewise
	fresh   []held   // what is held back from now on, likewise
	limits  *event.Limits
}

// CountLimits says where to count what is left out because of a limit.
func (s *Set) CountLimits(in *event.Limits) { s.limits = in }

// rule is a rule, with its kind and variant.
type rule struct {
	Rule
	kind    Kind
	version string
	variant uint8 // 0, or the number of the override that gave the thresholds, from 1
}

// absorbs reports whether signals of one kind absorb those of another.
func (s *Set) absorbs(by, what Kind) bool {
	return slices.Contains(s.absorption, Absorption{by, what})
}

// On reports whether a kind is switched on.
func (s *Set) On(k Kind) bool { return s.on.Has(k) }

// OfOutcome is the kind of signal that an outcome of a visit makes, if it is switched on.
func (s *Set) OfOutcome(o journey.Outcome) (Kind, bool) { return s.outcomes[o], s.outcomeMade[o] }

// Name is what a kind is called in tables and configuration.
func (s *Set) Name(k Kind) string {
	switch {
	case k == NoKind:
		return ""
	case int(k) >= len(s.names):
		return "unknown"
	}
	return s.names[k]
}

// Version is the rule and thresholds behind a signal, readable.
func (s *Set) Version(x *Signal) string {
	if int(x.rule) < len(s.rules) && s.rules[x.rule].kind == x.Kind {
		return s.rules[x.rule].version
	}
	return s.rules[s.families[x.Kind].base].version
}
