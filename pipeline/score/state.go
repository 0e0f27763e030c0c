package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Save visits the board. Holds on places and combinations are not part of it:
// who holds them takes them anew with Attach and Retain.
func (b *Board) Save(st *event.State) {
	b.Segments.save(st)
	event.Uint(st, &b.OtherValues)
	starts := slices.Sorted(maps.Keys(b.panes))
	event.Slice(st, &starts, func(start *event.Millis) {
		event.Time(st, start)
		p, ok := b.panes[*start]
		if !ok {
			p = newPane(*start)
			b.panes[*start] = p
		}
		p.savePlaces(st)
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

func (p *pane) savePlaces(st *event.State) {
	places := slices.SortedFunc(maps.Keys(p.places), func(x, y placeKey) int {
		return cmp.Or(cmp.Compare(x.app, y.app), cmp.Compare(x.dimension, y.dimension), cmp.Compare(x.value, y.value))
	})
	event.Slice(st, &places, func(k *placeKey) {
		event.Str(st, &k.app)
		event.Uint(st, &k.dimension)
		event.Str(st, &k.value)
		if st.Reading() {
			p.places[*k] = struct{}{}
			p.admitted[k.admission]++
		}
	})
}

func (b *Board) saveGroup(st *event.State, p *pane, step journey.StepID) {
	g, ok := p.groups[step]
	if !ok {
		g = &group{}
		p.groups[step] = g
	}
	st.Bool(&g.dirty)
	event.Slice(st, &g.cells, func(at *uint32) {
		if st.Reading() {
			*at = uint32(len(b.cells))
			b.cells = append(b.cells, cell{group: g})
		}
		c := &b.cells[*at]
		event.Uint(st, &c.segment)
		event.Slice(st, &c.values, func(v *string) { event.Str(st, v) })
		st.Bool(&c.dirty)
		c.sums.save(st)
		if !st.Reading() {
			return
		}
		if !b.Segments.Has(c.segment) || len(c.values) != len(b.Segments.sets[c.segment].values) {
			st.Fail("cell of an unknown combination of segments")
			return
		}
		b.Segments.Retain(c.segment)
		p.cells[cellKey{step, c.segment}] = *at
		g.total.add(&c.sums)
	})
	if st.Reading() && g.dirty {
		b.dirty++
	}
}
