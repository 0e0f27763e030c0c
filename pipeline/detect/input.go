package detect

import (
	"strings"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Input is what a detector sees, and takes the signals that it finds.
type Input struct {
	Event   *event.Event
	Now     event.Millis // effective time
	Settled event.Millis // no later event is older than this
	Taken   uint32       // how many events the session has taken, with this one
	Closing bool
	Ended   event.Millis // with Closing: the last act of the session

	*Memory // of the session, before this event

	track  *journey.Track // the session's visits, including this event
	steps  *journey.Steps // the steps that track refers to
	set    *Set
	hidden KindSet // kinds that the target is not shown to, once looked up
	looked bool

	again  bool      // a view of the page one is on that is the same view as the last
	skip   KindSet   // kinds that the event does not exist for
	rule   uint16    // of the current detector
	nth    uint32    // of the events of the same payload
	id     string    // the event's, once asked for
	joined []claimed // events of signals that may absorb others
	left   []string  // events that can no longer become part of a signal of an [Awaited] detector
	found  []Signal
}

// claimed is an event that is part of a signal.
type claimed struct {
	by Kind
	id string
}

// EventID is the event's own id, or one derived from its payload.
func (in *Input) EventID() string {
	if in.id == "" {
		in.id = strings.Clone(in.Event.ID)
	}
	if in.id == "" {
		var h event.Hasher
		in.id = h.Bytes(in.Event.Hash[:]).Num(int64(in.nth)).Sum().String()
	}
	return in.id
}

// kind is the kind of the current detector.
func (in *Input) kind() Kind { return in.set.rules[in.rule].kind }

// Draft is a signal with page, target and operation of the current event, which names no event yet.
func (in *Input) Draft() Signal {
	e := in.Event
	return Signal{
		Kind: in.kind(), AbsorbedBy: NoKind, Started: e.Time, Ended: e.Time,
		Page: e.Page, Target: e.Target.Name(), Op: e.Op, taken: in.Taken,
	}
}

// Begin is a signal that begins with the current event.
func (in *Input) Begin() Signal {
	s := in.Draft()
	s.first = in.EventID()
	return s
}

// From is a signal about an earlier event, which it does not name yet. taken is what [Input.Taken] was then.
func (in *Input) From(t event.Millis, taken uint32, page, target, op string) Signal {
	return Signal{Kind: in.kind(), AbsorbedBy: NoKind, Started: t, Ended: t, Page: page, Target: target, Op: op, taken: taken}
}

// Find hands a signal over.
func (in *Input) Find(s Signal) {
	s.rule = in.rule
	in.found = append(in.found, s)
}

// Claim says that an event is part of a signal of the current detector.
func (in *Input) Claim(id string) { in.joined = append(in.joined, claimed{in.kind(), id}) }

// Leave says that an event can no longer become part of a signal of the current detector, which is [Awaited]: sooner
// than it said, and without being claimed.
func (in *Input) Leave(id string) { in.left = append(in.left, id) }

// Reached counts that something was left out because of a limit.
func (in *Input) Reached(l event.Limit) { in.set.limits[l]++ }

// Counts reports whether a kind may be found at the current event: no override switches it off there, and the target
// is no known false alarm.
func (in *Input) Counts(k Kind) bool {
	_, ok := in.set.families[k].pick(in.set, in)
	return ok && !in.skip.Has(k)
}

// Underway reports whether the session is on an open visit of a configured
// journey.
func (in *Input) Underway() (yes bool) {
	in.track.Current(func(i int32) {
		v := &in.track.Visits[i]
		yes = yes || !v.Site && v.Outcome == journey.Open
	})
	return yes
}

// onStep reports whether the session is on one of some steps.
func (in *Input) onStep(steps []string) (on bool) {
	in.track.Current(func(i int32) {
		info := in.steps.Info(in.track.Visits[i].Step)
		for _, name := range steps {
			on = on || name == info.Step || name == info.Journey+"/"+info.Step
		}
	})
	return on
}

// Push appends to a list that holds at most so many. What exceeds it is forgotten, the oldest first, and counted.
func Push[T any](in *Input, list []T, v T, most int, l event.Limit) []T {
	if len(list) >= most {
		in.Reached(l)
		clear(list[:1])
		list = list[1:] // append moves what is left once there is no room behind it, which is seldom
	}
	return append(list, v)
}

// Drop removes the elements from a list for which gone is true, in place. It asks once for each, in order.
func Drop[T any](list []T, gone func(T) bool) []T {
	n := 0
	for n < len(list) && !gone(list[n]) {
		n++
	}
	if n == len(list) {
		return list
	}
	kept := list[:n]
	for _, v := range list[n+1:] {
		if !gone(v) {
			kept = append(kept, v)
		}
	}
	clear(list[len(kept):])
	return kept
}
