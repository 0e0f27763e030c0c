package detect

import (
	"fmt"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Declaration describes one kind of signal. Everything else that names the signal is derived from it: its
// configuration with defaults and bounds, its weight, what `friction check --explain` asks for, its part of
// docs/signals.md.
type Declaration struct {
	// Name is what the signal is called in tables and configuration. It never changes.
	Name string
	// Summary says in a few words what is found; the configuration shows it.
	Summary string
	// Means says what it means to the customer; "somebody …".
	Means string
	// One says what one signal is, with the default thresholds.
	One string
	// Counts says what the count of a signal counts; empty if it is always 1.
	Counts string
	// Source says where the definition and the defaults come from.
	Source string

	// Weight is the default probability that one signal was enough to hurt.
	Weight float64
	// Cap is how many signals of one visit count, by default.
	Cap int
	// SessionOnly: it describes the session as a whole. It is shown beside scores and is not part of them.
	SessionOnly bool
	// Where names the columns to group by, to see where the signal is found most.
	Where Columns

	// Failures says that it is about errors and failed requests, so that suppression can name them.
	Failures bool
	// Absorbs lists the signals that do not count if they share an event with this one.
	Absorbs []Absorbs
	// Rank decides if several signals could absorb the same one and counted its event at the same time: the lowest
	// rank absorbs, and of equal ranks the lowest number.
	Rank int

	// Thresholds are the settings with their defaults: a struct whose fields are the keys.
	// See [ThresholdsOf] for the tags.
	Thresholds any
	// Needs lists what must be sent so that the signal can be found.
	Needs []Need
	// NeedsOf are those that follow from the thresholds or the journeys; may be nil.
	NeedsOf func(thresholds any, journeys journey.Config) ([]Need, error)

	// Revision is the number of the rule. It is raised when the rule finds something else
	// with the same thresholds.
	Revision int
	// Rule makes the rule of some thresholds. Errors begin with the key below the signal.
	// Nil for a signal that is made of outcomes of visits.
	Rule func(thresholds any) (Rule, error)
	// Outcome is that of the visits which make the signal; [journey.Open] where detectors
	// do.
	Outcome journey.Outcome
	// MostHeld is how many elements all lists of one detector have at most, apart from the ids that an open signal names.
	// What exceeds it is forgotten, the oldest first, and counted.
	MostHeld int
}

// Absorbs names a signal that does not count if it shares an event with this one, and why.
type Absorbs struct {
	What Kind
	Why  string
}

// Columns are the columns to group signals by.
type Columns string

// The columns of the table of signals that tell most.
const (
	ByTarget    Columns = "page, target"
	ByPage      Columns = "page"
	ByOperation Columns = "op, page"
	ByStep      Columns = "journey, step"
)

// Need is something without which a kind of signal cannot be found.
type Need struct {
	// What is missing if no event has it.
	What string
	// Send says what to send, or to configure.
	Send string
	// Met reports whether an event has it. Nil: it depends on the configuration only, and is missing.
	Met func(*event.Event) bool
}

// RuleOf makes rules of thresholds of one type.
func RuleOf[T any](rule func(T) Rule) func(any) (Rule, error) {
	return RuleOrError(func(t T) (Rule, error) { return rule(t), nil })
}

// RuleOrError makes rules of thresholds of one type, which may be refused.
func RuleOrError[T any](rule func(T) (Rule, error)) func(any) (Rule, error) {
	return func(thresholds any) (Rule, error) {
		t, ok := thresholds.(T)
		if !ok {
			return Rule{}, fmt.Errorf(": thresholds are %T, want %T", thresholds, t)
		}
		return rule(t)
	}
}

// AbsorptionOf lists what absorbs what, in the order in which it is decided.
func AbsorptionOf(declared []*Declaration) (all []Absorption) {
	for rank := 0; len(all) < absorptions(declared); rank++ {
		for k, d := range declared {
			if d.Rank != rank {
				continue
			}
			for _, a := range d.Absorbs {
				all = append(all, Absorption{By: Kind(k), What: a.What})
			}
		}
	}
	return all
}

func absorptions(declared []*Declaration) (n int) {
	for _, d := range declared {
		n += len(d.Absorbs)
	}
	return n
}
