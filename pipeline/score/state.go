package score

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Save visits the board. Holds on places are not part of it: who holds them takes
// them anew with Attach.
func (b *Board) Save(st *event.State) {
	b.Segments.save(st)
	event.Uint(st, &b.OtherValues)
	starts := slices.Sorted(maps.Keys(b.panes))
	event.Slice(st, &starts, func(start *event.Millis) {
		event.Time(st, start)
		p := b.pane(*start)
		b.saveRosters(st, p)
		steps := slices.Sorted(maps.Keys(p.groups))
		event.Slice(st, &steps, func(step *journey.StepID) {
			event.Uint(st, step)
			if st.Reading() && !b.steps.Has(*step) {
				st.Fail("pane of an unknown step")
				return
			}
			b.saveGroup(st, p, *step)
		})
	})
}

func (b *Board) saveGroup(st *event.State, p *pane, step journey.StepID) {
	at := b.group(p, step)
	g := b.groups.at(at)
	before := g.dirty
	st.Bool(&g.dirty)
	if st.Reading() && g.dirty && !before {
		b.changed = append(b.changed, at)
	}
	b.counts.at(g.everyone).save(st)
	var used []uint16
	for n, c := range g.values {
		if c != 0 {
			used = append(used, uint16(n))
		}
	}
	event.Slice(st, &used, func(n *uint16) {
		event.Uint(st, n)
		if int(*n) >= len(g.roster.values) {
			st.Fail("counts of an unknown value")
			return
		}
		b.counts.at(b.valueOf(g, *n)).save(st)
	})
}

func (c *counts) save(st *event.State) {
	st.Bool(&c.dirty)
	c.sums.save(st)
}
