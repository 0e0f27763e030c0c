package journey

import "friction/pipeline/event"

// Outcome says how a visit ended.
type Outcome uint8

// The outcomes of a visit.
const (
	Open Outcome = iota
	Advanced
	Completed
	Back
	Dropped
	NumOutcomes
)

var outcomeNames = [NumOutcomes]string{"open", "advanced", "completed", "back", "dropped"}

// String is the name used in tables.
func (o Outcome) String() string {
	if o >= NumOutcomes {
		return "unknown"
	}
	return outcomeNames[o]
}

// Visit is one stay of a session on a step.
type Visit struct {
	Entered event.Millis
	Left    event.Millis // event.Never while the session is there
	Cell    uint64       // where the score package counts it; not ours
	Step    StepID
	Outbox  uint32 // number of the outbox its row was last written to; set by the engine
	Row     uint32 // and its index there
	Pain    uint32 // millionths, as counted; not ours
	Attempt uint16
	Number  uint16 // of the visit in its attempt, from 1
	Outcome Outcome
	Stalled bool
	Midway  bool // of an attempt that was opened at a later step
	Skipped bool // reached over a required step not yet visited
	Site    bool
	Signals SignalCounts
}

// Holds reports whether the visit's [entered, left) holds t.
func (v *Visit) Holds(t event.Millis) bool { return v.Entered <= t && t < v.Left }

// Track is a session's way through its journeys.
type Track struct {
	Visits   []Visit
	attempts []attempt
}

// place is where a session stands in one journey.
type attempt struct {
	entered  uint64 // steps entered in this attempt, one bit each
	previous StepID // step of the visit before the current one (for `site`)
	current  int32  // index of the current visit, -1 for none
	number   uint16
	visits   uint16 // visits made in this attempt
	journey  uint8  // 0 is `site`
	step     uint8  // index of the current step
	reached  uint8  // highest step index entered in this attempt without skipping; over when it is completed
	midway   bool   // the attempt was opened past a required step
}

// over says, in the place of a step index, that the attempt is completed.
const completed = 0xff

// Change is something that happened to a visit.
type Change struct {
	Kind  ChangeKind
	Visit int32 // index in Track.Visits
}

// ChangeKind says what.
type ChangeKind uint8

// What can happen to a visit.
const (
	Enter    ChangeKind = iota // it is new
	Leave                      // it has an outcome and an end
	Complete                   // it is completed, and goes on
)

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
func (t *Track) enter(p *attempt, v Visit) Change {
	if p.visits < 1<<16-1 {
		p.visits++
	}
	v.Left, v.Attempt, v.Number = event.Never, p.number, p.visits
	t.Visits = append(t.Visits, v)
	p.current = int32(len(t.Visits) - 1)
	return Change{Enter, p.current}
}

// leave ends the current visit at time at. A completed one stays completed.
func (t *Track) leave(p *attempt, at event.Millis, outcome Outcome) Change {
	v := &t.Visits[p.current]
	v.Left = max(at, v.Entered)
	if v.Outcome == Open {
		v.Outcome = outcome
	}
	c := Change{Leave, p.current}
	p.current = -1
	return c
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

// Forget drops visits that ended before t, calling f for each first. Where a
// session stands does not change.
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

// Keep moves a session to other journeys. Where it stood in one that is gone is
// forgotten; in one of other steps its next visit opens another attempt.
func (t *Track) Remap(moved map[uint8]Move) {
	kept := t.attempts[:0]
	for _, p := range t.attempts {
		to, ok := moved[p.journey]
		if !ok {
			continue
		}
		if to.Anew {
			p = attempt{number: p.number, reached: completed, current: -1}
		}
		p.journey = to.To
		kept = append(kept, p)
	}
	t.attempts = kept
}
