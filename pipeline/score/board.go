package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Board counts visits in panes, for everyone and for each combination of
// segments, and gives out rows of panes and windows that have changed. One board
// serves one task.
type Board struct {
	config   Config
	size     event.Millis
	slide    event.Millis
	Weights  Weights
	Segments *Segments
	steps    *journey.Steps

	panes map[event.Millis]*pane
	cells []cell // by handle; 0 is none
	free  []uint32
	last  *pane
	dirty int // groups with something to write

	sum    total    // of the row being written
	values []string // of the dimension being written

	// OtherValues counts the values of panes that were put under "other" for want of
	// room, once for each combination of segments and step.
	OtherValues uint64
}

// Other is the value that stands for those beyond max_values.
const Other = "other"

type pane struct {
	start    event.Millis
	groups   map[journey.StepID]*group
	cells    map[cellKey]uint32
	admitted map[admission]int     // how many values have a place
	places   map[placeKey]struct{} // which
}

type cellKey struct {
	step    journey.StepID
	segment SegmentID // as the session has it, before admission
}

type admission struct {
	app       string
	dimension uint8
}

type placeKey struct {
	admission
	value string
}

// group is one step in one pane, everyone.
type group struct {
	total sums
	cells []uint32
	live  uint32 // visits that may still change
	dirty bool
}

// cell is one step in one pane for one combination of segments.
type cell struct {
	sums
	group   *group
	values  []string // of the dimensions, after admission
	segment SegmentID
	dirty   bool
}

// NewBoard returns an empty board. The configuration must be valid.
func NewBoard(c Config, steps *journey.Steps) *Board {
	return &Board{
		config: c, size: event.Millis(c.Size.Milliseconds()), slide: event.Millis(c.Slide.Milliseconds()),
		Weights: c.weights(), Segments: NewSegments(c.Segments), steps: steps,
		panes: map[event.Millis]*pane{}, cells: make([]cell, 1),
	}
}

// Enter counts a new, open visit and returns where.
func (b *Board) Enter(step journey.StepID, segment SegmentID, entered event.Millis) uint32 {
	at := b.Attach(step, segment, entered)
	c := &b.cells[at]
	for i, v := range b.Segments.sets[c.segment].values {
		if c.values[i] != v {
			b.OtherValues++
		}
	}
	b.change(at, func(s *sums) {
		s.visits++
		s.outcomes[journey.Open]++
	})
	return at
}

// Attach finds the place of a visit and holds it. Each Enter and Attach must be
// followed by one Release, when the visit can no longer change.
func (b *Board) Attach(step journey.StepID, segment SegmentID, entered event.Millis) uint32 {
	p := b.pane(floor(entered, b.slide))
	key := cellKey{step, segment}
	at, ok := p.cells[key]
	if !ok {
		at = b.newCell(p, key)
	}
	b.cells[at].group.live++
	return at
}

// Segment is the combination a place was made for.
func (b *Board) Segment(at uint32) SegmentID { return b.cells[at].segment }

// Release says that a visit can no longer change.
func (b *Board) Release(at uint32) { b.cells[at].group.live-- }

// Outcome moves a visit from one outcome to another.
func (b *Board) Outcome(at uint32, from, to journey.Outcome) {
	b.change(at, func(s *sums) {
		s.outcomes[from]--
		s.outcomes[to]++
	})
}

// Left counts the dwell time, in ms, of a visit that ended.
func (b *Board) Left(at uint32, dwell event.Millis) {
	bucket := DwellBucket(dwell)
	b.change(at, func(s *sums) { s.addDwell(bucket, 1) })
}

// Stall counts a visit as stalled, or no longer.
func (b *Board) Stall(at uint32, stalled bool) {
	b.change(at, func(s *sums) {
		if stalled {
			s.stalled++
		} else {
			s.stalled--
		}
	})
}

// Signal counts one more signal on a visit.
func (b *Board) Signal(at uint32, k detect.Kind) {
	b.change(at, func(s *sums) { s.addSignal(k, 1) })
}

// Price moves a visit's pain, in millionths, from one value to another.
func (b *Board) Price(at uint32, from, to uint32) {
	b.change(at, func(s *sums) {
		s.pain += uint64(to) - uint64(from)
		s.painSq += squared(to) - squared(from)
		switch {
		case from == 0:
			s.affected++
		case to == 0:
			s.affected--
		}
	})
}

// Comparable reports whether another board cuts time and people the same way.
func (b *Board) Comparable(o *Board) bool {
	return b.size == o.size && b.slide == o.slide && slices.Equal(b.Segments.names, o.Segments.names)
}

func (b *Board) change(at uint32, f func(*sums)) {
	c := &b.cells[at]
	f(&c.sums)
	f(&c.group.total)
	c.dirty = true
	if !c.group.dirty {
		c.group.dirty = true
		b.dirty++
	}
}

func (b *Board) pane(start event.Millis) *pane {
	if b.last != nil && b.last.start == start {
		return b.last
	}
	p, ok := b.panes[start]
	if !ok {
		p = newPane(start)
		b.panes[start] = p
	}
	b.last = p
	return p
}

func newPane(start event.Millis) *pane {
	return &pane{
		start: start, groups: map[journey.StepID]*group{}, cells: map[cellKey]uint32{},
		admitted: map[admission]int{}, places: map[placeKey]struct{}{},
	}
}

func (b *Board) newCell(p *pane, key cellKey) uint32 {
	g, ok := p.groups[key.step]
	if !ok {
		g = &group{}
		p.groups[key.step] = g
	}
	b.Segments.Retain(key.segment)
	at := uint32(len(b.cells))
	if n := len(b.free); n > 0 {
		at, b.free = b.free[n-1], b.free[:n-1]
	} else {
		b.cells = append(b.cells, cell{})
	}
	b.cells[at] = cell{group: g, segment: key.segment, values: b.admit(p, key.segment)}
	g.cells = append(g.cells, at)
	p.cells[key] = at
	return at
}

// admit is the combination's values with those that came too late for a place
// of their own in this pane replaced.
func (b *Board) admit(p *pane, id SegmentID) []string {
	set := &b.Segments.sets[id]
	out := make([]string, len(set.values))
	for i, v := range set.values {
		a := admission{set.app, uint8(i)}
		key := placeKey{a, v}
		if _, ok := p.places[key]; !ok {
			if p.admitted[a] >= b.config.MaxValues {
				out[i] = Other
				continue
			}
			p.admitted[a]++
			p.places[key] = struct{}{}
		}
		out[i] = v
	}
	return out
}

// floor is the highest multiple of step not above t.
func floor(t, step event.Millis) event.Millis {
	f := t / step * step
	if f > t {
		f -= step
	}
	return f
}
