package replay

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/rules"
	"friction/pipeline/score"
)

// latest keeps the last version of rows that may be made more than once.
type latest struct {
	visits  map[event.Digest]map[visitKey]score.VisitRow
	windows map[windowKey]score.WindowRow
	panes   map[paneKey]score.PaneRow
	resumes map[string]bool // journeys whose attempts later sessions may continue
}

type visitKey struct {
	journey, step  string
	attempt, visit uint16
}

type windowKey struct {
	app, journey, step string
	start, part        event.Millis
}

type paneKey struct {
	windowKey
	dimension, value string
}

func newLatest(r *rules.Rules) *latest {
	resumes := map[string]bool{}
	for i := range r.Engine.Journeys.List {
		if j := &r.Engine.Journeys.List[i]; j.Resume > 0 {
			resumes[j.Name] = true
		}
	}
	return &latest{map[event.Digest]map[visitKey]score.VisitRow{}, map[windowKey]score.WindowRow{}, map[paneKey]score.PaneRow{}, resumes}
}

// keep stores new rows that may still change and returns those that are final: rows that never change, and the visits of
// sessions that have closed, but for those that a later session may still return to.
func (l *latest) keep(rows *score.Rows) *score.Rows {
	for _, v := range rows.Visits {
		of := l.visits[v.SessionID]
		if of == nil {
			of = map[visitKey]score.VisitRow{}
			l.visits[v.SessionID] = of
		}
		of[visitKey{v.Journey, v.Step, v.Attempt, v.Visit}] = v
	}
	for _, w := range rows.Windows {
		l.windows[windowKey{w.App, w.Journey, w.Step, w.WindowStart, w.Part}] = w
	}
	for _, p := range rows.Panes {
		l.panes[paneKey{windowKey{p.App, p.Journey, p.Step, p.PaneStart, p.Part}, p.Dimension, p.Value}] = p
	}
	final := *rows
	final.Visits, final.Windows, final.Panes = nil, nil, nil
	for i := range rows.Sessions {
		id := rows.Sessions[i].SessionID
		for _, v := range sortedVisits(l.visits[id]) {
			if !l.resumes[v.Journey] || v.Outcome != journey.Dropped || v.Returned {
				final.Visits = append(final.Visits, v)
				l.forget(&v)
			}
		}
	}
	for i := range rows.Visits {
		if v := &rows.Visits[i]; v.Returned && l.forget(v) {
			final.Visits = append(final.Visits, *v)
		}
	}
	return &final
}

// forget drops a visit that is written; false if it was before.
func (l *latest) forget(v *score.VisitRow) bool {
	of, key := l.visits[v.SessionID], visitKey{v.Journey, v.Step, v.Attempt, v.Visit}
	_, there := of[key]
	if delete(of, key); len(of) == 0 {
		delete(l.visits, v.SessionID)
	}
	return there
}

// add adds the windows and panes of another task, and of all parts, to those of the same
// place: as views show them.
func (l *latest) add(rows *score.Rows) {
	for _, w := range rows.Windows {
		w.Part = 0
		key := windowKey{w.App, w.Journey, w.Step, w.WindowStart, 0}
		if have, ok := l.windows[key]; ok {
			w.Sums = w.Sums.Plus(&have.Sums)
		}
		l.windows[key] = w
	}
	for _, p := range rows.Panes {
		p.Part = 0
		key := paneKey{windowKey{p.App, p.Journey, p.Step, p.PaneStart, 0}, p.Dimension, p.Value}
		if have, ok := l.panes[key]; ok {
			p.Sums = p.Sums.Plus(&have.Sums)
		}
		l.panes[key] = p
	}
}

// rest returns all rows that are still stored.
func (l *latest) all() *score.Rows {
	rows := &score.Rows{Windows: l.sortedWindows()}
	for _, id := range slices.SortedFunc(maps.Keys(l.visits), func(a, b event.Digest) int { return slices.Compare(a[:], b[:]) }) {
		rows.Visits = append(rows.Visits, sortedVisits(l.visits[id])...)
	}
	rows.Panes = slices.SortedFunc(maps.Values(l.panes), func(a, b score.PaneRow) int {
		return cmp.Or(cmp.Compare(a.PaneStart, b.PaneStart), cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.StepIndex, b.StepIndex), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Dimension, b.Dimension), cmp.Compare(a.Value, b.Value))
	})
	return rows
}

func (l *latest) sortedWindows() []score.WindowRow {
	return slices.SortedFunc(maps.Values(l.windows), func(a, b score.WindowRow) int {
		return cmp.Or(cmp.Compare(a.WindowStart, b.WindowStart), cmp.Compare(a.App, b.App), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.StepIndex, b.StepIndex), cmp.Compare(a.Step, b.Step))
	})
}

func sortedVisits(of map[visitKey]score.VisitRow) []score.VisitRow {
	return slices.SortedFunc(maps.Values(of), func(a, b score.VisitRow) int {
		return cmp.Or(cmp.Compare(a.EnteredAt, b.EnteredAt), cmp.Compare(a.Journey, b.Journey),
			cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.Visit, b.Visit))
	})
}
