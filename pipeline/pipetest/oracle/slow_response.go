package oracle

import (
	"slices"

	"friction/pipeline/event"
)

func slowResponse() *signal {
	return &signal{name: "slow_response", usual: values{"after": "3s", "again": "1s"}, within: "after", find: impatience, shares: true}
}

// impatience looks, for each slow try, at what was done while it was waited for,
// as far back as it is remembered. What was done counts for one try, whatever rules there are.
func impatience(r *reading) (found []*finding) {
	s, after, again := r.s, r.span("after"), r.span("again")
	for i, slow := range s.seen {
		if !slow.e.Type.IsAttempt() || !slow.e.Has(event.HasDuration) || slow.e.Duration <= after || !r.mine(slow) {
			continue
		}
		var acts []*occurrence
		for k, h := range s.seen[:i] {
			if !h.e.Type.IsClick() && h.e.Type != event.Submit || apart(h, slow) < 0 || apart(h, slow) > slow.e.Duration-again {
				continue
			}
			if !r.forgotten(s, k, i) {
				acts = append(acts, h)
			}
		}
		if len(acts) == 0 {
			continue
		}
		f := run(r.sig.name, append(acts, slow), len(acts))
		f.page, f.target, f.op = slow.e.Page, slow.e.Target.Name(), slow.e.Op
		f.made = s.index(slow)
		f.claims = make([]int, len(f.events))
		f.claims[len(acts)] = f.made
		found = append(found, f)
	}
	return found
}

// forgotten says that what was done as event k is not known any more at event i:
// nobody did anything for long enough for the session to be stalled in between, or too
// much was done since.
func (o *oracle) forgotten(s *history, k, i int) bool {
	from, to := slices.Index(s.all, s.seen[k]), slices.Index(s.all, s.seen[i])
	later, lastAct := 0, event.Beginning
	for n := from; n < to; n++ {
		if !s.all[n].passive {
			lastAct = s.all[n].effective
		}
		if s.all[n+1].effective > lastAct+ms(o.w.Config.Journeys.StallAfter) {
			return true
		}
		if h := s.all[n]; n > from && !h.outOfOrder && (h.e.Type.IsClick() || h.e.Type == event.Submit) {
			later++
		}
	}
	return later >= 16
}
