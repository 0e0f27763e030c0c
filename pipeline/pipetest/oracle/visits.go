package oracle

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// visits are the visits of all journeys after some events of a session.
func (o *oracle) visits(s *history, seen []*occurrence) []*visit {
	var all []*visit
	if o.w.Config.Journeys.Site.Enabled {
		all = o.siteVisits(seen)
	}
	for i := range o.w.Config.Journeys.List {
		j := &o.w.Config.Journeys.List[i]
		of, _ := journeyVisits(j, seen, s.inherits[j.Name])
		all = append(all, of...)
	}
	return all
}

// siteVisits are the pages in a row; the same page again stays in its visit.
func (o *oracle) siteVisits(seen []*occurrence) []*visit {
	var all []*visit
	for _, h := range seen {
		n := len(all)
		if !h.e.Type.IsView() || n > 0 && all[n-1].by.e.Page == h.e.Page {
			continue
		}
		if n > 0 {
			out := journey.Advanced
			if n > 1 && all[n-2].by.e.Page == h.e.Page {
				out = journey.Back
			}
			all[n-1].leave(out, h)
		}
		all = append(all, &visit{
			journey: journey.Site, step: h.siteStep, attempt: 1, number: uint16(n + 1), entered: h.e.Time, left: event.Never, site: true, by: h,
		})
	}
	return all
}

func (v *visit) leave(out journey.Outcome, by *occurrence) {
	if v.outcome == journey.Open {
		v.outcome = out
	}
	v.left, v.leftBy = max(v.entered, by.e.Time), by
}

// attempt is one attempt in progress.
type attempt struct {
	been   map[int]bool // steps visited
	from   int          // the step it was opened at
	midway bool
	done   bool
}

// journeyVisits follows a session through the steps of a journey. Its first attempt goes on from an earlier session's, if
// there is one to go on with. It returns the last attempt, too.
func journeyVisits(j *journey.Journey, seen []*occurrence, earlier *attempt) (all []*visit, now *attempt) {
	var (
		attempts uint16
		number   uint16 // of the visit in its attempt
	)
	for _, h := range seen {
		if j.App != "" && j.App != h.e.App {
			continue
		}
		if h.early {
			continue
		}
		at := slices.IndexFunc(j.Steps, func(s journey.Step) bool { return enters(s.Match, h) })
		var current *visit
		if len(all) > 0 {
			current = all[len(all)-1]
		}
		if at >= 0 && (current == nil || int(current.index) != at) {
			if current != nil {
				current.leave(left(j, now, int(current.index), at), h)
			}
			if now == nil || now.done {
				attempts, number = attempts+1, 0
				now = &attempt{been: map[int]bool{}, from: at, midway: j.Mode != journey.AnyOrder && misses(j, nil, 0, at)}
				if attempts == 1 && earlier != nil {
					now = &attempt{been: maps.Clone(earlier.been), from: earlier.from, midway: earlier.midway}
				}
			}
			number++
			current = &visit{
				journey: j.Name, step: j.Steps[at].Name, index: uint8(at), attempt: attempts, number: number,
				entered: h.e.Time, left: event.Never, midway: now.midway, by: h,
			}
			current.skipped = j.Mode != journey.AnyOrder && misses(j, now.been, now.from, at)
			now.been[at] = true
			all = append(all, current)
			if len(j.Complete) == 0 && reached(j, now, current) {
				current.outcome, now.done = journey.Completed, true
			}
		}
		if current != nil && !now.done && anyMatches(j.Complete, h.e) {
			current.outcome, now.done = journey.Completed, true
		}
	}
	return all, now
}

// enters says that an event is on a step. What nobody did is only where the rule asks for it.
func enters(list []journey.Match, h *occurrence) bool {
	return slices.ContainsFunc(list, func(m journey.Match) bool {
		return matches(m, h.e) && (!h.passive || len(m.Type)+len(m.Op) > 0)
	})
}

// misses says that a required step from one up to another has not been visited.
func misses(j *journey.Journey, been map[int]bool, from, to int) bool {
	for k := from; k < to; k++ {
		if !j.Steps[k].Optional && !been[k] {
			return true
		}
	}
	return false
}

// left is the outcome of a visit that ends because another step is entered.
func left(j *journey.Journey, t *attempt, from, to int) journey.Outcome {
	back := to < from
	if j.Mode == journey.AnyOrder {
		back = t.been[to]
	}
	if back {
		return journey.Back
	}
	return journey.Advanced
}

// reached says that entering a step completes the attempt.
func reached(j *journey.Journey, t *attempt, v *visit) bool {
	if j.Mode != journey.AnyOrder {
		return int(v.index) == len(j.Steps)-1
	}
	for k, s := range j.Steps {
		if !s.Optional && !t.been[k] {
			return false
		}
	}
	return true
}

// end closes visits with their session.
func end(all []*visit, at event.Millis) {
	for _, v := range all {
		if v.left == event.Never {
			v.left = max(v.entered, at)
			if v.outcome == journey.Open {
				v.outcome = journey.Dropped
			}
		}
	}
}
