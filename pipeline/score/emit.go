package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Emit appends a row for every pane and window that has changed since it was
// last written, in the order of time and step. A change of a pane changes all
// windows that it is part of.
func (a *Aggregates) Emit(rows *Rows) {
	slices.SortFunc(a.changed, func(x, y uint32) int {
		g, h := a.groups.at(x), a.groups.at(y)
		return cmp.Or(cmp.Compare(g.pane.start, h.pane.start), cmp.Compare(g.step, h.step))
	})
	for _, handle := range a.changed {
		a.emitPane(rows, a.groups.at(handle))
	}
	a.listWindows()
	a.changed = a.changed[:0]
	var panes []*pane
	for i, w := range a.windows {
		if i == 0 || w.start != a.windows[i-1].start {
			panes = a.panesOf(panes[:0], w.start)
		}
		a.emitWindow(rows, w, panes)
	}
}

// emitPane writes the group's row of everyone and those of the values that have
// changed.
func (a *Aggregates) emitPane(rows *Rows, g *group) {
	g.dirty = false
	info := a.steps.Info(g.step)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: g.pane.start, Size: a.slide, Weights: a.Weights.Version,
	}
	write := func(s *cellSums) {
		s.dirty = false
		row.Sums = rows.sums(&s.sums)
		rows.Panes = append(roomy(rows.Panes), row)
	}
	write(a.sums.at(g.everyone))
	for _, n := range g.index.order {
		handle := g.sumsOf(n)
		if handle == 0 {
			continue
		}
		if s := a.sums.at(handle); s.dirty {
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
		g := a.groups.at(handle)
		first := g.pane.start - a.size + a.slide
		if last, ok := listed[g.step]; ok {
			first = max(first, last+a.slide)
		}
		for start := first; start <= g.pane.start; start += a.slide {
			a.windows = append(a.windows, window{start, g.step})
		}
		listed[g.step] = g.pane.start
	}
	slices.SortFunc(a.windows, func(x, y window) int { return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.step, y.step)) })
}

// panesOf appends the panes of a window that have anything in them.
func (a *Aggregates) panesOf(panes []*pane, start event.Millis) []*pane {
	for at := start; at < start+a.size; at += a.slide {
		if p, ok := a.panes[at]; ok {
			panes = append(panes, p)
		}
	}
	return panes
}

// emitWindow writes a window's row: the sums of everyone on the step, added up over
// the window's panes. The total is the same memory for all windows, because the sums
// of signals and dwell times are large arrays while they are added up; rows.total
// takes the numbers out of it and leaves it empty.
func (a *Aggregates) emitWindow(rows *Rows, w window, panes []*pane) {
	for _, p := range panes {
		if handle, ok := p.groups[w.step]; ok {
			a.total.add(&a.sums.at(a.groups.at(handle).everyone).sums)
		}
	}
	info := a.steps.Info(w.step)
	rows.Windows = append(roomy(rows.Windows), WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: w.start, Size: a.size, Weights: a.Weights.Version, Sums: rows.total(&a.total),
	})
}

// DropBefore forgets what can no longer change, when no visit can be entered before
// the given time any more. A step of a pane stays as long as a window that holds it
// can change through another pane.
func (a *Aggregates) DropBefore(before event.Millis) {
	for _, start := range slices.Sorted(maps.Keys(a.panes)) {
		if start+a.size > before {
			break
		}
		p := a.panes[start]
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			if !a.needed(start, step) {
				a.dropGroup(p, step)
			}
		}
		if len(p.groups) == 0 {
			a.dropPane(p)
		}
	}
}

// needed reports whether a step has visits that may change, or changes not written,
// in the pane at start or in one that shares a window with it.
func (a *Aggregates) needed(start event.Millis, step journey.StepID) bool {
	for at := start - a.size + a.slide; at < start+a.size; at += a.slide {
		p, ok := a.panes[at]
		if !ok {
			continue
		}
		if handle, ok := p.groups[step]; ok {
			if g := a.groups.at(handle); g.held > 0 || g.dirty {
				return true
			}
		}
	}
	return false
}

func (a *Aggregates) dropGroup(p *pane, step journey.StepID) {
	handle := p.groups[step]
	g := a.groups.at(handle)
	a.sums.put(g.everyone)
	for _, sums := range g.values {
		if sums != 0 {
			a.sums.put(sums)
		}
	}
	g.pane, g.index = nil, nil
	a.groups.put(handle)
	delete(p.groups, step)
}

// dropPane lets go of a pane without groups.
func (a *Aggregates) dropPane(p *pane) {
	for _, app := range slices.Sorted(maps.Keys(p.indexes)) {
		a.indexed.drop(p.indexes[app])
	}
	delete(a.panes, p.start)
	if a.last == p {
		a.last = nil
	}
}
