package score

import (
	"cmp"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Emit appends a row for every pane and window that has changed since it was
// last written, in the order of time and step. A change of a pane changes all
// windows that it is part of.
func (a *Aggregates) Emit(rows *Rows) {
	slices.SortFunc(a.changed, func(x, y uint32) int {
		g, h := a.panes.groups.at(x), a.panes.groups.at(y)
		return cmp.Or(cmp.Compare(g.pane.start, h.pane.start), cmp.Compare(g.step, h.step))
	})
	for _, handle := range a.changed {
		a.emitPane(rows, a.panes.groups.at(handle))
	}
	a.listWindows()
	a.changed = a.changed[:0]
	var list []*pane // panes of the windows that start at one time
	for i, w := range a.windows {
		if i == 0 || w.start != a.windows[i-1].start {
			list = a.panes.appendWindow(list[:0], w.start)
		}
		a.emitWindow(rows, w, list)
	}
}

// emitPane writes the group's row of everyone and those of the values that have
// changed.
func (a *Aggregates) emitPane(rows *Rows, g *group) {
	g.dirty = false
	info := a.steps.Info(g.step)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: g.pane.start, Size: a.panes.slide, Weights: a.Weights.Version,
	}
	write := func(s *cellSums) {
		s.dirty = false
		row.Sums = rows.sums(&s.sums)
		rows.Panes = append(roomy(rows.Panes), row)
	}
	write(a.panes.sums.at(g.everyone))
	for _, n := range g.index.order {
		handle := g.sumsOf(n)
		if handle == 0 {
			continue
		}
		if s := a.panes.sums.at(handle); s.dirty {
			v := &g.index.values[n]
			row.Dimension, row.Value = a.Segments.names[v.dimension], v.name
			write(s)
		}
	}
}

// listWindows makes a.windows the windows of the changed groups, each once, sorted
// by time and step. A pane is the last one of the window that starts size − slide
// before it, and the first one of the window that starts with it. Groups are sorted by
// time, so of each step only windows after those listed already are added.
func (a *Aggregates) listWindows() {
	a.windows = a.windows[:0]
	listed := make(map[journey.StepID]event.Millis, 64) // start of the last window of a step
	for _, handle := range a.changed {
		g := a.panes.groups.at(handle)
		first := g.pane.start - a.panes.size + a.panes.slide
		if last, ok := listed[g.step]; ok {
			first = max(first, last+a.panes.slide)
		}
		for start := first; start <= g.pane.start; start += a.panes.slide {
			a.windows = append(a.windows, window{start, g.step})
		}
		listed[g.step] = g.pane.start
	}
	slices.SortFunc(a.windows, func(x, y window) int { return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.step, y.step)) })
}

// emitWindow writes a window's row: the sums of everyone on the step, added up over
// the window's panes. The total is the same memory for all windows, because the sums
// of signals and dwell times are large arrays while they are added up; rows.total
// takes the numbers out of it and leaves it empty.
func (a *Aggregates) emitWindow(rows *Rows, w window, list []*pane) {
	for _, p := range list {
		if handle, ok := p.groups[w.step]; ok {
			a.total.add(&a.panes.sums.at(a.panes.groups.at(handle).everyone).sums)
		}
	}
	info := a.steps.Info(w.step)
	rows.Windows = append(roomy(rows.Windows), WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: w.start, Size: a.panes.size, Weights: a.Weights.Version, Sums: rows.total(&a.total),
	})
}
