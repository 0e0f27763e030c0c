package alert

import (
	"cmp"
	"context"
	"slices"
	"time"

	"friction/pipeline/query"
	"friction/pipeline/sink"
)

// feed reads from the tables what the evaluator needs.
type feed struct {
	cfg    Config
	slide  time.Duration
	reader *query.Reader

	journeys   map[string][]string // watched, by app
	dimensions []string
	asked      int64 // hour in which these two were read
}

const (
	// rereadPanes is how many of the latest panes are read at every evaluation, rereadMore when a pane ends, and rereadMost
	// now and then: signals may be found long after a visit began.
	rereadPanes, rereadMore, rereadMost = 3, 10, 60
	// maxValues is how many values of a dimension are distinguished.
	maxValues = 100
)

// catchUp is how far back an alerter evaluates what happened while none worked.
const catchUp = time.Hour

// survey finds out what there is to be watched, once an hour of event time.
func (f *feed) survey(ctx context.Context, now time.Time, back time.Duration) error {
	hour := now.Unix() / 3600
	if f.asked == hour && len(f.journeys) > 0 {
		return nil
	}
	all, err := f.reader.Journeys(ctx, now.Add(-back), now)
	if err != nil {
		return err
	}
	watched := map[string][]string{}
	for app, journeys := range all {
		for _, j := range journeys {
			if f.cfg.watches(j, journeys) {
				watched[app] = append(watched[app], j)
			}
		}
	}
	if f.dimensions, err = f.reader.Dimensions(ctx, now.Add(-min(back, 24*time.Hour)), now); err != nil {
		return err
	}
	f.journeys, f.asked = watched, hour
	return nil
}

// names are all journeys that are watched in any app.
func (f *feed) names() (all []string) {
	for _, journeys := range f.journeys {
		all = append(all, journeys...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// panes reads everyone and every dimension, in panes or hours that begin in [from, to).
func (f *feed) panes(ctx context.Context, from, to time.Time, size time.Duration) (all []Pane, err error) {
	names := f.names()
	if len(names) == 0 || !from.Before(to) {
		return nil, nil
	}
	for _, dimension := range append([]string{""}, f.dimensions...) {
		rows, err := f.reader.StepSeries(ctx, query.StepSeries{Journeys: names, From: from, To: to, Size: size, OnTime: true, Dimension: dimension, Values: maxValues})
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if w := &rows[i]; slices.Contains(f.journeys[w.App], w.Journey) {
				all = append(all, f.pane(w))
			}
		}
	}
	// Those with the most visits come first, because the number of series is limited.
	visits := map[Series]float64{}
	for i := range all {
		visits[all[i].Series] += all[i].Visits
	}
	slices.SortStableFunc(all, func(a, b Pane) int { return cmp.Compare(visits[b.Series], visits[a.Series]) })
	return all, nil
}

func (f *feed) pane(w *query.Window) Pane {
	return Pane{
		Series: Series{StepName{w.App, w.Journey, w.Step}, w.Dimension, w.Value}, Index: int(w.Index),
		Number: w.Start.UnixMilli() / f.slide.Milliseconds(), Visits: float64(w.Visits), Affected: float64(w.Affected),
		Pain: float64(w.PainSum) / 1e6, PainSq: float64(w.PainSqSum) / 1e6, Lost: float64(w.Dropped + w.Stalled),
	}
}

// facts reads what may have changed by a moment.
func (f *feed) facts(ctx context.Context, at time.Time) (Facts, error) {
	back := rereadPanes
	if ms := at.UnixMilli(); ms%f.slide.Milliseconds() == 0 {
		back = max(rereadMore, int(f.cfg.LostAfter/f.slide)+1)
		if ms/f.slide.Milliseconds()%rereadMore == 0 {
			back = rereadMost
		}
	}
	from := at.Truncate(f.slide).Add(-time.Duration(back) * f.slide)
	panes, err := f.panes(ctx, from, at, f.slide)
	return Facts{At: at, Panes: panes, Fresh: true}, err
}

// seen reads what was seen as lost, in panes or hours.
func (f *feed) seen(ctx context.Context, from, to time.Time, size time.Duration) (all []Pane, err error) {
	rows, err := f.reader.SeenPanes(ctx, from, to, size)
	for i := range rows {
		r := &rows[i]
		if slices.Contains(f.journeys[r.App], r.Journey) {
			all = append(all, Pane{
				Series: Series{StepName: StepName{r.App, r.Journey, r.Step}}, Index: int(r.Index), Number: r.Start.UnixMilli() / f.slide.Milliseconds(),
				Visits: float64(r.Visits), Lost: float64(r.Lost),
			})
		}
	}
	return all, err
}

// restore makes an evaluator that knows what was, and returns the panes that come after the moment it has reached.
func (f *feed) restore(ctx context.Context, at time.Time, past []Alert) (*Evaluator, []Pane, error) {
	e := NewEvaluator(f.cfg, f.slide)
	if err := f.survey(ctx, at, f.cfg.History); err != nil {
		return nil, nil, err
	}
	first := at.Add(-time.Duration(e.Span()) * f.slide).Truncate(time.Hour)
	hours, err := f.panes(ctx, first.Add(-f.cfg.History), first, time.Hour)
	if err != nil {
		return nil, nil, err
	}
	latest, err := f.panes(ctx, first, at.Add(catchUp+time.Hour), f.slide)
	if err != nil {
		return nil, nil, err
	}
	lost, err := f.seen(ctx, first.Add(-f.cfg.History), first, time.Hour)
	if err != nil {
		return nil, nil, err
	}
	recent, err := f.seen(ctx, first, at.Add(f.slide), f.slide)
	if err != nil {
		return nil, nil, err
	}
	e.Learn(withoutAlerts(hours, past, f.slide))
	e.LearnLost(withoutAlerts(lost, past, f.slide))
	e.Begin(at, latest)
	e.Recall(recent)
	e.Resume(past)
	return e, latest, nil
}

// withoutAlerts leaves out the hours in which an alert of the step explains what was.
func withoutAlerts(hours []Pane, past []Alert, slide time.Duration) []Pane {
	return slices.DeleteFunc(hours, func(p Pane) bool {
		from := time.UnixMilli(p.Number * slide.Milliseconds())
		return slices.ContainsFunc(past, func(a Alert) bool {
			to := a.ResolvedAt
			if to.IsZero() || to.Sub(a.Since) > usualAfter {
				to = a.Since.Add(usualAfter)
			}
			return a.Rule == Friction && a.StepName == p.StepName && a.Since.Before(from.Add(time.Hour)) && to.After(from)
		})
	})
}

// seenRows are the panes to store as seen.
func seenRows(seen []Pane, slide time.Duration) (rows []sink.SeenRow) {
	for i := range seen {
		p := &seen[i]
		rows = append(rows, sink.SeenRow{
			App: p.App, Journey: p.Journey, Step: p.Step, Index: uint8(p.Index), PaneStart: time.UnixMilli(p.Number * slide.Milliseconds()).UTC(),
			Visits: uint64(p.Visits), Lost: uint64(p.Lost),
		})
	}
	return rows
}
