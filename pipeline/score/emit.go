package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Dirty reports whether Emit has something to write.
func (b *Board) Dirty() bool { return len(b.changed) > 0 }

// window is a step in a window that has changed.
type window struct {
	start event.Millis
	step  journey.StepID
}

// Emit appends a row for every pane and window that has changed since it was
// last written, in the order of time and step.
func (b *Board) Emit(rows *Rows) {
	slices.SortFunc(b.changed, func(x, y uint32) int {
		g, h := b.groups.at(x), b.groups.at(y)
		return cmp.Or(cmp.Compare(g.pane.start, h.pane.start), cmp.Compare(g.step, h.step))
	})
	b.windows = b.windows[:0]
	upTo := make(map[journey.StepID]event.Millis, 64) // windows of a step that are listed
	for _, at := range b.changed {
		g := b.groups.at(at)
		b.emitPane(rows, g)
		first := g.pane.start - b.size + b.slide
		if listed, ok := upTo[g.step]; ok {
			first = max(first, listed+b.slide)
		}
		for w := first; w <= g.pane.start; w += b.slide {
			b.windows = append(b.windows, window{w, g.step})
		}
		upTo[g.step] = g.pane.start
	}
	b.changed = b.changed[:0]
	slices.SortFunc(b.windows, func(x, y window) int { return cmp.Or(cmp.Compare(x.start, y.start), cmp.Compare(x.step, y.step)) })
	var panes []*pane
	for i, w := range b.windows {
		if i == 0 || w.start != b.windows[i-1].start {
			panes = b.panesOf(panes[:0], w.start)
		}
		b.emitWindow(rows, w, panes)
	}
}

// panesOf appends the panes of a window that have anything in them.
func (b *Board) panesOf(panes []*pane, start event.Millis) []*pane {
	for at := start; at < start+b.size; at += b.slide {
		if p, ok := b.panes[at]; ok {
			panes = append(panes, p)
		}
	}
	return panes
}

// emitPane writes the group's row of everyone and those of the values that have
// changed.
func (b *Board) emitPane(rows *Rows, g *group) {
	g.dirty = false
	info := b.steps.Info(g.step)
	row := PaneRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		PaneStart: g.pane.start, Size: b.slide, Weights: b.Weights.Version,
	}
	write := func(c *counts) {
		c.dirty = false
		row.Sums = rows.sums(&c.sums)
		rows.Panes = append(roomy(rows.Panes), row)
	}
	write(b.counts.at(g.everyone))
	for _, n := range g.roster.order {
		if int(n) >= len(g.values) || g.values[n] == 0 {
			continue
		}
		if c := b.counts.at(g.values[n]); c.dirty {
			v := &g.roster.values[n]
			row.Dimension, row.Value = b.Segments.names[v.dimension], v.name
			write(c)
		}
	}
}

func (b *Board) emitWindow(rows *Rows, w window, panes []*pane) {
	for _, p := range panes {
		if g, ok := p.groups[w.step]; ok {
			b.sum.add(&b.counts.at(b.groups.at(g).everyone).sums)
		}
	}
	info := b.steps.Info(w.step)
	rows.Windows = append(roomy(rows.Windows), WindowRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		WindowStart: w.start, Size: b.size, Weights: b.Weights.Version, Sums: rows.total(&b.sum),
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
			if !b.held(start, step) {
				b.dropGroup(p, step)
			}
		}
		if len(p.groups) == 0 {
			b.dropSets(p)
			delete(b.panes, start)
			if b.last == p {
				b.last = nil
			}
		}
	}
}

// held reports whether a step has visits that may change in a pane that shares a
// window with the one at start, or in that one.
func (b *Board) held(start event.Millis, step journey.StepID) bool {
	for at := start - b.size + b.slide; at < start+b.size; at += b.slide {
		if p, ok := b.panes[at]; ok {
			if g, ok := p.groups[step]; ok && (b.groups.at(g).live > 0 || b.groups.at(g).dirty) {
				return true
			}
		}
	}
	return false
}

func (b *Board) dropGroup(p *pane, step journey.StepID) {
	at := p.groups[step]
	g := b.groups.at(at)
	b.counts.give(g.everyone)
	for _, c := range g.values {
		if c != 0 {
			b.counts.give(c)
		}
	}
	g.pane, g.roster = nil, nil
	b.groups.give(at)
	delete(p.groups, step)
}
