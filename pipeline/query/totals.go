package query

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Totals is the view progress, summed over tasks: what became of every record, and up to when the numbers are
// complete.
type Totals struct {
	Tasks    int // that have reported
	Expected int // tasks of the run in all; 0 when not known
	// Until is the lowest watermark of all tasks; zero while a task has not reported.
	Until time.Time
	// Written is the clock of the worker at its last epoch, the latest of all tasks.
	Written time.Time

	Consumed, Filtered, Rejected, Late, Duplicates, Capped, Unattended, Pending, InSessions uint64

	SessionsOpened, SessionsClosed, SessionsOpen uint64
	Visits, Signals                              uint64
	Lag                                          uint64 // records not read yet, over all topics, as last seen
}

// Complete reports whether every task has reported.
func (t *Totals) Complete() bool { return t.Tasks > 0 && t.Tasks >= t.Expected }

// Behind is how far the numbers were behind the worker's clock when it wrote them; 0 when they are not complete.
func (t *Totals) Behind() time.Duration {
	if t.Until.IsZero() {
		return 0
	}
	return t.Written.Sub(t.Until)
}

// Totals sums the promoted run of a group. Without any row it returns the zero value.
func (r *Reader) Totals(ctx context.Context, group string) (Totals, error) {
	var t Totals
	err := r.rows(ctx, "the totals", func(rows driver.Rows) error {
		var tasks uint64
		var expected uint16
		err := rows.Scan(&tasks, &expected, &t.Until, &t.Written, &t.Consumed, &t.Filtered, &t.Rejected, &t.Late, &t.Duplicates,
			&t.Capped, &t.Unattended, &t.Pending, &t.InSessions, &t.SessionsOpened, &t.SessionsClosed, &t.SessionsOpen, &t.Visits, &t.Signals, &t.Lag)
		t.Tasks, t.Expected = int(tasks), int(expected)
		return err
	}, `SELECT count(), max(tasks), min(watermark), max(wall_clock), sum(consumed), sum(filtered), sum(rejected), sum(late), sum(duplicates),
			sum(capped), sum(unattended), sum(pending), sum(in_sessions), sum(sessions_opened), sum(sessions_closed), sum(open_sessions), sum(visits), sum(signals), sum(lag)
		FROM `+r.view("progress")+`
		WHERE `+"`group`"+` = {group:String}`, clickhouse.Named("group", group))
	if err != nil || t.Tasks == 0 {
		return Totals{}, err
	}
	if !t.Complete() || t.Until.UnixMilli() <= 0 {
		t.Until = time.Time{}
	}
	return t, nil
}

// CompleteUntil is the event time up to which the numbers of all promoted runs are complete; now if no task has
// reported.
func (r *Reader) CompleteUntil(ctx context.Context) (time.Time, error) {
	var rows []struct {
		Until time.Time `ch:"until"`
	}
	err := r.ask(ctx, "up to when the numbers are complete", &rows,
		plainSQL("SELECT min(watermark) AS until FROM %[1]s.runs_settled WHERE run IN (SELECT run FROM %[1]s.runs_in_force)"))
	if err != nil || len(rows) == 0 || rows[0].Until.Unix() <= 0 {
		return time.Now().UTC(), err
	}
	return rows[0].Until, nil
}
