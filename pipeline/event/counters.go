package event

// Counters account for every record of one task since its run began; there is one counter for each fate of a record.
// At any epoch Consumed = Filtered + Rejected + Late + Duplicates + Capped + Unattended + Pending + InSessions.
type Counters struct {
	Consumed   uint64 // records read, without control records and aborted ones
	Filtered   uint64 // dropped by a filter rule
	Rejected   uint64 // could not be decoded
	Late       uint64 // decoded, but its session is closed for good
	Duplicates uint64 // an explicit id seen before in the same session
	Capped     uint64 // beyond a limit on open sessions, events or ids of a session
	Unattended uint64 // in no session, because nobody did anything: events of sessions that have no act
	Pending    uint64 // read, not yet processed, or in a session that has no act yet
	InSessions uint64 // taken into a session, open or closed

	Overdue       uint64 // of InSessions: came long after they happened, and are part of an overdue session
	LateJoined    uint64 // joined its session out of order; visits and detectors did not see it
	IdleOvertaken uint64 // came below a watermark that had moved because its topic was idle
	ClockAhead    uint64 // its clock was ahead of the record time and was replaced
	ForeignKey    uint64 // the record's key was not the event's user
	UnknownFields uint64 // fields that have neither a known name nor a scalar value
	OtherSteps    uint64 // pages beyond site.max_pages, counted under step "other"
	OtherValues   uint64 // segment values of visits beyond score.max_values, counted under "other"

	SessionsOpened    uint64
	SessionsClosed    uint64
	ClosedForgotten   uint64 // closed sessions beyond sessions.max_closed, forgotten before sessions.accept_late had passed
	AttemptsForgotten uint64 // unfinished attempts beyond journeys.max_unfinished, forgotten before they could be continued
	Visits            uint64
	Signals           uint64

	// Missed counts records that retention removed before they could be read, or
	// read again by a recovery. They were not consumed. It is kept by the task, not
	// in the engine's state.
	Missed uint64

	ByReason [NumReasons]uint64 // rejected and late, by reason
	ByLimit  Limits             // left out because of a limit
}

// Balanced reports whether every consumed record is accounted for.
func (c *Counters) Balanced() bool {
	return c.Consumed == c.Filtered+c.Rejected+c.Late+c.Duplicates+c.Capped+c.Unattended+c.Pending+c.InSessions
}

// Add adds the counters of another task.
func (c *Counters) Add(o Counters) {
	mine, theirs := c.all(), o.all()
	for i := range mine {
		*mine[i] += *theirs[i]
	}
	c.Missed += o.Missed
	for i := range c.ByReason {
		c.ByReason[i] += o.ByReason[i]
	}
	for i := range c.ByLimit {
		c.ByLimit[i] += o.ByLimit[i]
	}
}

// all is every counter of the engine except those by reason and by limit.
func (c *Counters) all() []*uint64 {
	return []*uint64{
		&c.Consumed, &c.Filtered, &c.Rejected, &c.Late, &c.Duplicates, &c.Capped, &c.Pending, &c.InSessions,
		&c.Overdue, &c.LateJoined, &c.IdleOvertaken, &c.ClockAhead, &c.ForeignKey, &c.UnknownFields, &c.OtherSteps, &c.OtherValues,
		&c.SessionsOpened, &c.SessionsClosed, &c.ClosedForgotten, &c.AttemptsForgotten, &c.Visits, &c.Signals, &c.Unattended,
	}
}
