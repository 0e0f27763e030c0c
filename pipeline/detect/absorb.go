package detect

import (
	"slices"

	"friction/pipeline/event"
)

// absorbs says that one kind counts where two have found the same thing.
type absorbs struct {
	by, what Kind
	why      string
}

// absorption says which kind counts where two have found the same thing: what
// shares an event with a run of `by` is kept, names it in absorbed_by, and weighs
// nothing. The run that counted the event first absorbs; of several that count the
// same event at once, the first in this list.
var absorption = []absorbs{
	{RageClick, DeadClick, "the rage is made of these clicks"},
	{RageClick, ErrorClick, "the rage is made of these clicks"},
	{RageTap, DeadClick, "the rage is made of these taps"},
	{RageTap, ErrorClick, "the rage is made of these taps"},
	{PageLoop, QuickBack, "the loop is made of these views"},
	{ValidationLoop, Retry, "the tries are those that the form refused"},
	{ValidationLoop, RepeatedSubmit, "the submits are those that the form refused"},
	{Retry, RepeatedSubmit, "the repeats are the retries of a submit"},
	{Retry, ErrorLeave, "the failures have been counted as retries"},
	{RequestStorm, Retry, "an app that repeats itself, not a person"},
	{SlowResponse, Retry, "it was tried again because it was slow, and that has been counted"},
	{Crash, ErrorClick, "the error is the crash"},
	{Crash, CrashRestart, "the crash has been counted when it happened"},
	{Crash, ErrorLeave, "the crash has been counted when it happened"},
	{ErrorClick, ErrorLeave, "the error has been counted when it answered the click"},
	{ServerErrorChain, ErrorLeave, "the errors have been counted as a chain"},
}

// Absorbs lists what may absorb what, by name.
func Absorbs() (pairs [][2]string) {
	for _, a := range absorption {
		pairs = append(pairs, [2]string{a.by.String(), a.what.String()})
	}
	return pairs
}

// settle decides what absorbs what, holds back what it cannot decide yet, and
// notes when time next matters.
func (r *Runs) settle(s *Set, in *input, start int) []Signal {
	if len(in.joined) > 0 {
		for _, a := range s.absorbs {
			for _, c := range in.joined {
				if c.by == a.by {
					r.absorb(c, a.what, in.found[start:])
				}
			}
		}
	}
	r.due = event.Never
	if len(in.found) > start || len(r.waiting()) > 0 {
		r.release(s, in, start)
	}
	for i := range r.active {
		r.due = min(r.due, r.active[i].due)
	}
	return in.found
}

// absorb marks all that is held and all just found of a kind that share an
// event with the run that claims it.
func (r *Runs) absorb(c claimed, what Kind, found []Signal) {
	mark := func(x *Signal) {
		if x.AbsorbedBy == NoKind && x.Kind == what && x.names(c.id) {
			x.AbsorbedBy = c.by
		}
	}
	for i := range found {
		mark(&found[i])
	}
	for i := range r.waiting() {
		mark(&r.brief.waiting[i])
	}
	for i := range r.active {
		if h, ok := r.active[i].detector.(holder); ok {
			h.held(mark)
		}
	}
}

// release hands over what was held back and what has just been found, but for
// clicks that a rage run may still absorb.
func (r *Runs) release(s *Set, in *input, start int) {
	fresh := append(slices.Clone(r.waiting()), in.found[start:]...)
	in.found = in.found[:start]
	if r.brief != nil {
		r.brief.waiting = nil
	}
	for _, x := range fresh {
		if until := r.open(s, &x); until >= in.now {
			b := r.briefly()
			b.waiting = append(b.waiting, x)
			r.due = min(r.due, until)
		} else {
			in.found = append(in.found, x)
		}
	}
}

// open is until what effective time a rage run may still absorb a signal.
func (r *Runs) open(s *Set, x *Signal) event.Millis {
	until := event.Beginning
	if x.AbsorbedBy == NoKind && (x.Kind == DeadClick || x.Kind == ErrorClick) {
		for i := range r.active {
			if rage, ok := r.active[i].detector.(*rage); ok && s.counts(rage.kind, x.Kind) {
				until = max(until, rage.open(x))
			}
		}
	}
	return until
}
