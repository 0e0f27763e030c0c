package detect

import "friction/pipeline/event"

// Detector watches one session for one kind of signal. It is made by an event that may begin a signal, and dropped
// when it holds nothing that still matters.
type Detector interface {
	// Observe is called for each event. With in.Event nil, time has passed: the detector finds what was due before
	// in.Now, or everything if in.Closing.
	Observe(in *Input)
	// Pending says what the detector waits for at now.
	Pending(now event.Millis) Pending
	// Save visits the state.
	Save(s *event.State)
}

// Holder is a detector with signals that have begun and that another kind may absorb before they are found.
type Holder interface {
	// Held visits the signals that have begun.
	Held(visit func(*Signal))
}

// Awaited is a detector whose signals may still absorb one that another detector has found. Such a signal is held
// back until that is decided.
type Awaited interface {
	// AwaitedUntil is the effective time until which the first event of s may still become part of a signal of this
	// detector; event.Beginning if it cannot.
	AwaitedUntil(s *Signal) event.Millis
}

// Pending is what a detector waits for.
type Pending struct {
	Due   event.Millis // effective time after which Observe must be called even without an event; event.Never for none
	Since event.Millis // the oldest event that a signal has begun with, or may begin with; event.Never for none
	Spent bool         // nothing that is held still matters: the detector can be dropped
}

// Slack is how long after its own span a detector remembers what it has seen, in effective time, ms. Trackers send
// events in batches, and either of two topics may be behind, so events that belong together by their event times may
// be processed this much apart, in any order.
const Slack event.Millis = 60_000

// Rule makes the detectors of one kind, with one set of thresholds. An event is
// shown to a detector for one of three reasons: it is a trigger, part of the
// prelude, or only observed.
type Rule struct {
	Triggers Types                   // what the signal is about: overrides and suppression decide which detector sees it
	When     Condition               // of the triggers: a condition that many kinds share, checked once for all of them
	Concerns func(*event.Event) bool // of the triggers; nil for all
	Starts   func(*Input) bool       // whether a trigger makes a detector if there is none; nil for always
	Prelude  Types                   // what may be processed before its trigger: also makes a detector, and all detectors see it
	Observes Types                   // what else an existing detector sees

	New  func() Detector
	Once func(*Input) // instead of New: finds signals at once and remembers nothing

	Distinct  bool          // of the triggers: a view that is the same as the last is none
	Forgets   bool          // an event that is only observed makes it forget triggers that are in no signal; suppression may add types
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
