package score

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// pane is what is counted of one slide of time.
type pane struct {
	start   event.Millis
	groups  map[journey.StepID]uint32 // handles
	indexes map[string]*valueIndex    // by app
}

// group is one step in one pane: the sums of everyone, and of each segment value
// that visited the step.
type group struct {
	pane     *pane
	step     journey.StepID
	index    *valueIndex
	everyone uint32   // handle of the sums of all visits
	values   []uint32 // handles of sums, by number of the value in the index; 0 for none
	held     uint32   // visits that may still change
	dirty    bool     // some of the sums have changed since they were written
}

// cellSums are the sums of one step in one pane, of everyone or of one value.
type cellSums struct {
	sums
	dirty bool // changed since they were written
}

func (c *cellSums) save(st *event.State) {
	st.Bool(&c.dirty)
	c.sums.save(st)
}

// window is a step in a sliding window, named by its first pane.
type window struct {
	start event.Millis
	step  journey.StepID
}

// used lists the numbers of the values that a group has sums of.
func (g *group) used() []uint16 {
	var numbers []uint16
	for n, c := range g.values {
		if c != 0 {
			numbers = append(numbers, uint16(n))
		}
	}
	return numbers
}

// sumsOf is the handle of the sums of a value, 0 for none.
func (g *group) sumsOf(number uint16) uint32 {
	if int(number) >= len(g.values) {
		return 0
	}
	return g.values[number]
}

// setSums notes the sums of a value.
func (g *group) setSums(number uint16, sums uint32) {
	if n := int(number) + 1; n > len(g.values) {
		g.values = append(g.values, make([]uint32, n-len(g.values))...)
	}
	g.values[number] = sums
}
