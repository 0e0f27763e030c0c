package oracle

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"friction/pipeline/event"
)

// findings are the signals of a session, those of visits apart.
func (o *oracle) findings(s *history) (all []*finding) {
	settled := o.settled(s)
	var rages []*finding
	for _, sig := range signals() {
		if sig.find == nil {
			continue
		}
		for _, r := range o.readings(s, sig) {
			found := r.found()
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

// found are the signals of a reading: found by the rule, or as the tracker sent them.
func (r *reading) found() []*finding {
	if r.tracked(r.sig.name) {
		return r.ready()
	}
	return r.sig.find(r)
}

// settled is, for each click, how many events had been processed when it was known
// whether it is part of a rage.
func (o *oracle) settled(s *history) map[*occurrence]int {
	all := map[*occurrence]int{}
	var tracked []*finding
	for of, sig := range map[event.Type]*signal{event.Click: rageClick(), event.Tap: rageTap()} {
		for _, r := range o.readings(s, sig) {
			if o.tracked(sig.name) {
				tracked = append(tracked, r.ready()...)
			} else {
				maps.Copy(all, r.rage(of).settled)
			}
		}
	}
	for _, f := range tracked { // nobody waits for the tracker, and it takes what it takes at once
		all[f.events[0]] = f.made
	}
	return all
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
