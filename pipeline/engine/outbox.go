package engine

import (
	"cmp"
	"slices"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// writeVisit makes the visit's row, in the place of one made for it already in
// this outbox.
func (e *Engine) writeVisit(l *openSession, v *journey.Visit) {
	e.updatePain(v)
	info := e.steps.Info(v.Step)
	row := score.VisitRow{
		App: info.App, Journey: info.Journey, Step: info.Step, StepIndex: info.Index,
		SessionID: l.id, User: l.user, Attempt: v.Attempt, Visit: v.Number,
		EnteredAt: v.Entered, LeftAt: v.Left, Outcome: v.Outcome,
		Stalled: v.Stalled, EnteredMidway: v.Midway, Skipped: v.Skipped,
		Segments: e.aggregates.Segments.Pairs(e.aggregates.Segment(cell(v))), Signals: e.counts(v.Signals.List()),
		Pain: v.Pain, Weights: e.aggregates.Weights.Version,
	}
	if v.Wrote == e.outbox {
		e.rows.Visits[v.Row] = row
		return
	}
	v.Wrote, v.Row = e.outbox, uint32(len(e.rows.Visits))
	e.rows.Visit(row)
	e.made += 96 + len(l.user)
}

func (e *Engine) writeSignal(l *openSession, s *detect.Signal, refs []score.VisitRef) {
	e.counters.Signals++
	if s.AbsorbedBy == detect.NoKind {
		l.extra().signals.Add(uint8(s.Kind))
	}
	ids := s.Events()
	id := e.hasher.Reset().Bytes(l.id[:]).Str(e.detect.Name(s.Kind)).Str(cmp.Or(s.Target, s.Op)).Num(int64(s.Started))
	if s.First() == "" { // made of a visit
		r := refs[0]
		id.Str(r.Journey).Str(r.Step).Num(int64(r.Attempt)).Num(int64(r.Visit))
	} else {
		id.Str(s.First()) // two runs may begin in the same millisecond at the same place
	}
	e.rows.Signals = append(e.rows.Signals, score.SignalRow{
		App: e.aggregates.Segments.App(l.segment), SignalID: id.Sum(), Kind: e.detect.Name(s.Kind), SessionID: l.id, User: l.user,
		StartedAt: s.Started, EndedAt: s.Ended, Count: s.Count, Page: s.Page, Target: s.Target, Op: s.Op, Outcome: s.Outcome,
		EventIDs: ids, Visits: refs, AbsorbedBy: e.detect.Name(s.AbsorbedBy), RuleVersion: e.detect.Version(s),
		Segments: e.aggregates.Segments.Pairs(l.segment),
	})
	e.made += 160 + len(l.user) + 40*len(ids) + 24*len(refs)
}

func (e *Engine) writeSession(l *openSession) {
	var some more
	if l.more != nil {
		some = *l.more
	}
	e.rows.Sessions = append(e.rows.Sessions, score.SessionRow{
		App: e.aggregates.Segments.App(l.segment), SessionID: l.id, User: l.user, Account: some.account, Client: some.client,
		OpenedAt: l.Opened, StartedAt: l.Start, EndedAt: l.End, Events: l.Events, Pages: l.pages,
		Duplicates: l.Duplicates, Capped: l.Capped, LateJoined: l.LateJoined, ClockAhead: l.ahead,
		EntryPage: l.entry, ExitPage: l.exit, Segments: e.aggregates.Segments.Pairs(l.segment),
		Signals: e.counts(some.signals.List()), Pain: e.aggregates.Weights.Pain(some.signals.List()),
	})
	e.made += 160 + len(l.user)
}

func (e *Engine) counts(runs []journey.SignalCount) []score.Count {
	out := e.rows.Counts(len(runs))
	for i, r := range runs {
		out[i] = score.Count{Name: e.detect.Name(detect.Kind(r.Kind)), N: uint64(r.N)}
	}
	slices.SortFunc(out, func(a, b score.Count) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
