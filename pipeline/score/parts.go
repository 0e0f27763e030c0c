package score

import (
	"cmp"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Panes of the past may be forgotten when an overdue session closes. So its visits are
// counted in a part: sums of their own, which have the time of the pane in which the session
// closes, and add to those of other parts. A part never changes once that pane is over.

// held reports the cell of a visit that is not counted yet.
func (c Cell) held() bool { return c.group() == 0 }

// Hold is the cell of a visit that is counted later, by AddOverdue. It keeps the combination
// of segment values. It must be followed by one Release.
func (a *Aggregates) Hold(segment SegmentID) Cell {
	a.Segments.Retain(segment)
	return newCell(0, uint32(segment))
}

// AddOverdue counts a visit that Hold was called for and that is over, as part of what is
// counted at time now.
func (a *Aggregates) AddOverdue(now event.Millis, v *journey.Visit) {
	p := a.part(floor(now, a.panes.slide))
	cell := p.cell(v.Step, a.Segment(Cell(v.Cell)), v.Entered)
	a.OtherValues += uint64(p.indexed.at(cell.combination()).overLimit)
	bucket := DwellBucket(v.Left - v.Entered)
	for _, s := range p.touch(cell) {
		s.visits++
		s.outcomes[v.Outcome]++
		s.addDwell(bucket, 1)
		if v.Pain > 0 {
			s.affected++
			s.pain += uint64(v.Pain)
			s.painSq += squared(v.Pain)
		}
		for _, c := range v.Signals.List() {
			s.addSignal(detect.Kind(c.Kind), uint32(c.N))
		}
	}
}

// part is what is counted in the pane that starts at a time, made when it is asked for first.
func (a *Aggregates) part(start event.Millis) *panes {
	at, ok := slices.BinarySearchFunc(a.parts, start, func(p *panes, start event.Millis) int { return cmp.Compare(p.part, start) })
	if !ok {
		p := newPanes(start, a.panes.cells)
		a.parts = slices.Insert(a.parts, at, &p)
	}
	return a.parts[at]
}

// dropParts forgets the parts whose pane is over at time now. They have been written.
func (a *Aggregates) dropParts(now event.Millis) {
	a.parts = slices.DeleteFunc(a.parts, func(p *panes) bool {
		over := p.part+p.slide <= now
		if over {
			p.dropAll()
		}
		return over
	})
}
