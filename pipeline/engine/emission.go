package engine

import (
	"friction/pipeline/event"
	"friction/pipeline/score"
)

// emission decides when changed panes and windows are written: each time the
// watermark has passed another multiple of score.emit_every.
type emission struct {
	aggregates *score.Aggregates
	every      event.Millis
	keep       event.Millis // how far behind the watermark a visit can still be entered
	until      event.Millis // highest multiple of every whose changes are written
}

// emit appends rows of what has changed, if that is due at watermark w, and drops
// panes that can no longer change. Everything below w must have been processed.
func (m *emission) emit(w event.Millis, rows *score.Rows) {
	if w == event.Beginning {
		return
	}
	at := w - w%m.every
	if at <= m.until {
		return
	}
	m.until = at
	m.aggregates.Emit(rows)
	m.aggregates.DropBefore(w-m.keep, w)
}

// nextAfter is the first multiple of every that is later than t.
func (m *emission) nextAfter(t event.Millis) event.Millis { return t - t%m.every + m.every }
