package detect

import (
	"slices"

	"friction/pipeline/event"
)

// settle decides which signals absorb others, holds back those that it cannot decide yet, and notes when time matters
// next.
func (r *SessionState) settle(s *Set, in *Input, start int) []Signal {
	if len(in.joined) > 0 {
		for _, a := range s.absorption {
			for _, c := range in.joined {
				if c.by == a.By {
					r.absorb(c, a.What, in.found[start:])
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

// absorb marks the signals of a kind, held or just found, that share an event with the signal that claims it.
func (r *SessionState) absorb(c claimed, what Kind, found []Signal) {
	absorb := func(x *Signal) {
		if x.AbsorbedBy == NoKind && x.Kind == what && x.names(c.id) {
			x.AbsorbedBy = c.by
		}
	}
	for i := range found {
		absorb(&found[i])
	}
	for i := range r.waiting() {
		absorb(&r.brief.waiting[i])
	}
	for i := range r.active {
		if h, ok := r.active[i].detector.(Holder); ok {
			h.Held(absorb)
		}
	}
}

// release hands over the signals held back and just found, except those that another signal may still absorb.
func (r *SessionState) release(s *Set, in *Input, start int) {
	fresh := append(slices.Clone(r.waiting()), in.found[start:]...)
	in.found = in.found[:start]
	if r.brief != nil {
		r.brief.waiting = nil
	}
	for _, x := range fresh {
		if until := r.awaitedUntil(s, &x); until >= in.Now {
			b := r.briefly()
			b.waiting = append(b.waiting, x)
			r.due = min(r.due, until)
		} else {
			in.found = append(in.found, x)
		}
	}
}

// awaitedUntil is the effective time until which another signal may still absorb x.
func (r *SessionState) awaitedUntil(s *Set, x *Signal) event.Millis {
	until := event.Beginning
	if x.AbsorbedBy != NoKind || !s.awaited.Has(x.Kind) {
		return until
	}
	for i := range r.active {
		a := &r.active[i]
		if d, ok := a.detector.(Awaited); ok && s.absorbs(s.rules[a.rule].kind, x.Kind) {
			until = max(until, d.AwaitedUntil(x))
		}
	}
	return until
}
