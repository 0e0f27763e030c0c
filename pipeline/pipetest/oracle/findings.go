package oracle

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"friction/pipeline/event"
)

// patience is how much later than what it belongs to an event may be taken, in
// effective time and beyond the detector's own span.
const patience event.Millis = 60_000

// findings are the signals of a session, those of visits apart.
func (o *oracle) findings(s *history) (all []*finding) {
	settled := o.settled(s)
	var rages []*finding
	for _, sig := range signals() {
		if sig.find == nil {
			continue
		}
		for _, r := range o.readings(s, sig) {
			found := sig.find(r)
			for _, f := range found {
				f.sig = sig
			}
			all = append(all, found...)
		}
	}
	for _, f := range all {
		if f.kind == "rage_click" || f.kind == "rage_tap" {
			rages = append(rages, f)
		}
	}
	for _, f := range all {
		switch {
		case !f.sig.awaitsRage:
		case f.absorbed == "":
			f.made = max(f.made, settled[f.events[0]])
		default:
			for _, r := range rages { // the crash came when the rage had the click already
				if at := slices.Index(r.events, f.events[0]); at >= 0 && r.claims[at] < f.made {
					f.absorbed = r.kind
				}
			}
		}
	}
	all = share(all)
	absorb(all)
	return all
}

// settled is, for each click, how many events had been processed when it was known
// whether it is part of a rage.
func (o *oracle) settled(s *history) map[*occurrence]int {
	all := map[*occurrence]int{}
	for _, r := range o.readings(s, rageClick()) {
		maps.Copy(all, r.rage(event.Click).settled)
	}
	for _, r := range o.readings(s, rageTap()) {
		maps.Copy(all, r.rage(event.Tap).settled)
	}
	return all
}

// claimed is when a run counted one of its events, once it was a run after so many.
func (s *history) claimed(f *finding, run int) {
	for i := range f.events {
		f.claims = append(f.claims, s.index(f.events[max(i, run-1)]))
	}
}

// absorb gives what shares an event with a run of an absorbing kind to the run
// that counted the event first, if it was there by then.
func absorb(all []*finding) {
	for _, f := range all {
		if f.absorbed != "" {
			continue
		}
		first := math.MaxInt
		for _, kind := range f.sig.absorbedBy {
			for _, by := range all {
				if by.kind != kind {
					continue
				}
				for i, at := range by.claims {
					if at < first && at >= f.began && at <= f.made && slices.Contains(f.events, by.events[i]) {
						first, f.absorbed = at, kind
					}
				}
			}
		}
	}
}

// after is how many events had been processed when a timer due at some effective time rang.
func (s *history) after(due event.Millis) int {
	n := 0
	for _, h := range s.all {
		if h.effective <= due {
			n++
		}
	}
	return n
}

// index is how many events had been processed once h was.
func (s *history) index(h *occurrence) int { return slices.Index(s.all, h) + 1 }

// over is how many events had been processed when a run ended whose last event is
// last: after a silence in effective time, or with the first event that ends it.
func (s *history) over(last *occurrence, silence event.Millis, ends func(*occurrence) bool) int {
	made := s.after(last.effective + silence)
	for i := s.index(last); i < made; i++ {
		if !s.all[i].outOfOrder && ends(s.all[i]) {
			return i + 1
		}
	}
	return made
}

// run makes a finding of the events of a run.
func run(kind string, events []*occurrence, count int) *finding {
	first := events[0]
	f := &finding{
		kind: kind, started: first.e.Time, ended: first.e.Time, count: uint32(count),
		page: first.e.Page, target: first.e.Target.Name(), op: first.e.Op, events: events,
	}
	for _, h := range events {
		f.ended = max(f.ended, h.e.Time)
	}
	return f
}

func apart(a, b *occurrence) event.Millis { return b.e.Time - a.e.Time }

// lapsed says that more effective time than some lay between two events.
func lapsed(a, b *occurrence, silence event.Millis) bool {
	return b.effective > a.effective+silence || a.effective > b.effective+silence
}

// alone is a finding of one event.
func (s *history) alone(kind string, h *occurrence) *finding {
	f := run(kind, []*occurrence{h}, 1)
	f.made, f.began = s.index(h), s.index(h)
	f.claims = []int{f.made}
	return f
}

// views are the page views of a session in the order they were seen.
func (s *history) views() []*occurrence {
	var all []*occurrence
	for _, h := range s.seen {
		if h.e.Type.IsView() {
			all = append(all, h)
		}
	}
	return all
}

// share leaves each act to the first slow response that it was part of. Where no
// act is left there is no finding.
func share(all []*finding) (kept []*finding) {
	slices.SortStableFunc(all, func(a, b *finding) int { return cmp.Compare(a.made, b.made) })
	used := map[*occurrence]bool{}
	for _, f := range all {
		if !f.sig.shares {
			kept = append(kept, f)
			continue
		}
		last := len(f.events) - 1
		acts := slices.DeleteFunc(slices.Clone(f.events[:last]), func(h *occurrence) bool { return used[h] })
		if len(acts) == 0 {
			continue
		}
		for _, h := range acts {
			used[h] = true
		}
		slow := run(f.kind, append(acts, f.events[last]), len(acts))
		f.started, f.ended, f.count, f.events, f.claims = slow.started, slow.ended, slow.count, slow.events, f.claims[last-len(acts):]
		kept = append(kept, f)
	}
	return kept
}
