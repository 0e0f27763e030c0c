package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// StepSeries asks how steps did over time. Journeys, From and To are required.
type StepSeries struct {
	App      string // empty: every app, rows of their own
	Journeys []string
	From, To time.Time // windows that begin in [From, To)
	// Size is the length of the windows, which do not overlap and lie on a grid since 1970: a multiple of the slide
	// (a minute by default). 0 reads the sliding windows as they are stored, one per slide, which overlap.
	Size time.Duration
	// Dimension splits the windows by its values; it needs a Size. Empty: everyone.
	Dimension string
	// OnTime leaves out visits of overdue sessions, which came long after they happened; it needs a Size.
	OnTime bool
	// Values is how many values of the dimension are shown, those with the most visits; the rest is "other". 0 is 20.
	Values int
}

// StepSeries returns one row for each step and window (and value of the dimension) with any visit, in order of app,
// journey, position in the journey, value, and time.
func (r *Reader) StepSeries(ctx context.Context, q StepSeries) ([]Window, error) {
	sql, args, err := q.statement(r)
	if err != nil {
		return nil, err
	}
	var all []Window
	err = r.rows(ctx, "the series of steps", func(rows driver.Rows) error {
		var w Window
		var size uint64
		err := rows.Scan(&w.App, &w.Journey, &w.Step, &w.Index, &w.Dimension, &w.Value, &w.Start, &size, &w.Visits, &w.Affected,
			&w.Open, &w.Stalled, &w.Dropped, &w.Back, &w.Advanced, &w.Completed, &w.Score, &w.ScoreLow, &w.Signals, &w.LowSample, &w.Final,
			&w.PainSum, &w.PainSqSum)
		w.Size = time.Duration(size) * time.Millisecond
		all = append(all, w)
		return err
	}, sql, args...)
	return all, err
}

// statement chooses the view: windows as the worker writes them, or windows of another size, with or without a
// dimension.
func (q StepSeries) statement(r *Reader) (string, []any, error) {
	switch {
	case len(q.Journeys) == 0 || q.From.IsZero() || q.To.IsZero():
		return "", nil, errors.New("read the series of steps: journeys or the bounds of time are missing")
	case q.Size == 0 && (q.Dimension != "" || q.OnTime):
		return "", nil, errors.New("read the series of steps: a dimension, or what came on time, needs a size of windows")
	case q.Size%time.Second != 0 || q.Size < 0:
		return "", nil, fmt.Errorf("read the series of steps: windows of %v are not a whole number of seconds", q.Size)
	}
	if q.Values <= 0 {
		q.Values = 20
	}
	from, value, onTime := r.view("step_scores"), "'' AS dimension, '' AS value", ""
	if q.OnTime {
		onTime = "_on_time"
	}
	switch {
	case q.Dimension != "":
		from = r.view("step_scores_by_value"+onTime) + fmt.Sprintf("(from = %s, to = %s, size_seconds = %d, dimension = {dimension:String}, values = %d)",
			instant(q.From), instant(q.To), q.Size/time.Second, q.Values)
		value = "dimension, value"
	case q.Size > 0:
		from = r.view("step_scores_by"+onTime) + fmt.Sprintf("(from = %s, to = %s, size_seconds = %d)", instant(q.From), instant(q.To), q.Size/time.Second)
	}
	return `SELECT app, journey, step, step_index, ` + value + `, window_start, toUInt64(window_size_ms), visits, affected,
			open, stalled, dropped, back, advanced, completed, score, score_low, signals, low_sample, final, pain_sum, pain_sq_sum
		FROM ` + from + `
		WHERE {app:String} IN ('', app) AND journey IN {journeys:Array(String)}
			AND window_start >= ` + instant(q.From) + ` AND window_start < ` + instant(q.To) + `
		ORDER BY app, journey, step_index, step, value, window_start`,
		[]any{
			clickhouse.Named("app", q.App), clickhouse.Named("journeys", q.Journeys), clickhouse.Named("dimension", q.Dimension),
		}, nil
}
