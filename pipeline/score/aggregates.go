package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Aggregates are the sums of one task: visits, outcomes, signals and pain of each
// step, pane and segment value. Each visit is counted in one cell. What has changed
// is written by [Aggregates.Emit].
type Aggregates struct {
	size     event.Millis // of a window
	slide    event.Millis // of a pane
	Weights  Weights
	Segments *Segments
	steps    *journey.Steps

	panes   map[event.Millis]*pane
	last    *pane // the pane asked for last
	groups  pool[group]
	sums    pool[cellSums]
	indexed indexedCombinations

	changed []uint32    // groups with something to write
	touched []*cellSums // of the cell in hand
	windows []window    // to write; kept to be used again
	total   total       // of the window in hand

	// OtherValues counts the values of visits that were counted as "other" because
	// their pane had reached its limit of values.
	OtherValues uint64
}

// Cell is where a visit is counted: a step in a pane, and a combination of segment
// values. It is a handle, valid in this process from Enter or Attach to Release.
type Cell uint64

func newCell(group, combination uint32) Cell { return Cell(group)<<32 | Cell(combination) }

func (c Cell) group() uint32       { return uint32(c >> 32) }
func (c Cell) combination() uint32 { return uint32(c) }

// NewAggregates returns empty sums. The configuration must be valid.
func NewAggregates(c Config, steps *journey.Steps) *Aggregates {
	segments := NewSegments(c.Segments)
	return &Aggregates{
		size: event.Millis(c.Size.Milliseconds()), slide: event.Millis(c.Slide.Milliseconds()),
		Weights: c.weights(), Segments: segments, steps: steps, panes: map[event.Millis]*pane{},
		groups: newPool[group](), sums: newPool[cellSums](), indexed: newIndexedCombinations(segments, c.MaxValues),
	}
}

// Enter counts a new, open visit and returns where.
func (a *Aggregates) Enter(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	cell := a.Attach(step, segment, entered)
	a.OtherValues += uint64(a.indexed.at(cell.combination()).overLimit)
	for _, s := range a.touch(cell) {
		s.visits++
		s.outcomes[journey.Open]++
	}
	return cell
}

// Attach returns the cell of a visit and holds it. Each Enter and Attach must be
// followed by one Release, when the visit can no longer change.
func (a *Aggregates) Attach(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	p := a.pane(floor(entered, a.slide))
	handle := a.group(p, step)
	g := a.groups.at(handle)
	g.held++
	return newCell(handle, a.indexed.find(g.index, segment))
}

// Segment is the combination of segment values that a cell was made for.
func (a *Aggregates) Segment(cell Cell) SegmentID { return a.indexed.at(cell.combination()).segment }

// Release says that a visit can no longer change.
func (a *Aggregates) Release(cell Cell) { a.groups.at(cell.group()).held-- }

// ChangeOutcome moves a visit from one outcome to another.
func (a *Aggregates) ChangeOutcome(cell Cell, from, to journey.Outcome) {
	for _, s := range a.touch(cell) {
		s.outcomes[from]--
		s.outcomes[to]++
	}
}

// Leave ends a visit: its outcome becomes what it is now, and its dwell time, in
// ms, is counted.
func (a *Aggregates) Leave(cell Cell, from, to journey.Outcome, dwell event.Millis) {
	bucket := DwellBucket(dwell)
	for _, s := range a.touch(cell) {
		s.outcomes[from]--
		s.outcomes[to]++
		s.addDwell(bucket, 1)
	}
}

// Stall counts a visit as stalled, or no longer.
func (a *Aggregates) Stall(cell Cell, stalled bool) {
	for _, s := range a.touch(cell) {
		if stalled {
			s.stalled++
		} else {
			s.stalled--
		}
	}
}

// Signal counts one more signal on a visit.
func (a *Aggregates) Signal(cell Cell, k detect.Kind) {
	for _, s := range a.touch(cell) {
		s.addSignal(k, 1)
	}
}

// ChangePain moves a visit's pain, in millionths, from one value to another.
func (a *Aggregates) ChangePain(cell Cell, from, to uint32) {
	for _, s := range a.touch(cell) {
		s.pain += uint64(to) - uint64(from)
		s.painSq += squared(to) - squared(from)
		switch {
		case from == 0:
			s.affected++
		case to == 0:
			s.affected--
		}
	}
}

// Comparable reports whether others have the same panes, windows and dimensions.
func (a *Aggregates) Comparable(o *Aggregates) bool {
	return a.size == o.size && a.slide == o.slide && slices.Equal(a.Segments.names, o.Segments.names)
}

// Dirty reports whether Emit has something to write.
func (a *Aggregates) Dirty() bool { return len(a.changed) > 0 }

// touch returns the sums that a cell belongs to, those of everyone first, and notes
// that they change. The list is valid until the next call.
func (a *Aggregates) touch(cell Cell) []*cellSums {
	g := a.groups.at(cell.group())
	if !g.dirty {
		g.dirty = true
		a.changed = append(a.changed, cell.group())
	}
	list := append(a.touched[:0], a.sums.at(g.everyone))
	for _, n := range a.indexed.at(cell.combination()).numbers {
		list = append(list, a.valueSums(g, n))
	}
	for _, s := range list {
		s.dirty = true
	}
	a.touched = list
	return list
}

// pane is the pane that starts at a time, made when it is asked for first.
func (a *Aggregates) pane(start event.Millis) *pane {
	if a.last != nil && a.last.start == start {
		return a.last
	}
	p, ok := a.panes[start]
	if !ok {
		p = &pane{start: start, groups: map[journey.StepID]uint32{}, indexes: map[string]*valueIndex{}}
		a.panes[start] = p
	}
	a.last = p
	return p
}

// group is the group of a step in a pane, made when it is asked for first.
func (a *Aggregates) group(p *pane, step journey.StepID) uint32 {
	handle, ok := p.groups[step]
	if ok {
		return handle
	}
	handle = a.groups.get()
	p.groups[step] = handle
	g := a.groups.at(handle)
	*g = group{pane: p, step: step, index: a.index(p, a.steps.Info(step).App), everyone: a.newSums(), values: g.values[:0]}
	return handle
}

// index is the value index of an app in a pane, made when it is asked for first.
func (a *Aggregates) index(p *pane, app string) *valueIndex {
	x, ok := p.indexes[app]
	if !ok {
		x = newValueIndex(len(a.Segments.names))
		p.indexes[app] = x
	}
	return x
}

// valueSums are the sums of a value in a group, made when they are asked for first.
func (a *Aggregates) valueSums(g *group, number uint16) *cellSums {
	handle := g.sumsOf(number)
	if handle == 0 {
		handle = a.newSums()
		g.setSums(number, handle)
	}
	return a.sums.at(handle)
}

// newSums returns empty sums, which keep the memory of lists they had before.
func (a *Aggregates) newSums() uint32 {
	handle := a.sums.get()
	s := a.sums.at(handle)
	*s = cellSums{sums: sums{signals: s.signals[:0], dwell: s.dwell[:0]}}
	return handle
}
