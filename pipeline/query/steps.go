package query

import (
	"context"
	"errors"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// StepName names a step of a journey.
type StepName struct{ Journey, Step string }

// Window is one step in one window: everyone, or one value of a dimension; all tasks together.
type Window struct {
	StepName
	App         string
	Dimension   string // empty: everyone; only [StepSeries] splits
	Value       string // of Dimension
	Index       uint8  // position of the step in its journey, from 0
	Start       time.Time
	Size        time.Duration
	Visits      uint64 // entered in the window
	Affected    uint64 // of Visits, with any pain; by [StepSeries]
	Open        uint64 // of these, not ended yet
	Stalled     uint64 // of these open, silent for stall_after
	Dropped     uint64 // of Visits, the session ended here
	Advanced    uint64 // of Visits, left for a later step
	Completed   uint64 // of Visits, completed the journey
	Back        uint64 // of Visits, left for an earlier step; by [StepSeries]
	Score       float64
	ScoreLow    *float64          // lower end of the 95 % interval of Score, never below 0; nil for one visit
	Signals     map[string]uint64 // by kind
	LowSample   bool              // fewer than 30 visits
	Final       bool              // will not change any more
	EnoughToSay bool              // at least LatestSteps.MinVisits visits; by [LatestSteps]
	PainSum     uint64            // of the visits, millionths; by [StepSeries]
	PainSqSum   uint64            // of squared pain, millionths; by [StepSeries]
}

// LatestSteps asks how steps are doing now. Journeys and Until are required.
type LatestSteps struct {
	App      string // empty: every app, a row each
	Journeys []string
	// Until is event time up to which the numbers are complete; see [Totals].
	Until time.Time
	// Open is how long before Until a window must have begun, so that its visits have had time to show friction.
	Open time.Duration
	// Within is how far before Until a window may have begun; 0 is an hour.
	Within time.Duration
	// MinVisits is how many visits a window must have to be preferred.
	MinVisits uint64
}

// LatestSteps returns, for each step with any visit in that time, one window: the latest of those with MinVisits
// visits, or the latest of all where none has so many. They come by app, journey and position in the journey.
func (r *Reader) LatestSteps(ctx context.Context, q LatestSteps) ([]Window, error) {
	if len(q.Journeys) == 0 || q.Until.IsZero() {
		return nil, errors.New("read the latest steps: journeys and the time until are missing")
	}
	if q.Within <= 0 {
		q.Within = time.Hour
	}
	var all []Window
	err := r.rows(ctx, "the latest steps", func(rows driver.Rows) error {
		var w Window
		var size uint32
		err := rows.Scan(&w.App, &w.Journey, &w.Step, &w.Index, &w.Start, &size, &w.Visits, &w.Open, &w.Stalled, &w.Dropped,
			&w.Advanced, &w.Completed, &w.Score, &w.ScoreLow, &w.Signals, &w.LowSample, &w.Final, &w.EnoughToSay)
		w.Size = time.Duration(size) * time.Millisecond
		all = append(all, w)
		return err
	}, `SELECT app, journey, step, step_index, window_start, window_size_ms, visits, open, stalled, dropped,
			advanced, completed, score, score_low, signals, low_sample, final, visits >= {least:UInt64} AS enough
		FROM `+r.view("step_scores")+`
		WHERE {app:String} IN ('', app) AND journey IN {journeys:Array(String)}
			AND window_start > fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND window_start <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		ORDER BY app, journey, step_index, step, enough DESC, window_start DESC
		LIMIT 1 BY app, journey, step`,
		clickhouse.Named("app", q.App), clickhouse.Named("journeys", q.Journeys), clickhouse.Named("least", q.MinVisits),
		clickhouse.Named("from", millis(q.Until.Add(-q.Within))), clickhouse.Named("to", millis(q.Until.Add(-q.Open))))
	return all, err
}

// StepHistory asks what is usual for steps. Journeys, From and To are required.
type StepHistory struct {
	App      string // empty: every app
	Journeys []string
	From, To time.Time // windows that lie in [From, To)
	// MinVisits is how many visits a window must have to count.
	MinVisits uint64
}

// Usual is mean and deviation of the windows of a step. Windows overlap, so neighbours are alike; this is not
// corrected.
type Usual struct {
	StepName
	Windows uint64  // that count
	Mean    float64 // of their scores
	SD      float64 // sample standard deviation of their scores; 0 for fewer than two
}

// StepHistory returns one row for each step with a window that counts.
func (r *Reader) StepHistory(ctx context.Context, q StepHistory) ([]Usual, error) {
	if len(q.Journeys) == 0 || q.From.IsZero() || q.To.IsZero() {
		return nil, errors.New("read the history of steps: journeys or the bounds of time are missing")
	}
	var all []Usual
	err := r.rows(ctx, "the history of steps", func(rows driver.Rows) error {
		var u Usual
		err := rows.Scan(&u.Journey, &u.Step, &u.Windows, &u.Mean, &u.SD)
		all = append(all, u)
		return err
	}, `SELECT journey, step, count(), avg(score), if(count() < 2, 0., stddevSamp(score))
		FROM `+r.view("step_scores")+`
		WHERE {app:String} IN ('', app) AND journey IN {journeys:Array(String)} AND visits >= {least:UInt64}
			AND window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
			AND window_start + toIntervalMillisecond(window_size_ms) <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		GROUP BY journey, step
		ORDER BY journey, min(step_index), step`,
		clickhouse.Named("app", q.App), clickhouse.Named("journeys", q.Journeys), clickhouse.Named("least", q.MinVisits),
		clickhouse.Named("from", millis(q.From)), clickhouse.Named("to", millis(q.To)))
	return all, err
}
