package engine

import "errors"

// Adopt loads the state of an engine with another configuration, old. state is what its
// AppendState returned. Thresholds, weights, filters, limits and journeys may differ;
// at a journey with other steps, every session begins another attempt. Panes cannot be
// divided again, so size, slide and segments must be equal.
func (e *Engine) Adopt(old *Engine, state []byte) error {
	if !e.aggregates.Comparable(old.aggregates) {
		return errors.New("score.size, score.slide and score.segments cannot change within a run")
	}
	if err := e.LoadState(state); err != nil {
		return err
	}
	moved := e.journeys.MovesFrom(old.journeys)
	e.unfinished.remap(moved)
	e.sessions.all(func(s *openSession) {
		e.sessions.memory.restore(s)
		s.track.Remap(moved)
		e.sessions.schedule(s, s.LastActive) // under the rules in force now
	})
	return nil
}
