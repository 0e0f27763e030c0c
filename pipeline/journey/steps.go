package journey

import "slices"

// StepID names a step of a journey of an app within one task. 0 is no step.
type StepID uint32

// StepInfo is what a StepID stands for.
type StepInfo struct {
	App     string
	Journey string
	Step    string
	Index   uint8 // position in the journey, from 0; always 0 in `site`
}

// Steps numbers the steps of a task. A number stays as long as its step may be entered, or something is counted on it
// (see [Steps.Hold]); then it is used again.
type Steps struct {
	infos    []StepInfo // by number; an empty one is free
	holds    []uint32   // by number
	free     []StepID
	known    map[StepInfo]StepID
	sites    map[string]*places // by app
	maxPages int

	last    *places // of the app asked for last
	lastApp string
}

// NewSteps returns an empty registry.
func NewSteps(maxPages int) *Steps {
	return &Steps{infos: make([]StepInfo, 1), holds: make([]uint32, 1), known: map[StepInfo]StepID{}, sites: map[string]*places{}, maxPages: maxPages}
}

// Info is what id stands for.
func (s *Steps) Info(id StepID) *StepInfo { return &s.infos[id] }

// Step is the step of a configured journey.
func (s *Steps) Step(info StepInfo) StepID { return s.add(info) }

func (s *Steps) add(info StepInfo) StepID {
	if id, ok := s.known[info]; ok {
		return id
	}
	var id StepID
	if n := len(s.free); n > 0 {
		id, s.free = s.free[n-1], s.free[:n-1]
		s.infos[id] = info
	} else {
		id = StepID(len(s.infos))
		s.infos, s.holds = append(s.infos, info), append(s.holds, 0)
	}
	s.known[info] = id
	p := s.site(info.App)
	p.steps = append(p.steps, id)
	return id
}

// Has reports whether id is in the registry.
func (s *Steps) Has(id StepID) bool {
	return id > 0 && int(id) < len(s.infos) && s.infos[id].Journey != ""
}

// Hold says that something is counted on a step.
func (s *Steps) Hold(id StepID) { s.holds[id]++ }

// Release takes a hold back. A step that nothing is counted on, and that no session can enter, is forgotten.
func (s *Steps) Release(id StepID) {
	s.holds[id]--
	s.freeUnused(id)
}

// freeUnused forgets a step that nothing is counted on and no session can enter: of an app that is forgotten, or a page
// without a place.
func (s *Steps) freeUnused(id StepID) {
	info := s.infos[id]
	p, ok := s.sites[info.App]
	if s.holds[id] > 0 || ok && (info.Journey != Site || info.Step == Other || p.kept[info.Step] != nil) {
		return
	}
	if ok {
		p.steps = slices.DeleteFunc(p.steps, func(x StepID) bool { return x == id })
	}
	delete(s.known, info)
	s.infos[id] = StepInfo{}
	s.free = append(s.free, id)
}
