package query

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// AlertChange is one change of an alert, as the alerter wrote it.
type AlertChange struct {
	ID     string // UUID of the alert
	Seq    uint32
	Change string // JSON
}

// LatestAlertChanges returns the last change of every alert that is open, or has changed since a moment of event time.
func (r *Reader) LatestAlertChanges(ctx context.Context, since time.Time) (all []AlertChange, err error) {
	err = r.rows(ctx, "the alerts", func(rows driver.Rows) error {
		var c AlertChange
		err := rows.Scan(&c.ID, &c.Seq, &c.Change)
		all = append(all, c)
		return err
	}, `SELECT toString(alert_id), max(seq), argMax(change, seq) FROM `+r.view("alert_changes_log")+`
		GROUP BY alert_id
		HAVING argMax(state, seq) != 'resolved' OR max(changed_at) >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
		ORDER BY min(changed_at), alert_id`, clickhouse.Named("since", millis(since)))
	return all, err
}

// DueNotice is a change whose notice a receiver does not have yet, as far as is known.
type DueNotice struct {
	AlertChange
	Written time.Time // by ClickHouse's clock
	Begun   bool      // a notification was begun; whether it arrived is not known
}

// DueNotices lists the notices that a receiver is to get, the oldest first: changes written since a moment that are neither sent
// nor given up.
func (r *Reader) DueNotices(ctx context.Context, receiver string, since time.Time) (all []DueNotice, err error) {
	err = r.rows(ctx, "the notices that are due", func(rows driver.Rows) error {
		var n DueNotice
		err := rows.Scan(&n.ID, &n.Seq, &n.Change, &n.Written, &n.Begun)
		all = append(all, n)
		return err
	}, `SELECT toString(c.alert_id), c.seq, c.change, c.ingested_at, n.state = 'sending'
		FROM (SELECT * FROM `+r.view("alert_changes_log")+` FINAL
			WHERE has(receivers, {receiver:String}) AND ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')) AS c
		LEFT JOIN (SELECT alert_id, seq, state FROM `+r.view("alert_notices_log")+` FINAL WHERE receiver = {receiver:String}) AS n
			ON n.alert_id = c.alert_id AND n.seq = c.seq
		WHERE n.state NOT IN ('sent', 'given_up')
		ORDER BY c.changed_at, c.alert_id, c.seq`,
		clickhouse.Named("receiver", receiver), clickhouse.Named("since", millis(since)))
	return all, err
}

// LeaseClaim is a claim or renewal of a lease; times are of ClickHouse's clock.
type LeaseClaim struct {
	Term      uint64
	Holder    string
	At, Until time.Time
}

// LeaseClaims returns all claims of the latest term of a lease, the first one first, and ClickHouse's clock. It reads
// what was acknowledged before, on this server.
func (r *Reader) LeaseClaims(ctx context.Context, lease string) (claims []LeaseClaim, now time.Time, err error) {
	err = r.rows(ctx, "the lease", func(rows driver.Rows) error {
		var c LeaseClaim
		err := rows.Scan(&c.Term, &c.Holder, &c.At, &c.Until, &now)
		if c.Term > 0 {
			claims = append(claims, c)
		}
		return err
	}, `SELECT term, holder, at, until, now64(6, 'UTC') FROM `+r.view("alert_leases_log")+`
		WHERE lease = {lease:String} AND term = (SELECT max(term) FROM `+r.view("alert_leases_log")+` WHERE lease = {lease:String})
		UNION ALL SELECT 0, '', now64(6, 'UTC'), now64(6, 'UTC'), now64(6, 'UTC')
		SETTINGS select_sequential_consistency = 1`, clickhouse.Named("lease", lease))
	slices.SortFunc(claims, func(a, b LeaseClaim) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Holder, b.Holder)) })
	return claims, now, err
}

// SeenPane is what the alerter saw of a step's visits at one age; with a bucket longer than a pane, sums over it.
type SeenPane struct {
	StepName
	App          string
	Index        uint8
	Start        time.Time
	Visits, Lost uint64
}

// SeenPanes reads what was seen of panes that begin in [from, to), added up in buckets.
func (r *Reader) SeenPanes(ctx context.Context, from, to time.Time, bucket time.Duration) (all []SeenPane, err error) {
	err = r.rows(ctx, "what was seen", func(rows driver.Rows) error {
		var p SeenPane
		err := rows.Scan(&p.App, &p.Journey, &p.Step, &p.Index, &p.Start, &p.Visits, &p.Lost)
		all = append(all, p)
		return err
	}, `SELECT app, journey, step, max(step_index), fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(pane_start), {bucket:Int64}) * {bucket:Int64}, 'UTC') AS start,
			sum(visits), sum(lost)
		FROM `+r.view("alert_seen_log")+` FINAL
		WHERE pane_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND pane_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		GROUP BY app, journey, step, start ORDER BY app, journey, step, start`,
		clickhouse.Named("bucket", bucket.Milliseconds()), clickhouse.Named("from", millis(from)), clickhouse.Named("to", millis(to)))
	return all, err
}

// GroupProgress is how far the run in force of a group has come.
type GroupProgress struct {
	Group     string
	Tasks     int
	Complete  bool      // every task has reported
	RowsUntil time.Time // event time up to which windows and panes of all tasks have been written
	Watermark time.Time // the least of all tasks
	Now       time.Time // ClickHouse's clock
}

// Progress lists every group with a run in force.
func (r *Reader) Progress(ctx context.Context) (all []GroupProgress, err error) {
	err = r.rows(ctx, "the progress", func(rows driver.Rows) error {
		var g GroupProgress
		var tasks uint64
		var expected uint16
		err := rows.Scan(&g.Group, &tasks, &expected, &g.RowsUntil, &g.Watermark, &g.Now)
		g.Tasks, g.Complete = int(tasks), tasks >= uint64(expected)
		all = append(all, g)
		return err
	}, "SELECT `group`, count(), max(tasks), min(rows_until), min(watermark), now64(3) FROM "+r.view("progress")+" GROUP BY `group` ORDER BY `group`")
	return all, err
}

// Journeys lists the journeys of every app that had visits in a time.
func (r *Reader) Journeys(ctx context.Context, from, to time.Time) (byApp map[string][]string, err error) {
	byApp = map[string][]string{}
	err = r.rows(ctx, "the journeys", func(rows driver.Rows) error {
		var app, journey string
		err := rows.Scan(&app, &journey)
		byApp[app] = append(byApp[app], journey)
		return err
	}, `SELECT app, journey FROM `+r.view("step_panes")+`
		WHERE pane_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND pane_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		GROUP BY app, journey ORDER BY app, journey`, clickhouse.Named("from", millis(from)), clickhouse.Named("to", millis(to)))
	return byApp, err
}

// Dimensions lists the dimensions that panes are split by.
func (r *Reader) Dimensions(ctx context.Context, from, to time.Time) (all []string, err error) {
	err = r.rows(ctx, "the dimensions", func(rows driver.Rows) error {
		var name string
		err := rows.Scan(&name)
		all = append(all, name)
		return err
	}, `SELECT DISTINCT dimension FROM `+r.view("step_panes_detail")+`
		WHERE pane_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND pane_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		ORDER BY dimension`, clickhouse.Named("from", millis(from)), clickhouse.Named("to", millis(to)))
	return all, err
}

// ExampleSessions asks for sessions that show what hurts at a step. All but Dimension and Value are required.
type ExampleSessions struct {
	StepName
	App              string
	Dimension, Value string // empty: everyone
	From, To         time.Time
	Lost             bool // those that dropped off or stalled, instead of those that hurt most
	Limit            int
}

// ExampleSessions returns ids of sessions: those with the most signals at the step, or those that were lost last. (A
// visit has a row when it has ended or stalled; signals have theirs at once.)
func (r *Reader) ExampleSessions(ctx context.Context, q ExampleSessions) (ids []string, err error) {
	sql := `SELECT toString(session_id) FROM ` + r.view("signals") + `
		WHERE app = {app:String} AND arrayExists(v -> v.journey = {journey:String} AND v.step = {step:String}, visits) AND absorbed_by = ''
			AND ({dimension:String} = '' OR segments[{dimension:String}] = {value:String}) AND kind != '` + DropOff + `'
			AND started_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND started_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		GROUP BY session_id ORDER BY uniqExact(kind) DESC, count() DESC, session_id LIMIT {limit:UInt32}`
	if q.Lost {
		sql = `SELECT toString(session_id) FROM ` + r.view("step_visits") + `
		WHERE app = {app:String} AND journey = {journey:String} AND step = {step:String} AND (outcome = 'dropped' OR stalled)
			AND ({dimension:String} = '' OR segments[{dimension:String}] = {value:String})
			AND entered_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND entered_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
		GROUP BY session_id ORDER BY max(entered_at) DESC, session_id LIMIT {limit:UInt32}`
	}
	err = r.rows(ctx, "example sessions", func(rows driver.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, sql, clickhouse.Named("app", q.App), clickhouse.Named("journey", q.Journey), clickhouse.Named("step", q.Step),
		clickhouse.Named("dimension", q.Dimension), clickhouse.Named("value", q.Value),
		clickhouse.Named("from", millis(q.From)), clickhouse.Named("to", millis(q.To)), clickhouse.Named("limit", uint32(q.Limit)))
	return ids, err
}
