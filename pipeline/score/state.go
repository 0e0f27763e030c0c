package score

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Save visits the board. Holds on places are not part of it: who holds them takes
// them anew with Attach.
func (a *Aggregates) Save(st *event.State) {
	a.Segments.save(st)
	event.Uint(st, &a.OtherValues)
	starts := slices.Sorted(maps.Keys(a.panes))
	event.Slice(st, &starts, func(start *event.Millis) {
		event.Time(st, start)
		p := a.pane(*start)
		a.saveIndexes(st, p)
		steps := slices.Sorted(maps.Keys(p.groups))
		event.Slice(st, &steps, func(step *journey.StepID) {
			event.Uint(st, step)
			if st.Reading() && !a.steps.Has(*step) {
				st.Fail("pane of an unknown step")
				return
			}
			a.saveGroup(st, p, *step)
		})
	})
}

func (a *Aggregates) saveGroup(st *event.State, p *pane, step journey.StepID) {
	at := a.group(p, step)
	g := a.groups.at(at)
	before := g.dirty
	st.Bool(&g.dirty)
	if st.Reading() && g.dirty && !before {
		a.changed = append(a.changed, at)
	}
	a.counts.at(g.everyone).save(st)
	var used []uint16
	for n, c := range g.values {
		if c != 0 {
			used = append(used, uint16(n))
		}
	}
	event.Slice(st, &used, func(n *uint16) {
		event.Uint(st, n)
		if int(*n) >= len(g.index.values) {
			st.Fail("counts of an unknown value")
			return
		}
		a.counts.at(a.valueOf(g, *n)).save(st)
	})
}

func (c *counts) save(st *event.State) {
	st.Bool(&c.dirty)
	c.sums.save(st)
}
