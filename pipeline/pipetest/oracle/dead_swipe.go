package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func deadSwipe() *signal {
	return &signal{name: "dead_swipe", usual: values{"within": "2.5s"}, within: "within", find: deadSwipes}
}

// deadSwipes looks, swipe by swipe, for what moved from its beginning on.
func deadSwipes(r *reading) (found []*finding) {
	s, within := r.s, r.span("within")
	mutates := false
	for i, h := range s.seen {
		mutates = mutates || h.e.Type == event.Mutation
		if h.e.Type != event.Swipe || !mutates || !r.mine(h) || h.e.Target != nil && slices.Contains(unseen, h.e.Target.Tag) {
			continue
		}
		took := event.Millis(0)
		if h.e.Has(event.HasDuration) {
			took = h.e.Duration
		}
		dead := true
		for k, x := range s.seen {
			if (moves(x.e.Type) || x.e.Type == event.Crash && k > i) && x.effective <= h.effective+within && !lapsed(h, x, within+patience) && apart(h, x) >= -took && apart(h, x) <= within {
				dead = false
			}
		}
		if dead {
			f := s.alone(r.sig.name, h)
			f.started, f.made, f.claims = h.e.Time-took, s.after(h.effective+within), nil
			found = append(found, f)
		}
	}
	return found
}

// moves says that something on the page moved.
func moves(t event.Type) bool {
	return t.IsView() || t == event.Mutation || t == event.Input || t == event.Scroll || t == event.Selection
}

// unseen are elements of which nobody sees what a swipe does there.
var unseen = []string{"canvas", "video", "audio", "embed", "object"}
