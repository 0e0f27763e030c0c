package score

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Save visits the aggregates. Holds on cells are not part of it: whoever holds one
// takes it again with Attach.
func (a *Aggregates) Save(st *event.State) {
	a.Segments.save(st)
	event.Uint(st, &a.OtherValues)
	a.savePart(st, &a.panes)
	var parts []event.Millis
	for _, p := range a.parts {
		parts = append(parts, p.part)
	}
	event.Slice(st, &parts, func(part *event.Millis) {
		event.Time(st, part)
		a.savePart(st, a.part(*part))
	})
}

// savePart visits the panes of a part.
func (a *Aggregates) savePart(st *event.State, of *panes) {
	starts := slices.Sorted(maps.Keys(of.byStart))
	event.Slice(st, &starts, func(start *event.Millis) {
		event.Time(st, start)
		p := of.at(*start)
		apps := slices.Sorted(maps.Keys(p.indexes))
		event.Slice(st, &apps, func(app *string) {
			event.Str(st, app)
			x := of.index(p, *app)
			x.save(st)
			of.indexed.save(st, x)
		})
		steps := slices.Sorted(maps.Keys(p.groups))
		event.Slice(st, &steps, func(step *journey.StepID) {
			event.Uint(st, step)
			if st.Reading() && !a.steps.Has(*step) {
				st.Fail("pane of an unknown step")
				return
			}
			of.saveGroup(st, p, *step)
		})
	})
}

// saveGroup visits the sums of a step in a pane: of everyone, then of the values by
// number.
func (s *panes) saveGroup(st *event.State, p *pane, step journey.StepID) {
	handle := s.group(p, step)
	g := s.groups.at(handle)
	before := g.dirty
	st.Bool(&g.dirty)
	if st.Reading() && g.dirty && !before {
		s.changed = append(s.changed, handle)
	}
	s.sums.at(g.everyone).save(st)
	numbers := g.used()
	event.Slice(st, &numbers, func(n *uint16) {
		event.Uint(st, n)
		if int(*n) >= len(g.index.values) {
			st.Fail("sums of an unknown value")
			return
		}
		s.valueSums(g, *n).save(st)
	})
}
