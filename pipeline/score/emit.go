package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Dirty reports whether Emit has something to write.
func (a *Aggregates) Dirty() bool { return len(a.changed) > 0 }

// window is a step in a window that has changed.
type window struct {
	start event.Millis
	step  journey.StepID
}

// Emit appends a row for every pane and window that has changed since it was
// last written, in the order of time and step.
func (a *Aggregates) Emit(rows *Rows) {
	slices.SortFunc(a.changed, func(x, y uint32) int {
		g, h := a.groups.at(x), a.groups.at(y)
		return cmp.Or(cmp.Compare(g.pane.start, h.pane.start), cmp.Compare(g.step, h.step))
	})
	a.windows = a.windows[:0]
	upTo := make(map[journey.StepID]event.Millis, 64) // windows of a step that are listed
	for _, at := range a.changed {
		g := a.groups.at(at)
		a.emitPane(rows, g)
		first := g.pane.start - a.size + a.slide
		if listed, ok := upTo[g.step]; ok {
			first = max(first, listed+a.slide)
		}
		for w := first; w <= g.pane.start; w += a.slide {
			a.windows = append(a.windows, window{w, g.step})
		}
		upTo[g.step] = g.pane.start
	}
	a.changed = a.changed[:0]
	slices.SortFunc(a.windows, func(x, y window) int { return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.step, y.step)) })
	var panes []*pane
	for i, w := range a.windows {
		if i == 0 || w.start != a.windows[i-1].start {
			panes = a.panesOf(panes[:0], w.start)
		}
		a.emitWindow(rows, w, panes)
	}
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

// emitPane writes the group's row of everyone and those of the values that have
// changed.
func (a *Aggregates) emitPane(rows *Rows, g *group) {
	g.dirty = false
	info := a.steps.Info(g.step)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: g.pane.start, Size: a.slide, Weights: a.Weights.Version,
	}
	write := func(c *counts) {
		c.dirty = false
		row.Sums = rows.sums(&c.sums)
		rows.Panes = append(roomy(rows.Panes), row)
	}
	write(a.counts.at(g.everyone))
	for _, n := range g.index.order {
		if int(n) >= len(g.values) || g.values[n] == 0 {
			continue
		}
		if c := a.counts.at(g.values[n]); c.dirty {
			v := &g.index.values[n]
			row.Dimension, row.Value = a.Segments.names[v.dimension], v.name
			write(c)
		}
	}
}

func (a *Aggregates) emitWindow(rows *Rows, w window, panes []*pane) {
	for _, p := range panes {
		if g, ok := p.groups[w.step]; ok {
			a.sum.add(&a.counts.at(a.groups.at(g).everyone).sums)
		}
	}
	info := a.steps.Info(w.step)
	rows.Windows = append(roomy(rows.Windows), WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: w.start, Size: a.size, Weights: a.Weights.Version, Sums: rows.total(&a.sum),
	})
}

// DropBefore forgets what can no longer change, when no visit can be entered before
// the given time any more. A pane's step stays as long as a window that holds it
// can change through another pane.
func (a *Aggregates) DropBefore(before event.Millis) {
	for _, start := range slices.Sorted(maps.Keys(a.panes)) {
		p := a.panes[start]
		if start+a.size > before {
			break
		}
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			if !a.held(start, step) {
				a.dropGroup(p, step)
			}
		}
		if len(p.groups) == 0 {
			a.dropSets(p)
			delete(a.panes, start)
			if a.last == p {
				a.last = nil
			}
		}
	}
}

// held reports whether a step has visits that may change in a pane that shares a
// window with the one at start, or in that one.
func (a *Aggregates) held(start event.Millis, step journey.StepID) bool {
	for at := start - a.size + a.slide; at < start+a.size; at += a.slide {
		if p, ok := a.panes[at]; ok {
			if g, ok := p.groups[step]; ok && (a.groups.at(g).live > 0 || a.groups.at(g).dirty) {
				return true
			}
		}
	}
	return false
}

func (a *Aggregates) dropGroup(p *pane, step journey.StepID) {
	at := p.groups[step]
	g := a.groups.at(at)
	a.counts.give(g.everyone)
	for _, c := range g.values {
		if c != 0 {
			a.counts.give(c)
		}
	}
	g.pane, g.index = nil, nil
	a.groups.give(at)
	delete(p.groups, step)
}
