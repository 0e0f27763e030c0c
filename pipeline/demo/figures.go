package demo

import (
	"context"
	"time"

	"friction/pipeline/query"
)

// figures are read from ClickHouse.
type figures struct {
	reader *query.Reader
	state  *state
}

// openFigures opens the reader.
func openFigures(in *instance, s *servers) (*figures, error) {
	reader, err := query.Open(query.Config{DSN: s.tables.DSN, Database: s.tables.Database, Timeout: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	in.push("", func(context.Context) error { return reader.Close() })
	return &figures{reader, in.state}, nil
}

// totals are the counts of the demo's run.
func (f *figures) totals(ctx context.Context) (query.Totals, error) {
	return f.reader.Totals(ctx, group)
}

// latest asks for what the table shows.
func (f *figures) latest(ctx context.Context, until time.Time) ([]query.Window, error) {
	if until.IsZero() {
		return nil, nil
	}
	return f.reader.LatestSteps(ctx, query.LatestSteps{
		App: app, Journeys: journeys(), Until: until, Open: openFor, Within: 2 * windowSize, MinVisits: enoughVisits,
	})
}

// usual reads what is usual for each step: its windows before the first live traffic there ever was here.
func (f *figures) usual(ctx context.Context) (map[query.StepName]query.Usual, error) {
	list, err := f.reader.StepHistory(ctx, query.StepHistory{
		App: app, Journeys: journeys(), From: f.state.HistoryFrom, To: f.state.FirstLive.Add(-historyEnds), MinVisits: enoughVisits,
	})
	if err != nil {
		return nil, err
	}
	usual := map[query.StepName]query.Usual{}
	for _, u := range list {
		usual[u.StepName] = u
	}
	return usual, nil
}
