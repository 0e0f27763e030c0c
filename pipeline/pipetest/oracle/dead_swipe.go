package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func deadSwipe() *signal {
	return &signal{
		name:   "dead_swipe",
		usual:  values{"within": "2.5s", "reactions": reaction("mutation page_view screen_view input scroll selection crash", "0s", "0s")},
		within: "within", find: deadSwipes,
	}
}

// deadSwipes looks, swipe by swipe, for what moved from its beginning on.
func deadSwipes(r *reading) (found []*finding) {
	s, windows := r.s, r.windows()
	wait, before := r.waits(windows)
	mutates := false
	for _, h := range s.seen {
		mutates = mutates || h.e.Type == event.Mutation
		if h.e.Type != event.Swipe || !mutates || !r.mine(h) || h.e.Target != nil && slices.Contains(unseen, h.e.Target.Tag) {
			continue
		}
		began, dead := beganAt(h.e), true
		for _, x := range s.seen {
			if reactedIn(windows, x.e, began, h.e.Time) && x.effective <= h.effective+wait && !lapsed(h, x, max(wait, before)+patience) {
				dead = false
			}
		}
		if dead {
			f := s.alone(r.sig.name, h)
			f.started, f.made, f.claims = began, s.after(h.effective+wait), nil
			found = append(found, f)
		}
	}
	return found
}

// unseen are elements of which nobody sees what a swipe does there.
var unseen = []string{"canvas", "video", "audio", "embed", "object"}
