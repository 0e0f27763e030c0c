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
	Left    event.Millis // event.Never while the session is on the step
	Cell    uint64       // where the score package counts it; set by the engine
	Step    StepID
	Outbox  uint32 // number of the outbox its row was last written to; set by the engine
	Row     uint32 // and its index there
	Pain    uint32 // millionths, as counted; set by the engine
	Since   uint32 // how many events its session had taken with the one that entered it; set by the engine
	Attempt uint16
	Number  uint16 // of the visit in its attempt, from 1
	nth     uint32 // of the visits of its session
	Outcome Outcome
	Stalled bool
	Midway  bool // its attempt began at a later step than the first required one
	Skipped bool // reached by skipping a required step
	Resumed bool // its attempt began in an earlier session
	Site    bool // of the built-in journey of all pages
	Signals SignalCounts
}

// Contains reports whether t lies in the visit: from Entered to Left, both included.
func (v *Visit) Contains(t event.Millis) bool { return v.Entered <= t && t <= v.Left }
