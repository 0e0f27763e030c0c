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
	starts := slices.Sorted(maps.Keys(a.panes.byStart))
	event.Slice(st, &starts, func(start *event.Millis) {
		event.Time(st, start)
		p := a.panes.at(*start)
		apps := slices.Sorted(maps.Keys(p.indexes))
		event.Slice(st, &apps, func(app *string) {
			event.Str(st, app)
			x := a.panes.index(p, *app)
			x.save(st)
			a.panes.indexed.save(st, x)
		})
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

// saveGroup visits the sums of a step in a pane: of everyone, then of the values by
// number.
func (a *Aggregates) saveGroup(st *event.State, p *pane, step journey.StepID) {
	handle := a.panes.group(p, step)
	g := a.panes.groups.at(handle)
	before := g.dirty
	st.Bool(&g.dirty)
	if st.Reading() && g.dirty && !before {
		a.changed = append(a.changed, handle)
	}
	a.panes.sums.at(g.everyone).save(st)
	numbers := g.used()
	event.Slice(st, &numbers, func(n *uint16) {
		event.Uint(st, n)
		if int(*n) >= len(g.index.values) {
			st.Fail("sums of an unknown value")
			return
		}
		a.panes.valueSums(g, *n).save(st)
	})
}
