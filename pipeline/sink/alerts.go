package sink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// AlertRow is an alert as it stands after a change.
type AlertRow struct {
	ID                                      string // UUID
	Seq                                     uint32
	App, Rule, State, Severity              string
	Journey, Step, Dimension, Value, Metric string
	Observed, Expected, Threshold, Explains float64
	Visits, Hurt                            uint64
	WindowStart                             time.Time
	Window                                  time.Duration
	Since, RaisedAt, UpdatedAt              time.Time
	ResolvedAt                              time.Time // zero until then
	Detail                                  string
	Change                                  string // all of it, as JSON
}

// AppendAlertChange writes a change down, for good, by the alerter that holder names, with the receivers to notify.
func (s *Sink) AppendAlertChange(ctx context.Context, holder string, receivers []string, r *AlertRow) error {
	return s.alertExec(ctx, "write alert change", "INSERT INTO "+s.table("alert_changes_log")+" (alert_id, seq, changed_at, state, holder, receivers, change)"+
		" SELECT toUUID({id:String}), {seq:UInt32}, "+when(r.UpdatedAt)+", {state:String}, {holder:String}, {receivers:Array(String)}, {change:String}",
		clickhouse.Named("id", r.ID), clickhouse.Named("seq", r.Seq), clickhouse.Named("state", r.State),
		clickhouse.Named("holder", holder), clickhouse.Named("receivers", receivers), clickhouse.Named("change", r.Change))
}

// PutAlert shows an alert as it stands in the view alerts.
func (s *Sink) PutAlert(ctx context.Context, r *AlertRow) error {
	resolved := "NULL"
	if !r.ResolvedAt.IsZero() {
		resolved = when(r.ResolvedAt)
	}
	return s.alertExec(ctx, "write alert", "INSERT INTO "+s.table("alerts_log")+
		" (app, alert_id, rule, state, severity, journey, step, dimension, value, metric, observed, expected, threshold, explains, visits, hurt,"+
		" window_start, window_size_ms, since, raised_at, updated_at, resolved_at, detail, version)"+
		" SELECT {app:String}, toUUID({id:String}), {rule:String}, {state:String}, {severity:String}, {journey:String}, {step:String},"+
		" {dimension:String}, {value:String}, {metric:String}, {observed:Float64}, {expected:Float64}, {threshold:Float64}, {explains:Float64},"+
		" {visits:UInt64}, {hurt:UInt64}, "+when(r.WindowStart)+", {size:UInt32}, "+when(r.Since)+", "+when(r.RaisedAt)+", "+when(r.UpdatedAt)+", "+
		resolved+", {detail:String}, {version:UInt64}",
		clickhouse.Named("app", r.App), clickhouse.Named("id", r.ID), clickhouse.Named("rule", r.Rule), clickhouse.Named("state", r.State),
		clickhouse.Named("severity", r.Severity), clickhouse.Named("journey", r.Journey), clickhouse.Named("step", r.Step),
		clickhouse.Named("dimension", r.Dimension), clickhouse.Named("value", r.Value), clickhouse.Named("metric", r.Metric),
		clickhouse.Named("observed", r.Observed), clickhouse.Named("expected", r.Expected), clickhouse.Named("threshold", r.Threshold),
		clickhouse.Named("explains", r.Explains), clickhouse.Named("visits", r.Visits), clickhouse.Named("hurt", r.Hurt),
		clickhouse.Named("size", uint32(r.Window.Milliseconds())), clickhouse.Named("detail", r.Detail), clickhouse.Named("version", uint64(r.Seq)))
}

// NoticeState is how far the notice of a change to a receiver has come.
type NoticeState string

// The states of a notice.
const (
	NoticeSending NoticeState = "sending"
	NoticeSent    NoticeState = "sent"
	NoticeGivenUp NoticeState = "given_up"
)

// NoteAlert writes down how far the notice of a change to a receiver has come. What is done is never undone by a late "sending".
func (s *Sink) NoteAlert(ctx context.Context, id string, seq uint32, receiver string, state NoticeState, detail string) error {
	version := uint64(2)
	if state == NoticeSending {
		version = 1
	}
	return s.alertExec(ctx, "note that an alert was sent", "INSERT INTO "+s.table("alert_notices_log")+" (alert_id, seq, receiver, state, detail, version)"+
		" SELECT toUUID({id:String}), {seq:UInt32}, {receiver:String}, {state:String}, {detail:String}, {version:UInt64}",
		clickhouse.Named("id", id), clickhouse.Named("seq", seq), clickhouse.Named("receiver", receiver),
		clickhouse.Named("state", string(state)), clickhouse.Named("detail", detail), clickhouse.Named("version", version))
}

// ClaimLease writes a claim or renewal of a lease. It ends after the given time by the server's clock.
func (s *Sink) ClaimLease(ctx context.Context, lease string, term uint64, holder string, ttl time.Duration) error {
	return s.alertExec(ctx, "claim lease", "INSERT INTO "+s.table("alert_leases_log")+" (lease, term, holder, at, until)"+
		" SELECT {lease:String}, {term:UInt64}, {holder:String}, now64(6) AS at, at + toIntervalMillisecond({ttl:UInt64})",
		clickhouse.Named("lease", lease), clickhouse.Named("term", term), clickhouse.Named("holder", holder),
		clickhouse.Named("ttl", uint64(ttl.Milliseconds())))
}

// SeenRow is a pane of a step as the alerter saw it at some age.
type SeenRow struct {
	App, Journey, Step string
	Index              uint8
	PaneStart          time.Time
	Visits, Lost       uint64
}

// KeepSeen stores panes as they were seen.
func (s *Sink) KeepSeen(ctx context.Context, rows []SeenRow) error {
	if len(rows) == 0 {
		return nil
	}
	var app, journey, step []string
	var index, starts []int64
	var visits, lost []uint64
	for i := range rows {
		r := &rows[i]
		app, journey, step = append(app, r.App), append(journey, r.Journey), append(step, r.Step)
		index, starts = append(index, int64(r.Index)), append(starts, r.PaneStart.UnixMilli())
		visits, lost = append(visits, r.Visits), append(lost, r.Lost)
	}
	return s.alertExec(ctx, "keep what was seen", "INSERT INTO "+s.table("alert_seen_log")+" (app, journey, pane_start, step, step_index, visits, lost)"+
		" SELECT a, j, fromUnixTimestamp64Milli(p, 'UTC'), s, toUInt8(i), v, l FROM (SELECT {app:Array(String)} AS aa, {journey:Array(String)} AS jj,"+
		" {start:Array(Int64)} AS pp, {step:Array(String)} AS ss, {index:Array(Int64)} AS ii, {visits:Array(UInt64)} AS vv, {lost:Array(UInt64)} AS ll)"+
		" ARRAY JOIN aa AS a, jj AS j, pp AS p, ss AS s, ii AS i, vv AS v, ll AS l",
		clickhouse.Named("app", app), clickhouse.Named("journey", journey), clickhouse.Named("start", starts), clickhouse.Named("step", step),
		clickhouse.Named("index", index), clickhouse.Named("visits", visits), clickhouse.Named("lost", lost))
}

// alertExec runs one statement, with the timeout of one attempt.
func (s *Sink) alertExec(ctx context.Context, what, sql string, args ...any) error {
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	if err := s.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(what), err)
	}
	return nil
}

// when is a time in SQL.
func when(t time.Time) string {
	return fmt.Sprintf("fromUnixTimestamp64Milli(%d, 'UTC')", t.UnixMilli())
}
