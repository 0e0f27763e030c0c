package journey

import "friction/pipeline/event"

// Track is a session's visits, and its attempts at journeys.
type Track struct {
	Visits   []Visit // in the order in which they were entered; old ones are dropped
	attempts []attempt
}

// attempt is the current attempt of a session at one journey.
type attempt struct {
	entered  uint64 // steps entered, one bit each
	previous StepID // step of the visit before the current one (for `site`)
	current  int32  // index of the current visit, -1 for none
	number   uint16 // from 1
	visits   uint16 // visits made
	journey  uint8  // 0 is `site`
	step     uint8  // index of the current step
	reached  uint8  // highest step index entered without skipping; or completed
	midway   bool   // it began behind a required step
}

// completed is the value of attempt.reached that says that the attempt is completed.
const completed = 0xff

// Change is something that happens to a visit.
type Change struct {
	Kind  ChangeKind
	Visit int32 // index in Track.Visits
}

// ChangeKind says what happens.
type ChangeKind uint8

// What can happen to a visit.
const (
	Enter    ChangeKind = iota // the session enters it
	Leave                      // the session leaves it: it has an end and its last outcome
	Complete                   // it completes the journey, and goes on
)

// attempt is the session's attempt at a journey, made when it is asked for first.
func (t *Track) attempt(journey uint8) *attempt {
	for i := range t.attempts {
		if t.attempts[i].journey == journey {
			return &t.attempts[i]
		}
	}
	t.attempts = append(t.attempts, attempt{journey: journey, current: -1})
	return &t.attempts[len(t.attempts)-1]
}

// enter opens a visit and makes it current.
func (t *Track) enter(a *attempt, v Visit) Change {
	if a.visits < 1<<16-1 {
		a.visits++
	}
	v.Left, v.Attempt, v.Number = event.Never, a.number, a.visits
	t.Visits = append(t.Visits, v)
	a.current = int32(len(t.Visits) - 1)
	return Change{Enter, a.current}
}

// leave ends the current visit at time at. A completed one stays completed.
func (t *Track) leave(a *attempt, at event.Millis, outcome Outcome) Change {
	v := &t.Visits[a.current]
	v.Left = max(at, v.Entered)
	if v.Outcome == Open {
		v.Outcome = outcome
	}
	c := Change{Leave, a.current}
	a.current = -1
	return c
}

// complete completes the current attempt; its current visit goes on until left.
func (t *Track) complete(number uint8, changes []Change) []Change {
	a := t.attempt(number)
	if a.current < 0 || a.reached == completed {
		return changes
	}
	a.reached = completed
	t.Visits[a.current].Outcome = Completed
	return append(changes, Change{Complete, a.current})
}

// Close ends every visit the session is on with the session, whose last event
// was at end.
func (t *Track) Close(end event.Millis, changes []Change) []Change {
	t.Current(func(i int32) {
		v := &t.Visits[i]
		v.Left = max(end, v.Entered)
		if v.Outcome == Open {
			v.Outcome = Dropped
		}
		changes = append(changes, Change{Leave, i})
	})
	t.attempts = nil
	return changes
}

// fewVisits are kept whether they can still change or not.
const fewVisits = 4

// Full reports that another visit would need more memory, so that it is time to drop
// old ones.
func (t *Track) Full() bool { return len(t.Visits) >= fewVisits && len(t.Visits) == cap(t.Visits) }

// Current calls f for the index of every visit the session is on.
func (t *Track) Current(f func(visit int32)) {
	for i := range t.Visits {
		if t.Visits[i].Left == event.Never {
			f(int32(i))
		}
	}
}

// DropBefore drops visits that ended before a time, and calls f for each first. Attempts
// do not change.
func (t *Track) DropBefore(before event.Millis, f func(*Visit)) {
	kept := int32(0)
	for i := range t.Visits {
		v := &t.Visits[i]
		if v.Left < before {
			f(v)
			continue
		}
		for j := range t.attempts {
			if t.attempts[j].current == int32(i) {
				t.attempts[j].current = kept
			}
		}
		t.Visits[kept] = *v
		kept++
	}
	clear(t.Visits[kept:])
	t.Visits = t.Visits[:kept]
}

// Move says what becomes of a journey under another configuration.
type Move struct {
	To   uint8 // its number there
	Anew bool  // it has other steps, so that sessions begin another attempt
}

// Remap moves a session to other journeys. Its attempts at journeys that are gone are
// dropped; at one of other steps its next visit begins another attempt.
func (t *Track) Remap(moved map[uint8]Move) {
	kept := t.attempts[:0]
	for _, a := range t.attempts {
		to, ok := moved[a.journey]
		if !ok {
			continue
		}
		if to.Anew {
			a = attempt{number: a.number, reached: completed, current: -1}
		}
		a.journey = to.To
		kept = append(kept, a)
	}
	t.attempts = kept
}
