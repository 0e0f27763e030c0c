package score

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Board counts visits in panes, for everyone and for each value of each dimension,
// and gives out rows of panes and windows that have changed. One board serves one
// task.
type Aggregates struct {
	config   Config
	size     event.Millis
	slide    event.Millis
	Weights  Weights
	Segments *Segments
	steps    *journey.Steps

	panes   map[event.Millis]*pane
	last    *pane // the pane asked for last
	groups  pool[group]
	sets    pool[set]
	counts  pool[counts]
	changed []uint32  // groups with something to write
	touched []*counts // of the place in hand
	windows []window  // being written
	sum     total     // of the window being written

	// OtherValues counts the values of visits that were put under "other" for want of
	// room in their pane.
	OtherValues uint64
}

// Other is the value that stands for those beyond max_values.
const Other = "other"

// Place is where a visit is counted: a step in a pane, and a combination of values.
type Cell uint64

func newCell(group, set uint32) Cell { return Cell(group)<<32 | Cell(set) }

func (p Cell) group() uint32 { return uint32(p >> 32) }
func (p Cell) set() uint32   { return uint32(p) }

type pane struct {
	start   event.Millis
	groups  map[journey.StepID]uint32
	indexes map[string]*valueIndex // by app
}

// group is one step in one pane.
type group struct {
	pane     *pane
	index    *valueIndex
	step     journey.StepID
	everyone uint32   // its counts
	values   []uint32 // counts by number of the value in the roster; 0 for none
	live     uint32   // visits that may still change
	dirty    bool
}

// counts are the sums of one step in one pane for everyone, or for one value.
type counts struct {
	sums
	dirty bool
}

// NewBoard returns an empty board. The configuration must be valid.
func NewAggregates(c Config, steps *journey.Steps) *Aggregates {
	return &Aggregates{
		config: c, size: event.Millis(c.Size.Milliseconds()), slide: event.Millis(c.Slide.Milliseconds()),
		Weights: c.weights(), Segments: NewSegments(c.Segments), steps: steps, panes: map[event.Millis]*pane{},
		groups: newPool[group](), sets: newPool[set](), counts: newPool[counts](),
	}
}

// Enter counts a new, open visit and returns where.
func (a *Aggregates) Enter(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	at := a.Attach(step, segment, entered)
	a.OtherValues += uint64(a.sets.at(at.set()).beyond)
	for _, c := range a.touch(at) {
		c.visits++
		c.outcomes[journey.Open]++
	}
	return at
}

// Attach finds the place of a visit and holds it. Each Enter and Attach must be
// followed by one Release, when the visit can no longer change.
func (a *Aggregates) Attach(step journey.StepID, segment SegmentID, entered event.Millis) Cell {
	p := a.pane(floor(entered, a.slide))
	at := a.group(p, step)
	g := a.groups.at(at)
	g.live++
	return newCell(at, a.set(g.index, segment))
}

// Segment is the combination a place was made for.
func (a *Aggregates) Segment(at Cell) SegmentID { return a.sets.at(at.set()).segment }

// Release says that a visit can no longer change.
func (a *Aggregates) Release(at Cell) { a.groups.at(at.group()).live-- }

// Outcome moves a visit from one outcome to another.
func (a *Aggregates) Outcome(at Cell, from, to journey.Outcome) {
	for _, c := range a.touch(at) {
		c.outcomes[from]--
		c.outcomes[to]++
	}
}

// Leave ends a visit: its outcome becomes what it is now, and its dwell time, in
// ms, is counted.
func (a *Aggregates) Leave(at Cell, from, to journey.Outcome, dwell event.Millis) {
	bucket := DwellBucket(dwell)
	for _, c := range a.touch(at) {
		c.outcomes[from]--
		c.outcomes[to]++
		c.addDwell(bucket, 1)
	}
}

// Stall counts a visit as stalled, or no longer.
func (a *Aggregates) Stall(at Cell, stalled bool) {
	for _, c := range a.touch(at) {
		if stalled {
			c.stalled++
		} else {
			c.stalled--
		}
	}
}

// Signal counts one more signal on a visit.
func (a *Aggregates) Signal(at Cell, k detect.Kind) {
	for _, c := range a.touch(at) {
		c.addSignal(k, 1)
	}
}

// Price moves a visit's pain, in millionths, from one value to another.
func (a *Aggregates) ChangePain(at Cell, from, to uint32) {
	for _, c := range a.touch(at) {
		c.pain += uint64(to) - uint64(from)
		c.painSq += squared(to) - squared(from)
		switch {
		case from == 0:
			c.affected++
		case to == 0:
			c.affected--
		}
	}
}

// Comparable reports whether another board cuts time and people the same way.
func (a *Aggregates) Comparable(o *Aggregates) bool {
	return a.size == o.size && a.slide == o.slide && slices.Equal(a.Segments.names, o.Segments.names)
}

// touch returns the counts that a place belongs to, everyone's first, and notes
// that they change.
func (a *Aggregates) touch(at Cell) []*counts {
	g := a.groups.at(at.group())
	if !g.dirty {
		g.dirty = true
		a.changed = append(a.changed, at.group())
	}
	list := append(a.touched[:0], a.counts.at(g.everyone))
	for _, n := range a.sets.at(at.set()).numbers {
		list = append(list, a.counts.at(a.valueOf(g, n)))
	}
	for _, c := range list {
		c.dirty = true
	}
	a.touched = list
	return list
}

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

// group is the group of a step in a pane.
func (a *Aggregates) group(p *pane, step journey.StepID) uint32 {
	at, ok := p.groups[step]
	if ok {
		return at
	}
	at = a.groups.take()
	p.groups[step] = at
	g := a.groups.at(at)
	*g = group{pane: p, step: step, index: a.index(p, a.steps.Info(step).App), everyone: a.newCounts(), values: g.values[:0]}
	return at
}

// valueOf is the counts of the value with a number in the group's roster.
func (a *Aggregates) valueOf(g *group, number uint16) uint32 {
	for int(number) >= len(g.values) {
		g.values = append(g.values, 0)
	}
	if g.values[number] == 0 {
		g.values[number] = a.newCounts()
	}
	return g.values[number]
}

func (a *Aggregates) newCounts() uint32 {
	at := a.counts.take()
	c := a.counts.at(at)
	*c = counts{sums: sums{signals: c.signals[:0], dwell: c.dwell[:0]}}
	return at
}

// floor is the highest multiple of step not above t.
func floor(t, step event.Millis) event.Millis {
	f := t / step * step
	if f > t {
		f -= step
	}
	return f
}
