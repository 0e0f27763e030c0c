package detect

import (
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// detector watches one session for one kind of signal. It is made by the event
// that may begin a run, and dropped when it is spent.
type detector interface {
	// take looks at an event, or, when in.event is nil, at the time that has
	// passed: what was due before in.now, or everything when in.closing.
	take(in *input)
	// rest says what the detector waits for at now.
	rest(now event.Millis) rest
	// save visits the state.
	save(s *event.State)
}

// holder is a detector whose findings another kind may absorb before they are
// found.
type holder interface {
	// held visits the signals that have begun, or are there as if they had.
	held(visit func(*Signal))
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

// rule makes the detectors of one kind, with one set of thresholds. An event is
// shown to a detector for one of three reasons.
type rule struct {
	kind    Kind
	variant uint8 // 0, or the number of the override that gave the thresholds, from 1

	subjects types                   // what the signal is about: overrides and suppression decide which detector sees it
	when     condition               // of the subjects: what is asked once for all kinds
	concerns func(*event.Event) bool // of the subjects; nil for all
	begins   func(*input) bool       // whether a subject makes a detector where there is none; nil for always
	early    types                   // what may be taken before its subject: makes a detector, too, and every one sees it
	heeds    types                   // what else a detector that is there sees

	start   func() detector
	once    func(*input) // in place of start: finds at once, remembering nothing
	version string       // the rule and its thresholds, readable
}

// condition is what many kinds ask of an event.
type condition uint8

const (
	always condition = iota
	named            // it names an operation
	broken           // isBroken
	numConditions
)

// types is a set of event types.
type types uint32

func typesOf(list ...event.Type) (s types) {
	for _, t := range list {
		s |= 1 << t
	}
	return s
}

func (s types) has(t event.Type) bool { return s>>t&1 == 1 }

var (
	clicks   = typesOf(event.Click, event.Tap)
	views    = typesOf(event.PageView, event.ScreenView)
	tries    = typesOf(event.Request, event.Submit)
	failures = typesOf(event.ErrorType, event.Crash, event.Request, event.Submit)
	anything = types(1<<event.NumTypes - 1)
)

// input is what a detector is shown and where it leaves what it found.
type input struct {
	event   *event.Event
	now     event.Millis // effective time
	settled event.Millis // no event still to be shown is older
	closing bool

	*memory        // of the session, before this event
	place   *place // where it is in its journeys

	set     *Set
	leftOut kindSet // kinds that the target keeps out, once judged
	judged  bool

	rule   uint16    // of the detector that looks
	nth    uint32    // of the events of the same payload
	id     string    // the event's, once asked for
	joined []claimed // events that have become part of a run that may absorb others
	found  []Signal
}

// claimed is an event that counts in a run.
type claimed struct {
	by Kind
	id string
}

// place is where a session is in its journeys.
type place struct {
	track *journey.Track
	steps *journey.Steps
}

// eventID is the event's own id, or one derived from its payload.
func (in *input) eventID() string {
	if in.id == "" {
		in.id = strings.Clone(in.event.ID)
	}
	if in.id == "" {
		var h event.Hasher
		in.id = h.Bytes(in.event.Hash[:]).Num(int64(in.nth)).Sum().String()
	}
	return in.id
}

// begin starts a signal at the event in hand.
func (in *input) begin(kind Kind) Signal {
	e := in.event
	return Signal{
		Kind: kind, AbsorbedBy: NoKind, Started: e.Time, Ended: e.Time,
		Page: e.Page, Target: e.Target.Name(), Op: e.Op, first: in.eventID(),
	}
}

// find hands a signal over.
func (in *input) find(s Signal) {
	s.rule = in.rule
	in.found = append(in.found, s)
}

// claim says that an event counts in a run of a kind.
func (in *input) claim(by Kind, id string) { in.joined = append(in.joined, claimed{by, id}) }

// going is a run that has begun and may not be over.
type going struct {
	now event.Millis // of its last event
	run Signal
}

// ended finds the run if it is over.
func (g *going) ended(in *input, over bool) bool {
	if over {
		in.find(g.run)
	}
	return over
}

// drop removes from a list, in place, what is gone.
func drop[T any](list []T, gone func(T) bool) []T {
	kept := list[:0]
	for _, v := range list {
		if !gone(v) {
			kept = append(kept, v)
		}
	}
	clear(list[len(kept):])
	return kept
}
