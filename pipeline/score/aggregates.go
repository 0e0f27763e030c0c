package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Aggregates are the sums of one task: visits, outcomes, signals and pain of each
// step, pane and segment value. Each visit is counted in one cell. What has changed
// is written by [Aggregates.Emit]. The visits of overdue sessions are counted apart, in
// parts: rows of theirs add to those that were written before and may be forgotten.
type Aggregates struct {
	Weights  Weights
	Segments *Segments
	steps    *journey.Steps
	panes    panes    // of what came on time
	parts    []*panes // of what overdue sessions add, in order of time

	windows []window // to write; kept to be used again
	total   total    // of the window in hand

	// OtherValues counts the values of visits that were counted as "other" because
	// their pane had reached its limit of values.
	OtherValues uint64
}

// Cell is where a visit is counted: a step in a pane, and a combination of segment
// values. It is a handle, valid in this process from Enter, Attach or Hold to Release.
type Cell uint64

func newCell(group, combination uint32) Cell { return Cell(group)<<32 | Cell(combination) }

func (c Cell) group() uint32       { return uint32(c >> 32) }
func (c Cell) combination() uint32 { return uint32(c) }

// NewAggregates returns empty sums. The configuration must be valid.
func NewAggregates(c Config, steps *journey.Steps) *Aggregates {
	segments := NewSegments(c.Segments)
	return &Aggregates{
		Weights: c.weights(), Segments: segments, steps: steps,
		panes: newPanes(0, &cells{
			size: event.Millis(c.Size.Milliseconds()), slide: event.Millis(c.Slide.Milliseconds()), steps: steps,
			groups: newPool[group](), sums: newPool[cellSums](), indexed: newIndexedCombinations(segments, c.MaxValues),
		}),
	}
}

// Enter counts a new, open visit and returns where.
func (a *Aggregates) Enter(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	cell := a.Attach(step, segment, entered)
	a.OtherValues += uint64(a.panes.indexed.at(cell.combination()).overLimit)
	for _, s := range a.touch(cell) {
		s.visits++
		s.outcomes[journey.Open]++
	}
	return cell
}

// Attach returns the cell of a visit and holds it. Each Enter and Attach must be
// followed by one Release, when the visit can no longer change.
func (a *Aggregates) Attach(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	cell := a.panes.cell(step, segment, entered)
	a.panes.groups.at(cell.group()).held++
	return cell
}

// Segment is the combination of segment values that a cell was made for.
func (a *Aggregates) Segment(cell Cell) SegmentID {
	if cell.held() {
		return SegmentID(cell.combination())
	}
	return a.panes.indexed.at(cell.combination()).segment
}

// Release says that a visit can no longer change.
func (a *Aggregates) Release(cell Cell) {
	if cell.held() {
		a.Segments.Release(SegmentID(cell.combination()))
		return
	}
	a.panes.groups.at(cell.group()).held--
}

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
	return a.panes.size == o.panes.size && a.panes.slide == o.panes.slide && slices.Equal(a.Segments.names, o.Segments.names)
}

// DropBefore forgets what can no longer change, at time now, when no visit can be entered
// before the given time any more. A step of a pane stays as long as a window that holds it
// can change through another pane.
func (a *Aggregates) DropBefore(before, now event.Millis) {
	a.panes.dropBefore(before)
	a.dropParts(now)
}

// Dirty reports whether Emit has something to write.
func (a *Aggregates) Dirty() bool {
	return len(a.panes.changed) > 0 || slices.ContainsFunc(a.parts, func(p *panes) bool { return len(p.changed) > 0 })
}

// touch returns the sums that a cell belongs to, those of everyone first, and notes
// that they change. The list is valid until the next call. A visit that is only held has
// none yet.
func (a *Aggregates) touch(cell Cell) []*cellSums {
	if cell.held() {
		return nil
	}
	return a.panes.touch(cell)
}
