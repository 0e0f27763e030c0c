package engine

import (
	"cmp"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// scorer is the last stage. What happens to a visit changes the sums of its cell, and makes
// a row of the visit where readers should see it. It also makes the rows of signals and
// sessions.
type scorer struct {
	aggregates *score.Aggregates
	steps      *journey.Steps
	signalSet  *detect.Set
	outbox     *outbox
	counters   *event.Counters
	hasher     event.Hasher
	at         []int32 // result of visitsOf
}

// visits counts and writes what changed in a session's visits, and then the
// signals that some of these changes are.
func (x *scorer) visits(s *openSession, changes []journey.Change) {
	for _, c := range changes {
		v := &s.track.Visits[c.Visit]
		switch c.Kind {
		case journey.Enter:
			v.Since = s.Events
			if s.Overdue {
				v.Cell = uint64(x.aggregates.Hold(s.segment)) // to be counted when the session closes
			} else {
				v.Cell = uint64(x.aggregates.Enter(v.Step, s.segment, v.Entered))
			}
			x.counters.Visits++
		case journey.Complete:
			x.goOn(v)
			x.aggregates.ChangeOutcome(cell(v), journey.Open, journey.Completed)
			x.writeVisit(s, v) // a conversion is seen when it happens, not when the customer leaves
		case journey.Leave:
			x.goOn(v)
			from := journey.Open
			if v.Outcome == journey.Completed { // and was counted as such when it was
				from = journey.Completed
			}
			x.aggregates.Leave(cell(v), from, v.Outcome, v.Left-v.Entered)
			x.writeVisit(s, v)
		}
	}
	x.outcomeSignals(s, changes)
}

// outcomeSignals makes the signals that an outcome is: of visits that ended because the
// session did, or because it went back. The built-in journey of all pages has none.
func (x *scorer) outcomeSignals(s *openSession, changes []journey.Change) {
	for _, c := range changes {
		v := &s.track.Visits[c.Visit]
		if v.Site || c.Kind != journey.Leave {
			continue
		}
		kind, ok := x.signalSet.OfOutcome(v.Outcome)
		if !ok {
			continue
		}
		signal := detect.Signal{Kind: kind, AbsorbedBy: detect.NoKind, Started: v.Left, Ended: v.Left, Count: 1, Page: s.exit}
		x.count(s, v, kind)
		refs := x.outbox.rows.Refs(1)
		refs[0] = x.ref(v)
		x.writeSignal(s, &signal, refs)
	}
}

// signals counts what detectors found on the visits during which it began, and
// writes it. A signal that another one absorbs is written and not counted.
func (x *scorer) signals(s *openSession, found []detect.Signal) {
	for i := range found {
		signal := &found[i]
		visits := x.visitsOf(s, signal)
		if len(visits) == 0 && s.track.Crowded() {
			x.counters.ByLimit[event.LimitVisits]++
		}
		refs := x.outbox.rows.Refs(len(visits))
		for k, at := range visits {
			v := &s.track.Visits[at]
			refs[k] = x.ref(v)
			if signal.AbsorbedBy == detect.NoKind {
				x.count(s, v, signal.Kind)
			}
		}
		x.writeSignal(s, signal, refs)
	}
}

// visitsOf lists the visits that a signal belongs to, one of each journey: those that contain the
// time of its first event. In times of whole seconds, or when events of two topics are processed
// in another order than they happened, several visits of one journey can contain it. Then it is
// the one that the session was on when that event had been taken.
func (x *scorer) visitsOf(s *openSession, signal *detect.Signal) []int32 {
	x.at = x.at[:0]
	for i := range s.track.Visits {
		v := &s.track.Visits[i]
		if !v.Contains(signal.Started) || s.track.OutOfReach(v) {
			continue
		}
		journey := x.steps.Info(v.Step).Journey
		k := slices.IndexFunc(x.at, func(other int32) bool { return x.steps.Info(s.track.Visits[other].Step).Journey == journey })
		switch {
		case k < 0:
			x.at = append(x.at, int32(i))
		case v.Since <= signal.Taken() || s.track.Visits[x.at[k]].Since > signal.Taken():
			x.at = append(slices.Delete(x.at, k, k+1), int32(i))
		}
	}
	return x.at
}

// count counts one signal on a visit. A visit that has ended, or is stalled, has a row
// already, and gets a new one.
func (x *scorer) count(s *openSession, v *journey.Visit, k detect.Kind) {
	v.Signals.Add(uint8(k))
	x.aggregates.Signal(cell(v), k)
	x.updatePain(v)
	if v.Left != event.Never || v.Stalled {
		x.writeVisit(s, v)
	}
}

// updatePain brings a visit's pain up to its signals and the weights in force.
func (x *scorer) updatePain(v *journey.Visit) {
	if pain := x.aggregates.Weights.Pain(v.Signals.List()); pain != v.Pain {
		x.aggregates.ChangePain(cell(v), v.Pain, pain)
		v.Pain = pain
	}
}

// stall marks the open visits of a session that has fallen silent. Those of an overdue
// session are not marked: nobody is on these steps now.
func (x *scorer) stall(s *openSession) {
	s.stalled = true
	if s.Overdue {
		return
	}
	s.track.Current(func(i int32) {
		if v := &s.track.Visits[i]; v.Outcome == journey.Open && !v.Stalled {
			x.setStalled(s, v, true)
		}
	})
}

// resume takes the marks back when the session goes on, or ends.
func (x *scorer) resume(s *openSession) {
	if !s.stalled {
		return
	}
	s.stalled = false
	s.track.Current(func(i int32) {
		if v := &s.track.Visits[i]; v.Stalled {
			x.setStalled(s, v, false)
		}
	})
}

// goOn takes the mark back of a stalled visit that an event other than an act ends or
// completes.
func (x *scorer) goOn(v *journey.Visit) {
	if v.Stalled {
		v.Stalled = false
		x.aggregates.Stall(cell(v), false)
	}
}

func (x *scorer) setStalled(s *openSession, v *journey.Visit, stalled bool) {
	v.Stalled = stalled
	x.aggregates.Stall(cell(v), stalled)
	x.writeVisit(s, v)
}

// dropOldVisits lets go of visits that ended so long ago that no signal can be found
// on them any more: before everything that detectors hold, and before settled, which
// no event still to come is older than. An overdue session keeps all, because they are
// counted later.
func (x *scorer) dropOldVisits(s *openSession, now, settled event.Millis) {
	if s.Overdue {
		return
	}
	s.track.DropBefore(min(s.runs.Since(now), settled), func(v *journey.Visit) { x.aggregates.Release(cell(v)) })
}

// countFarVisits counts visits of an overdue session that no signal is found on any more,
// when there are many, so that it does not keep all of a hostile user's until it closes.
// Their number must decide, and no capacity: the time shows in the rows.
func (x *scorer) countFarVisits(s *openSession, now event.Millis) {
	if !s.Overdue || len(s.track.Visits) < 2*journey.MaxVisits {
		return
	}
	s.track.DropBefore(event.Beginning, func(v *journey.Visit) {
		x.aggregates.AddOverdue(now, v)
		x.aggregates.Release(cell(v))
	})
}

// countOverdue counts the visits of an overdue session that closes at time now. They are
// part of what is counted in the pane of that time.
func (x *scorer) countOverdue(s *openSession, now event.Millis) {
	for i := range s.track.Visits {
		x.aggregates.AddOverdue(now, &s.track.Visits[i])
	}
}

// session writes a session that ends and lets go of what it holds.
func (x *scorer) session(s *openSession) {
	x.counters.SessionsClosed++
	x.writeSession(s)
	for i := range s.track.Visits {
		x.aggregates.Release(cell(&s.track.Visits[i]))
	}
	x.aggregates.Segments.Release(s.segment)
}

// ref names a visit in the row of a signal.
func (x *scorer) ref(v *journey.Visit) score.VisitRef {
	info := x.steps.Info(v.Step)
	return score.VisitRef{Journey: info.Journey, Step: info.Step, Attempt: v.Attempt, Visit: v.Number}
}

// writeVisit makes the visit's row as it stands.
func (x *scorer) writeVisit(s *openSession, v *journey.Visit) {
	x.updatePain(v)
	info, segments := x.steps.Info(v.Step), x.aggregates.Segments
	x.outbox.addVisit(v, &score.VisitRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		SessionID: s.id, User: s.user, Attempt: v.Attempt, Visit: v.Number,
		EnteredAt: v.Entered, LeftAt: v.Left, Outcome: v.Outcome,
		Stalled: v.Stalled, EnteredMidway: v.Midway, Skipped: v.Skipped, Resumed: v.Resumed,
		Segments: segments.Pairs(x.aggregates.Segment(cell(v))), Signals: x.counts(v.Signals.List()),
		Pain: v.Pain, Weights: x.aggregates.Weights.Version,
	})
}

// returned writes the visit again on which an attempt was left that goes on now.
func (x *scorer) returned(left *leftAttempt) {
	row := left.visit()
	row.Returned = true
	x.outbox.addVisit(&journey.Visit{Outbox: left.outbox, Row: left.index}, &row)
}

// writeSignal makes a signal's row. Its id follows from what it is and where it
// began, so that the same signal has the same id however often it is computed.
func (x *scorer) writeSignal(s *openSession, signal *detect.Signal, refs []score.VisitRef) {
	x.counters.Signals++
	if signal.AbsorbedBy == detect.NoKind {
		s.extra().signals.Add(uint8(signal.Kind))
	}
	name := x.signalSet.Name(signal.Kind)
	id := x.hasher.Reset().Bytes(s.id[:]).Str(name).Str(cmp.Or(signal.Target, signal.Op)).Num(int64(signal.Started))
	if signal.First() == "" { // made of a visit
		r := refs[0]
		id.Str(r.Journey).Str(r.Step).Num(int64(r.Attempt)).Num(int64(r.Visit))
	} else {
		id.Str(signal.First()) // two of a kind may begin in the same millisecond at the same place
	}
	segments := x.aggregates.Segments
	x.outbox.addSignal(&score.SignalRow{
		App: segments.App(s.segment), SignalID: id.Sum(), Kind: name, SessionID: s.id, User: s.user,
		StartedAt: signal.Started, EndedAt: signal.Ended, Count: signal.Count,
		Page: signal.Page, Target: signal.Target, Op: signal.Op, Outcome: signal.Outcome,
		EventIDs: signal.Events(), Visits: refs, AbsorbedBy: x.signalSet.Name(signal.AbsorbedBy), RuleVersion: x.signalSet.Version(signal),
		Segments: segments.Pairs(s.segment),
	})
}

func (x *scorer) writeSession(s *openSession) {
	var some extra
	if s.extras != nil {
		some = *s.extras
	}
	segments := x.aggregates.Segments
	x.outbox.addSession(&score.SessionRow{
		App: segments.App(s.segment), SessionID: s.id, User: s.user, Account: some.account, Client: some.client,
		OpenedAt: s.Opened, StartedAt: s.Start, EndedAt: s.End, Events: s.Events, Pages: s.pages,
		Duplicates: s.Duplicates, Capped: s.Capped, LateJoined: s.LateJoined, ClockAhead: s.ahead, ClockOffset: s.ClockOffset,
		Overdue: s.Overdue, EntryPage: s.entry, ExitPage: s.exit, Segments: segments.Pairs(s.segment),
		Signals: x.counts(some.signals.List()), Pain: x.aggregates.Weights.Pain(some.signals.List()),
	})
}

// counts is how rows show signals counted by kind: by name, sorted.
func (x *scorer) counts(list []journey.SignalCount) []score.Count {
	out := x.outbox.rows.Counts(len(list))
	for i, c := range list {
		out[i] = score.Count{Name: x.signalSet.Name(detect.Kind(c.Kind)), N: uint64(c.N)}
	}
	slices.SortFunc(out, func(a, b score.Count) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
