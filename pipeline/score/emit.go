package score

import (
	"cmp"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Emit appends a row for every pane and window that has changed since it was
// last written, part by part, in the order of time and step. A change of a pane changes
// all windows of its part that it belongs to.
func (a *Aggregates) Emit(rows *Rows) {
	a.emitPart(rows, &a.panes)
	for _, p := range a.parts {
		a.emitPart(rows, p)
	}
}

func (a *Aggregates) emitPart(rows *Rows, p *panes) {
	slices.SortFunc(p.changed, func(x, y uint32) int {
		g, h := p.groups.at(x), p.groups.at(y)
		return cmp.Or(cmp.Compare(g.pane.start, h.pane.start), cmp.Compare(g.step, h.step))
	})
	for _, handle := range p.changed {
		a.emitPane(rows, p, p.groups.at(handle))
	}
	a.listWindows(p)
	p.changed = p.changed[:0]
	var list []*pane // panes of the windows that start at one time
	for i, w := range a.windows {
		if i == 0 || w.start != a.windows[i-1].start {
			list = p.appendWindow(list[:0], w.start)
		}
		a.emitWindow(rows, p.part, w, list)
	}
}

// emitPane writes the group's row of everyone and those of the values that have
// changed.
func (a *Aggregates) emitPane(rows *Rows, p *panes, g *group) {
	g.dirty = false
	info := a.steps.Info(g.step)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: g.pane.start, Part: p.part, Size: p.slide, Weights: a.Weights.Version,
	}
	write := func(s *cellSums) {
		s.dirty = false
		row.Sums = rows.sums(&s.sums)
		row.Sums.setLate(p.part)
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

// listWindows makes a.windows the windows of the changed groups of a part, each once, sorted
// by time and step. A pane is the last one of the window that starts size − slide
// before it, and the first one of the window that starts with it. Groups are sorted by
// time, so of each step only windows after those listed already are added.
func (a *Aggregates) listWindows(p *panes) {
	a.windows = a.windows[:0]
	listed := make(map[journey.StepID]event.Millis, 64) // start of the last window of a step
	for _, handle := range p.changed {
		g := p.groups.at(handle)
		first := g.pane.start - p.size + p.slide
		if last, ok := listed[g.step]; ok {
			first = max(first, last+p.slide)
		}
		for start := first; start <= g.pane.start; start += p.slide {
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
func (a *Aggregates) emitWindow(rows *Rows, part event.Millis, w window, list []*pane) {
	for _, p := range list {
		if handle, ok := p.groups[w.step]; ok {
			a.total.add(&a.panes.sums.at(a.panes.groups.at(handle).everyone).sums)
		}
	}
	info, sums := a.steps.Info(w.step), rows.total(&a.total)
	sums.setLate(part)
	rows.Windows = append(roomy(rows.Windows), WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: w.start, Part: part, Size: a.panes.size, Weights: a.Weights.Version, Sums: sums,
	})
}
