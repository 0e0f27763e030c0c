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
					r.absorb(s, c, a.What, in.found[start:])
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
func (r *SessionState) absorb(s *Set, c claimed, what Kind, found []Signal) {
	absorb := func(x *Signal) {
		if x.AbsorbedBy == NoKind && x.Kind == what && x.names(c.id) {
			x.AbsorbedBy = c.by
		}
	}
	for i := range found {
		absorb(&found[i])
	}
	for i := range r.waiting() {
		absorb(&r.brief.waiting[i].Signal)
	}
	for i := range r.active {
		if a := &r.active[i]; s.rules[a.rule].kind == what {
			if h, ok := a.detector.(Holder); ok {
				h.Held(absorb)
			}
		}
	}
}

// release hands over the signals held back and just found, except those that another signal may still absorb. What was
// held back comes first.
func (r *SessionState) release(s *Set, in *Input, start int) {
	fresh := r.hold(s, in, start)
	s.over = s.over[:0]
	if b := r.brief; b != nil {
		b.waiting = Drop(b.waiting, func(x held) bool {
			if x.AbsorbedBy == NoKind && x.until >= in.Now {
				r.due = min(r.due, x.until)
				return false
			}
			s.over = append(s.over, x.Signal)
			return true
		})
	}
	in.found = slices.Insert(in.found, start, s.over...)
	if len(fresh) > 0 {
		b := r.briefly()
		b.waiting = append(b.waiting, fresh...)
		for i := range fresh {
			r.due = min(r.due, fresh[i].until)
		}
	}
	clear(s.over)
}

// hold takes those of the signals just found that another one may still absorb out of in.found, and returns them. Of
// those held back already it notes which ones nothing can absorb any more.
func (r *SessionState) hold(s *Set, in *Input, start int) []held {
	for i := range r.waiting() {
		if x := &r.brief.waiting[i]; slices.Contains(in.left, x.first) {
			x.until = r.awaitedUntil(s, &x.Signal)
		}
	}
	s.fresh = s.fresh[:0]
	kept := in.found[:start]
	for _, x := range in.found[start:] {
		if until := r.awaitedUntil(s, &x); until >= in.Now {
			s.fresh = append(s.fresh, held{x, until})
		} else {
			kept = append(kept, x)
		}
	}
	in.found = kept
	return s.fresh
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
