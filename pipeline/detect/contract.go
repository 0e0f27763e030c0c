package detect

import "friction/pipeline/event"

// Detector watches one session for one kind of signal. It is made by the event
// that may begin a run, and dropped when it has nothing left that could matter.
type Detector interface {
	// Observe looks at an event, or, when in.Event is nil, at the time that has
	// passed: what was due before in.Now, or everything when in.Closing.
	Observe(in *Input)
	// Pending says what the detector waits for at now.
	Pending(now event.Millis) Pending
	// Save visits the state.
	Save(s *event.State)
}

// Holder is a detector whose findings another kind may absorb before they are
// found.
type Holder interface {
	// Held visits the signals that have begun, or are there as if they had.
	Held(visit func(*Signal))
}

// Awaited is a detector whose runs may still absorb a signal that another detector
// has found. Such a signal is held back until that is decided.
type Awaited interface {
	// AwaitedUntil is until what effective time the event that a signal begins with may
	// still become part of a run; event.Beginning when it cannot.
	AwaitedUntil(s *Signal) event.Millis
}

// Pending is what a detector waits for.
type Pending struct {
	Due   event.Millis // effective time after which Observe must be called though nothing came; event.Never for none
	Since event.Millis // the oldest event that a run has begun or may begin with; event.Never for none
	Spent bool         // nothing is held that could still matter
}

// Slack is how long after its own span a detector remembers what it has seen, in
// effective time, ms. Trackers flush what they have gathered in batches, and of two
// topics either may be behind, so what belongs together by its event times may be
// taken this much apart, in any order.
const Slack event.Millis = 60_000

// Rule makes the detectors of one kind, with one set of thresholds. An event is
// shown to a detector for one of three reasons: it is a trigger, part of the
// prelude, or only observed.
type Rule struct {
	Triggers Types                   // what the signal is about: overrides and suppression decide which detector sees it
	When     Condition               // of the triggers: what is asked once for all kinds
	Concerns func(*event.Event) bool // of the triggers; nil for all
	Starts   func(*Input) bool       // whether a trigger makes a detector where there is none; nil for always
	Prelude  Types                   // what may be taken before its trigger: makes a detector, too, and every one sees it
	Observes Types                   // what else a detector that is there sees

	New  func() Detector
	Once func(*Input) // in place of New: finds at once, remembering nothing

	Forgets   bool          // what is only observed makes it forget triggers that are part of no signal: suppression may add types
	Acts      bool          // reads [Memory.Acts]
	Reactions *ReactionSpan // reads [Memory.Reactions]; nil when it does not
}

// Condition is what many kinds ask of an event.
type Condition uint8

// The conditions.
const (
	Always Condition = iota
	Named            // it names an operation
	Broken           // IsBroken
	numConditions
)

// holds reports whether an event meets the condition.
func (c Condition) holds(e *event.Event) bool {
	switch c {
	case Named:
		return e.Op != ""
	case Broken:
		return IsBroken(e)
	}
	return true
}

// IsBroken reports an error, a crash, or anything that the server answered with
// a status of 500 or more.
func IsBroken(e *event.Event) bool {
	return e.Type == event.ErrorType || e.Type == event.Crash || e.Status >= 500
}

// observesOnly reports an event that every detector of the rule sees, and not as a
// trigger.
func (r *Rule) observesOnly(e *event.Event) bool {
	return (r.Observes | r.Prelude).Has(e.Type) && !r.isTrigger(e)
}

// isTrigger reports an event that the rule is about.
func (r *Rule) isTrigger(e *event.Event) bool {
	return r.Triggers.Has(e.Type) && r.When.holds(e) && (r.Concerns == nil || r.Concerns(e))
}
