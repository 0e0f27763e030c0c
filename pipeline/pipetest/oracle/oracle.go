package oracle

import (
	"friction/pipeline/event"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
	"friction/pipeline/session"
)

// Rows computes the final rows of a world from the written rules alone, with
// all events at hand: no watermark, no state, no hurry. It shares no code with
// the engine but the types of rows and of configurations.
//
// Session ids in its rows are names of its own; see [tables.Fold].
func Rows(w *world.World) (*score.Rows, event.Counters) {
	c := sessionsInForce(w.Config.Sessions)
	o := &oracle{w: w, rules: map[string][]rule{}, limits: c, gap: ms(c.Gap), grace: ms(c.Grace), max: ms(c.Max)}
	o.open, o.names, o.horizon = map[place]*history{}, map[event.Key]int{}, event.Beginning
	o.settings, o.lists = readSettings(w.Config.Signals, w.Config.Signals.Explicit, usualSettings())
	if c.Edge == session.Exclusive {
		o.gap, o.max = o.gap-1, o.max-1
	}
	o.nameApps()
	o.sessions(o.order())
	o.closeBefore(event.Never)
	o.places()
	o.acts()
	for _, s := range o.histories {
		o.live(s)
	}
	o.scores()
	return &o.rows, o.counters
}
