package journey

import (
	"slices"

	"friction/pipeline/event"
)

// Track is a session's visits, and its attempts at journeys.
type Track struct {
	Visits   []Visit // in the order in which they were entered; old ones are dropped
	attempts []attempt
	entered  uint32 // visits so far
}

// attempt is the current attempt of a session at one journey.
type attempt struct {
	entered  uint64 // steps entered, one bit each
	page     uint64 // hash of the page of the current visit (for `site`)
	previous uint64 // and of the one before
	current  int32  // index of the current visit, -1 for none
	number   uint16 // from 1
	visits   uint16 // visits made
	journey  uint8  // 0 is `site`
	step     uint8  // index of the current step
	reached  uint8  // highest step index entered without skipping; or completed
	midway   bool   // it began behind a required step
	resumed  bool   // it began in an earlier session
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
	t.entered++
	v.Left, v.Attempt, v.Number, v.nth = event.Never, a.number, a.visits, t.entered
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

// MaxVisits bounds the visits of a session on which signals can still be found: the latest, and those it is on.
const MaxVisits = 256

// Full reports that another visit would need more memory, so that it is time to drop
// old ones.
func (t *Track) Full() bool { return len(t.Visits) >= fewVisits && len(t.Visits) == cap(t.Visits) }

// Crowded reports that visits of the session may be out of reach.
func (t *Track) Crowded() bool { return t.entered > MaxVisits }

// OutOfReach reports a visit that has ended and has MaxVisits later ones: no signal is found on it any more.
func (t *Track) OutOfReach(v *Visit) bool {
	return v.Left != event.Never && t.entered-v.nth >= MaxVisits
}

// Current calls f for the index of every visit the session is on.
func (t *Track) Current(f func(visit int32)) {
	for i := range t.Visits {
		if t.Visits[i].Left == event.Never {
			f(int32(i))
		}
	}
}

// DropBefore drops visits that ended before a time or are out of reach, and calls f for each first. Attempts do not
// change. Where most visits stay it makes room for more, so that it is not called again for each.
func (t *Track) DropBefore(before event.Millis, f func(*Visit)) {
	kept := int32(0)
	for i := range t.Visits {
		v := &t.Visits[i]
		if v.Left < before || t.OutOfReach(v) {
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
	if n := len(t.Visits); n > fewVisits && n > cap(t.Visits)*3/4 {
		t.Visits = slices.Grow(t.Visits, n)
	}
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
