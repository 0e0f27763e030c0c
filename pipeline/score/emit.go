package score

import (
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Dirty reports whether Emit has something to write.
func (b *Board) Dirty() bool { return b.dirty > 0 }

// Emit appends a row for every pane and window that has changed since it was
// last written, in the order of time and step.
func (b *Board) Emit(rows *Rows) {
	if b.dirty == 0 {
		return
	}
	rows.Panes = slices.Grow(rows.Panes, b.dirty*(1+2*len(b.Segments.names)))
	windows := map[event.Millis]map[journey.StepID]bool{}
	for _, start := range slices.Sorted(maps.Keys(b.panes)) {
		p := b.panes[start]
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			g := p.groups[step]
			if !g.dirty {
				continue
			}
			g.dirty = false
			b.emitPane(rows, p, g, step)
			for w := start - b.size + b.slide; w <= start; w += b.slide {
				if windows[w] == nil {
					windows[w] = map[journey.StepID]bool{}
				}
				windows[w][step] = true
			}
		}
	}
	b.dirty = 0
	for _, start := range slices.Sorted(maps.Keys(windows)) {
		for _, step := range slices.Sorted(maps.Keys(windows[start])) {
			b.emitWindow(rows, start, step)
		}
	}
}

// emitPane writes the group's row of everyone and those of the values that some
// changed cell belongs to.
func (b *Board) emitPane(rows *Rows, p *pane, g *group, step journey.StepID) {
	info := b.steps.Info(step)
	b.sum.add(&g.total)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: p.start, Size: b.slide, Weights: b.Weights.Version, Sums: b.sum.take(),
	}
	rows.Panes = append(rows.Panes, row)
	for d, name := range b.Segments.names {
		b.values = b.values[:0]
		for _, at := range g.cells {
			if c := &b.cells[at]; c.dirty && len(c.values) > d && !slices.Contains(b.values, c.values[d]) {
				b.values = append(b.values, c.values[d])
			}
		}
		slices.Sort(b.values)
		for _, v := range b.values {
			for _, at := range g.cells {
				if c := &b.cells[at]; len(c.values) > d && c.values[d] == v {
					b.sum.add(&c.sums)
				}
			}
			row.Dimension, row.Value, row.Sums = name, v, b.sum.take()
			rows.Panes = append(rows.Panes, row)
		}
	}
	for _, at := range g.cells {
		b.cells[at].dirty = false
	}
}

func (b *Board) emitWindow(rows *Rows, start event.Millis, step journey.StepID) {
	for at := start; at < start+b.size; at += b.slide {
		if p, ok := b.panes[at]; ok {
			if g, ok := p.groups[step]; ok {
				b.sum.add(&g.total)
			}
		}
	}
	info := b.steps.Info(step)
	rows.Windows = append(rows.Windows, WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: start, Size: b.size, Weights: b.Weights.Version, Sums: b.sum.take(),
	})
}

// Drop forgets what can no longer change, when no visit can be entered before
// the given time any more. A pane's step stays as long as a window that holds it
// can change through another pane.
func (b *Board) Drop(before event.Millis) {
	for _, start := range slices.Sorted(maps.Keys(b.panes)) {
		p := b.panes[start]
		if start+b.size > before {
			break
		}
		for _, step := range slices.Sorted(maps.Keys(p.groups)) {
			if g := p.groups[step]; !g.dirty && !b.held(start, step) {
				b.dropGroup(p, step, g)
			}
		}
		if len(p.groups) == 0 {
			delete(b.panes, start)
			if b.last == p {
				b.last = nil
			}
		}
	}
}

// held reports whether a step has visits that may change in a pane that shares a
// window with the one at start.
func (b *Board) held(start event.Millis, step journey.StepID) bool {
	for at := start - b.size + b.slide; at < start+b.size; at += b.slide {
		if p, ok := b.panes[at]; ok {
			if g, ok := p.groups[step]; ok && (g.live > 0 || g.dirty) {
				return true
			}
		}
	}
	return false
}

func (b *Board) dropGroup(p *pane, step journey.StepID, g *group) {
	for _, at := range g.cells {
		c := &b.cells[at]
		delete(p.cells, cellKey{step, c.segment})
		b.Segments.Release(c.segment)
		b.cells[at] = cell{}
		b.free = append(b.free, at)
	}
	delete(p.groups, step)
}
