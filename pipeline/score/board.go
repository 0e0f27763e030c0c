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
type Board struct {
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
type Place uint64

func newPlace(group, set uint32) Place { return Place(group)<<32 | Place(set) }

func (p Place) group() uint32 { return uint32(p >> 32) }
func (p Place) set() uint32   { return uint32(p) }

type pane struct {
	start   event.Millis
	groups  map[journey.StepID]uint32
	rosters map[string]*roster // by app
}

// group is one step in one pane.
type group struct {
	pane     *pane
	roster   *roster
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
func NewBoard(c Config, steps *journey.Steps) *Board {
	return &Board{
		config: c, size: event.Millis(c.Size.Milliseconds()), slide: event.Millis(c.Slide.Milliseconds()),
		Weights: c.weights(), Segments: NewSegments(c.Segments), steps: steps, panes: map[event.Millis]*pane{},
		groups: newPool[group](), sets: newPool[set](), counts: newPool[counts](),
	}
}

// Enter counts a new, open visit and returns where.
func (b *Board) Enter(step journey.StepID, segment SegmentID, entered event.Millis) Place {
	at := b.Attach(step, segment, entered)
	b.OtherValues += uint64(b.sets.at(at.set()).beyond)
	for _, c := range b.touch(at) {
		c.visits++
		c.outcomes[journey.Open]++
	}
	return at
}

// Attach finds the place of a visit and holds it. Each Enter and Attach must be
// followed by one Release, when the visit can no longer change.
func (b *Board) Attach(step journey.StepID, segment SegmentID, entered event.Millis) Place {
	p := b.pane(floor(entered, b.slide))
	at := b.group(p, step)
	g := b.groups.at(at)
	g.live++
	return newPlace(at, b.set(g.roster, segment))
}

// Segment is the combination a place was made for.
func (b *Board) Segment(at Place) SegmentID { return b.sets.at(at.set()).segment }

// Release says that a visit can no longer change.
func (b *Board) Release(at Place) { b.groups.at(at.group()).live-- }

// Outcome moves a visit from one outcome to another.
func (b *Board) Outcome(at Place, from, to journey.Outcome) {
	for _, c := range b.touch(at) {
		c.outcomes[from]--
		c.outcomes[to]++
	}
}

// Leave ends a visit: its outcome becomes what it is now, and its dwell time, in
// ms, is counted.
func (b *Board) Leave(at Place, from, to journey.Outcome, dwell event.Millis) {
	bucket := DwellBucket(dwell)
	for _, c := range b.touch(at) {
		c.outcomes[from]--
		c.outcomes[to]++
		c.addDwell(bucket, 1)
	}
}

// Stall counts a visit as stalled, or no longer.
func (b *Board) Stall(at Place, stalled bool) {
	for _, c := range b.touch(at) {
		if stalled {
			c.stalled++
		} else {
			c.stalled--
		}
	}
}

// Signal counts one more signal on a visit.
func (b *Board) Signal(at Place, k detect.Kind) {
	for _, c := range b.touch(at) {
		c.addSignal(k, 1)
	}
}

// Price moves a visit's pain, in millionths, from one value to another.
func (b *Board) Price(at Place, from, to uint32) {
	for _, c := range b.touch(at) {
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
func (b *Board) Comparable(o *Board) bool {
	return b.size == o.size && b.slide == o.slide && slices.Equal(b.Segments.names, o.Segments.names)
}

// touch returns the counts that a place belongs to, everyone's first, and notes
// that they change.
func (b *Board) touch(at Place) []*counts {
	g := b.groups.at(at.group())
	if !g.dirty {
		g.dirty = true
		b.changed = append(b.changed, at.group())
	}
	list := append(b.touched[:0], b.counts.at(g.everyone))
	for _, n := range b.sets.at(at.set()).numbers {
		list = append(list, b.counts.at(b.valueOf(g, n)))
	}
	for _, c := range list {
		c.dirty = true
	}
	b.touched = list
	return list
}

func (b *Board) pane(start event.Millis) *pane {
	if b.last != nil && b.last.start == start {
		return b.last
	}
	p, ok := b.panes[start]
	if !ok {
		p = &pane{start: start, groups: map[journey.StepID]uint32{}, rosters: map[string]*roster{}}
		b.panes[start] = p
	}
	b.last = p
	return p
}

// group is the group of a step in a pane.
func (b *Board) group(p *pane, step journey.StepID) uint32 {
	at, ok := p.groups[step]
	if ok {
		return at
	}
	at = b.groups.take()
	p.groups[step] = at
	g := b.groups.at(at)
	*g = group{pane: p, step: step, roster: b.roster(p, b.steps.Info(step).App), everyone: b.newCounts(), values: g.values[:0]}
	return at
}

// valueOf is the counts of the value with a number in the group's roster.
func (b *Board) valueOf(g *group, number uint16) uint32 {
	for int(number) >= len(g.values) {
		g.values = append(g.values, 0)
	}
	if g.values[number] == 0 {
		g.values[number] = b.newCounts()
	}
	return g.values[number]
}

func (b *Board) newCounts() uint32 {
	at := b.counts.take()
	c := b.counts.at(at)
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
