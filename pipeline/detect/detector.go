package detect

import (
	"strings"

	"friction/pipeline/event"
)

// detector watches one session for one kind of signal. It is made when the
// session first sends something of interest and dropped when it is spent.
type detector interface {
	// take looks at an event, or, when in.event is nil, at the time that has
	// passed: what was due before in.now, or everything when in.closing.
	take(in *input)
	// rest says what the detector waits for at now.
	rest(now event.Millis) rest
	// save visits the state.
	save(s *event.State)
}

// rest is what a detector waits for.
type rest struct {
	due   event.Millis // effective time after which take must be called though nothing came; event.Never for none
	since event.Millis // the oldest event that a run has begun or may begin with; event.Never for none
	spent bool         // nothing is held that could still matter
}

// patience is how long after its own span a detector remembers what it has seen,
// in effective time, ms. Trackers flush what they have gathered in batches, and
// of two topics either may be behind, so what belongs together by its event
// times may be taken this much apart, in any order.
const patience event.Millis = 60_000

// rule makes the detectors of one kind.
type rule struct {
	kind    Kind
	types   []event.Type
	start   func() detector
	version string // the thresholds, readable
}

// input is what a detector is shown and where it leaves what it found.
type input struct {
	event   *event.Event
	now     event.Millis // effective time
	settled event.Millis // no event still to be shown is older
	closing bool
	mutated bool     // the session has sent a mutation before
	before  string   // page of the view before this event; "" for none
	viewed  bool     // there was one
	nth     uint32   // of the events of the same payload
	ids     []string // the event's id, once asked for
	joined  []string // ids of the clicks that have become part of a rage run
	found   []Signal
}

// eventIDs is a list of the event's own id, or one derived from its payload. It
// is full: appending to it makes another list.
func (in *input) eventIDs() []string {
	if in.ids != nil {
		return in.ids
	}
	id := strings.Clone(in.event.ID)
	if id == "" {
		var h event.Hasher
		id = h.Bytes(in.event.Hash[:]).Num(int64(in.nth)).Sum().String()
	}
	in.ids = []string{id}
	return in.ids
}

func (in *input) eventID() string { return in.eventIDs()[0] }

// begin starts a signal at the event in hand.
func (in *input) begin(kind Kind) Signal {
	e := in.event
	return Signal{
		Kind: kind, AbsorbedBy: NoKind, Started: e.Time, Ended: e.Time,
		Page: e.Page, Target: e.Target.Name(), Op: e.Op, Events: in.eventIDs(),
	}
}

// find hands a signal over.
func (in *input) find(s Signal) { in.found = append(in.found, s) }
