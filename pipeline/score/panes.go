package score

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// panes hold the sums of one part of a task: panes by time, in them the groups of steps, in
// those the sums of everyone and of segment values.
type panes struct {
	*cells
	part    event.Millis // 0 for what came on time
	byStart map[event.Millis]*pane
	last    *pane    // the pane asked for last
	changed []uint32 // groups with something to write
}

// cells are the memory of all panes of a task.
type cells struct {
	size    event.Millis // of a window
	slide   event.Millis // of a pane
	steps   *journey.Steps
	groups  pool[group]
	sums    pool[cellSums]
	indexed indexedCombinations
	touched []*cellSums // of the cell in hand
}

func newPanes(part event.Millis, c *cells) panes {
	return panes{cells: c, part: part, byStart: map[event.Millis]*pane{}}
}

// cell is where a visit is counted.
func (s *panes) cell(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	handle := s.group(s.at(floor(entered, s.slide)), step)
	return newCell(handle, s.indexed.find(s.groups.at(handle).index, segment))
}

// touch returns the sums that a cell belongs to, those of everyone first, and notes
// that they change. The list is valid until the next call.
func (s *panes) touch(cell Cell) []*cellSums {
	g := s.groups.at(cell.group())
	if !g.dirty {
		g.dirty = true
		s.changed = append(s.changed, cell.group())
	}
	list := append(s.touched[:0], s.sums.at(g.everyone))
	for _, n := range s.indexed.at(cell.combination()).numbers {
		list = append(list, s.valueSums(g, n))
	}
	for _, c := range list {
		c.dirty = true
	}
	s.touched = list
	return list
}

// at is the pane that starts at a time, made when it is asked for first.
func (s *panes) at(start event.Millis) *pane {
	if s.last != nil && s.last.start == start {
		return s.last
	}
	p, ok := s.byStart[start]
	if !ok {
		p = &pane{start: start, groups: map[journey.StepID]uint32{}, indexes: map[string]*valueIndex{}}
		s.byStart[start] = p
	}
	s.last = p
	return p
}

// group is the group of a step in a pane, made when it is asked for first.
func (s *panes) group(p *pane, step journey.StepID) uint32 {
	handle, ok := p.groups[step]
	if ok {
		return handle
	}
	handle = s.groups.get()
	p.groups[step] = handle
	s.steps.Hold(step)
	g := s.groups.at(handle)
	*g = group{pane: p, step: step, index: s.index(p, s.steps.Info(step).App), everyone: s.newSums(), values: g.values[:0]}
	return handle
}

// index is the value index of an app in a pane, made when it is asked for first.
func (s *panes) index(p *pane, app string) *valueIndex {
	x, ok := p.indexes[app]
	if !ok {
		x = newValueIndex(len(s.indexed.segments.names))
		p.indexes[app] = x
	}
	return x
}

// valueSums are the sums of a value in a group, made when they are asked for first.
func (s *panes) valueSums(g *group, number uint16) *cellSums {
	handle := g.sumsOf(number)
	if handle == 0 {
		handle = s.newSums()
		g.setSums(number, handle)
	}
	return s.sums.at(handle)
}

// newSums returns empty sums, which keep the memory of lists they had before.
func (s *cells) newSums() uint32 {
	handle := s.sums.get()
	c := s.sums.at(handle)
	*c = cellSums{sums: sums{signals: c.signals[:0], dwell: c.dwell[:0]}}
	return handle
}

// appendWindow appends the panes of the window that starts at a time, those that have
// anything in them.
func (s *panes) appendWindow(list []*pane, start event.Millis) []*pane {
	for at := start; at < start+s.size; at += s.slide {
		if p, ok := s.byStart[at]; ok {
			list = append(list, p)
		}
	}
	return list
}

// dropBefore is [Aggregates.DropBefore].
func (s *panes) dropBefore(before event.Millis) {
	for _, start := range slices.Sorted(maps.Keys(s.byStart)) {
		if start+s.size > before {
			break
		}
		p := s.byStart[start]
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			if !s.needed(start, step) {
				s.dropGroup(p, step)
			}
		}
		if len(p.groups) == 0 {
			s.dropPane(p)
		}
	}
}

// needed reports whether a step has visits that may change, or changes not written,
// in the pane at start or in one that shares a window with it.
func (s *panes) needed(start event.Millis, step journey.StepID) bool {
	for at := start - s.size + s.slide; at < start+s.size; at += s.slide {
		p, ok := s.byStart[at]
		if !ok {
			continue
		}
		if handle, ok := p.groups[step]; ok {
			if g := s.groups.at(handle); g.held > 0 || g.dirty {
				return true
			}
		}
	}
	return false
}

func (s *panes) dropGroup(p *pane, step journey.StepID) {
	handle := p.groups[step]
	g := s.groups.at(handle)
	s.sums.put(g.everyone)
	for _, sums := range g.values {
		if sums != 0 {
			s.sums.put(sums)
		}
	}
	g.pane, g.index = nil, nil
	s.groups.put(handle)
	delete(p.groups, step)
	s.steps.Release(step)
}

// dropAll lets go of all panes.
func (s *panes) dropAll() {
	for _, start := range slices.Sorted(maps.Keys(s.byStart)) {
		p := s.byStart[start]
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			s.dropGroup(p, step)
		}
		s.dropPane(p)
	}
}

// dropPane lets go of a pane without groups.
func (s *panes) dropPane(p *pane) {
	for _, app := range slices.Sorted(maps.Keys(p.indexes)) {
		s.indexed.drop(p.indexes[app])
	}
	delete(s.byStart, p.start)
	if s.last == p {
		s.last = nil
	}
}

// floor is the highest multiple of step not above t.
func floor(t, step event.Millis) event.Millis {
	f := t / step * step
	if f > t {
		f -= step
	}
	return f
}
