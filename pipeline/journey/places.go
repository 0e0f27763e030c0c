package journey

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
)

// hour is how long uses of pages are counted before they are halved, ms of time in force.
const hour event.Millis = 3_600_000

// places are the pages of one app that are steps of `site`: those that are used most. Uses are counted in whole numbers
// and halved each hour. Only then may pages without a place take the places of others that are used less, so that a page
// stays what it is for an hour at least.
type places struct {
	hour       event.Millis      // number of the hour of the last view
	kept       map[string]*place // by page
	candidates map[string]uint32 // uses of pages without a place
	steps      []StepID          // all that there are of the app, of `site` and of journeys
}

// place is the place of a page.
type place struct {
	step StepID
	uses uint32
}

// site is the places of an app, made when they are asked for first.
func (s *Steps) site(app string) *places {
	if s.last != nil && s.lastApp == app {
		return s.last
	}
	p, ok := s.sites[app]
	if !ok {
		p = &places{kept: map[string]*place{}, candidates: map[string]uint32{}}
		s.sites[app] = p
	}
	s.last, s.lastApp = p, app
	return p
}

// Page is the step of `site` for a view at a time in force, or the step `other` and overLimit = true where the page has no
// place. A page that is not there (status 404 or 410) gets no place, and is not counted.
func (s *Steps) Page(app string, e *event.Event, now event.Millis) (id StepID, overLimit bool) {
	p := s.site(app)
	if at := now / hour; at > p.hour {
		s.turn(app, p, at)
	}
	missing := e.Status == 404 || e.Status == 410
	if at, ok := p.kept[e.Page]; ok {
		if !missing {
			at.uses++
		}
		return at.step, false
	}
	switch {
	case e.Page == Other: // shares the step, and is not counted
		return s.add(StepInfo{App: app, Journey: Site, Step: Other}), false
	case missing:
	case len(p.kept) < s.maxPages:
		id = s.add(StepInfo{App: app, Journey: Site, Step: e.Page})
		p.kept[s.infos[id].Step] = &place{id, 1}
		return id, false
	default:
		s.candidate(p, e.Page)
	}
	return s.add(StepInfo{App: app, Journey: Site, Step: Other}), true
}

// candidate counts a use of a page without a place. As many pages as have places are remembered. When another one comes,
// it and all of them lose a use, and those without any are forgotten: a page that has more than its share of the uses is
// never crowded out by others (Misra and Gries).
func (s *Steps) candidate(p *places, page string) {
	if n, ok := p.candidates[page]; ok || len(p.candidates) < s.maxPages {
		p.candidates[page] = n + 1
		return
	}
	for other, n := range p.candidates {
		if n == 1 {
			delete(p.candidates, other)
		} else {
			p.candidates[other] = n - 1
		}
	}
}

// turn begins an hour: candidates take the places of pages that are used less, and then all uses are halved, once for each
// hour that has passed.
func (s *Steps) turn(app string, p *places, at event.Millis) {
	kept := slices.SortedFunc(maps.Keys(p.kept), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.kept[a].uses, p.kept[b].uses), cmp.Compare(b, a))
	})
	best := slices.SortedFunc(maps.Keys(p.candidates), func(a, b string) int {
		return cmp.Or(cmp.Compare(p.candidates[b], p.candidates[a]), cmp.Compare(a, b))
	})
	for len(kept) > s.maxPages { // the configuration has another limit by now
		step := p.kept[kept[0]].step
		delete(p.kept, kept[0])
		s.freeUnused(step)
		kept = kept[1:]
	}
	for i, page := range best {
		if i == len(kept) || p.candidates[page] <= p.kept[kept[i]].uses {
			break
		}
		s.give(app, p, kept[i], page)
	}
	halvings := min(at-p.hour, 32)
	for _, x := range p.kept {
		x.uses = uint32(uint64(x.uses) >> halvings)
	}
	for page, n := range p.candidates {
		if n >>= halvings; n == 0 {
			delete(p.candidates, page)
		} else {
			p.candidates[page] = n
		}
	}
	p.hour = at
}

// give gives the place of one page to another. The step of the one stays for as long as something is counted on it.
func (s *Steps) give(app string, p *places, from, to string) {
	old := p.kept[from]
	delete(p.kept, from)
	p.candidates[from] = old.uses
	s.freeUnused(old.step)
	id := s.add(StepInfo{App: app, Journey: Site, Step: to})
	p.kept[s.infos[id].Step] = &place{id, p.candidates[to]}
	delete(p.candidates, to)
}

// Forget lets go of an app: none of its sessions is open.
func (s *Steps) Forget(app string) {
	p, ok := s.sites[app]
	if !ok {
		return
	}
	delete(s.sites, app)
	s.last = nil
	for _, id := range slices.Clone(p.steps) {
		s.freeUnused(id)
	}
}

// save visits the places of an app, by page. Steps are those of their names.
func (p *places) save(st *event.State, app string, s *Steps) {
	event.Int(st, &p.hour)
	kept := slices.Sorted(maps.Keys(p.kept))
	event.Slice(st, &kept, func(page *string) {
		event.Str(st, page)
		if st.Reading() {
			id, ok := s.known[StepInfo{App: app, Journey: Site, Step: *page}]
			if !ok {
				st.Fail("place of an unknown step")
			}
			p.kept[*page] = &place{step: id}
		}
		event.Uint(st, &p.kept[*page].uses)
	})
	candidates := slices.Sorted(maps.Keys(p.candidates))
	event.Slice(st, &candidates, func(page *string) {
		n := p.candidates[*page]
		event.Str(st, page)
		event.Uint(st, &n)
		if st.Reading() {
			p.candidates[*page] = n
		}
	})
}
