package engine

import (
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// dropOldVisits lets go of visits that ended so long ago that no signal can be found
// on them any more.
func (e *Engine) dropOldVisits(l *openSession, now event.Millis) {
	before := min(l.runs.Since(now), e.rules.Settled(&l.Session, len(e.topics), now))
	l.track.DropBefore(before, func(v *journey.Visit) { e.aggregates.Release(cell(v)) })
}

// apply counts and writes what changed in the session's visits.
func (e *Engine) apply(l *openSession) {
	for _, c := range e.changes {
		v := &l.track.Visits[c.Visit]
		switch c.Kind {
		case journey.Enter:
			v.Cell = uint64(e.aggregates.Enter(v.Step, l.segment, v.Entered))
			e.counters.Visits++
		case journey.Complete:
			e.aggregates.Outcome(cell(v), journey.Open, journey.Completed)
			e.writeVisit(l, v) // a conversion is seen when it happens, not when the customer leaves
		case journey.Leave:
			from := journey.Open
			if v.Outcome == journey.Completed { // and was counted as such when it was
				from = journey.Completed
			}
			e.aggregates.Leave(cell(v), from, v.Outcome, v.Left-v.Entered)
			e.writeVisit(l, v)
		}
	}
}

func cell(v *journey.Visit) score.Cell { return score.Cell(v.Cell) }

// stall marks the open visits of a session that has fallen silent.
func (e *Engine) stall(l *openSession, now event.Millis) {
	l.stalled = true
	l.track.Current(func(i int32) {
		v := &l.track.Visits[i]
		if v.Outcome != journey.Open {
			return
		}
		v.Stalled = true
		e.aggregates.Stall(cell(v), true)
		e.writeVisit(l, v)
	})
	e.detect.Rest(&l.runs, now)
	e.dropOldVisits(l, now)
}

// unstall takes the marks back: the session has spoken again, or ended.
func (e *Engine) unstall(l *openSession) {
	if !l.stalled {
		return
	}
	l.stalled = false
	l.track.Current(func(i int32) {
		v := &l.track.Visits[i]
		if !v.Stalled {
			return
		}
		v.Stalled = false
		e.aggregates.Stall(cell(v), false)
		e.writeVisit(l, v)
	})
}

// signal puts the signals found on the visits that hold their first event.
func (e *Engine) signal(l *openSession) {
	for i := range e.found {
		s := &e.found[i]
		held := e.holders(l, s.Started)
		refs := e.rows.Refs(len(held))
		for k, at := range held {
			v := &l.track.Visits[at]
			refs[k] = e.ref(v)
			if s.AbsorbedBy == detect.NoKind {
				e.countSignal(l, v, s.Kind)
			}
		}
		e.writeSignal(l, s, refs)
	}
}

// holders lists the visits that hold a time, one of each journey: where events of
// two topics have crossed, so that two would, the one entered last.
func (e *Engine) holders(l *openSession, t event.Millis) []int32 {
	e.held = e.held[:0]
	for i := range l.track.Visits {
		v := &l.track.Visits[i]
		if !v.Holds(t) {
			continue
		}
		journey := e.steps.Info(v.Step).Journey
		e.held = slices.DeleteFunc(e.held, func(other int32) bool { return e.steps.Info(l.track.Visits[other].Step).Journey == journey })
		e.held = append(e.held, int32(i))
	}
	return e.held
}

// countSignal counts one signal on a visit.
func (e *Engine) countSignal(l *openSession, v *journey.Visit, k detect.Kind) {
	v.Signals.Add(uint8(k))
	e.aggregates.Signal(cell(v), k)
	e.updatePain(v)
	if v.Left != event.Never || v.Stalled {
		e.writeVisit(l, v)
	}
}

// updatePain brings a visit's pain up to its signals and the weights in force.
func (e *Engine) updatePain(v *journey.Visit) {
	if pain := e.aggregates.Weights.Pain(v.Signals.List()); pain != v.Pain {
		e.aggregates.ChangePain(cell(v), v.Pain, pain)
		v.Pain = pain
	}
}

// outcomeSignals makes the signals of visits that ended because the session did, or
// because it went back.
func (e *Engine) outcomeSignals(l *openSession) {
	for _, c := range e.changes {
		v := &l.track.Visits[c.Visit]
		if v.Site || c.Kind != journey.Leave {
			continue
		}
		kind, ok := e.detect.OfOutcome(v.Outcome)
		if !ok {
			continue
		}
		s := detect.Signal{Kind: kind, AbsorbedBy: detect.NoKind, Started: v.Left, Ended: v.Left, Count: 1, Page: l.exit}
		e.countSignal(l, v, s.Kind)
		refs := e.rows.Refs(1)
		refs[0] = e.ref(v)
		e.writeSignal(l, &s, refs)
	}
}

func (e *Engine) ref(v *journey.Visit) score.VisitRef {
	info := e.steps.Info(v.Step)
	return score.VisitRef{Journey: info.Journey, Step: info.Step, Attempt: v.Attempt, Visit: v.Number}
}
