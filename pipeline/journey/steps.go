package journey

// StepID names a step of a journey of an app within one task. 0 is no step.
type StepID uint32

// StepInfo is what a StepID stands for.
type StepInfo struct {
	App     string
	Journey string
	Step    string
	Index   uint8 // position in the journey, from 0; always 0 in `site`
}

// Steps numbers the steps that a task has met, in order of arrival. Of pages, the first
// of each app become steps, up to a limit.
type Steps struct {
	infos    []StepInfo
	known    map[StepInfo]StepID
	pages    map[string]int // steps of `site` by app
	maxPages int
}

// NewSteps returns an empty registry.
func NewSteps(maxPages int) *Steps {
	return &Steps{infos: make([]StepInfo, 1), known: map[StepInfo]StepID{}, pages: map[string]int{}, maxPages: maxPages}
}

// Info is what id stands for.
func (s *Steps) Info(id StepID) *StepInfo { return &s.infos[id] }

// Page is the step of `site` for a page, or the step `other` and overLimit = true where
// the app has as many pages as it may have.
func (s *Steps) Page(app, page string) (id StepID, overLimit bool) {
	info := StepInfo{App: app, Journey: Site, Step: page}
	if id, ok := s.known[info]; ok {
		return id, false
	}
	switch {
	case page == Other: // shares the step, and is not counted
		return s.add(info), false
	case s.pages[app] >= s.maxPages:
		info.Step = Other
		return s.add(info), true
	}
	s.pages[app]++
	return s.add(info), false
}

// Step is the step of a configured journey.
func (s *Steps) Step(info StepInfo) StepID { return s.add(info) }

func (s *Steps) add(info StepInfo) StepID {
	if id, ok := s.known[info]; ok {
		return id
	}
	id := StepID(len(s.infos))
	s.infos = append(s.infos, info)
	s.known[info] = id
	return id
}

// Has reports whether id is in the registry.
func (s *Steps) Has(id StepID) bool { return id > 0 && int(id) < len(s.infos) }

// all is every step but the empty one, in order of arrival.
func (s *Steps) all() []StepInfo { return s.infos[1:] }
