package sink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// RunState says whether people see the rows of a run.
type RunState string

// The states of a run.
const (
	InForce   RunState = "in_force"
	Standby   RunState = "standby"
	Withdrawn RunState = "withdrawn"
)

// Run is one run of a group.
type Run struct {
	Group        string
	Name         string // without the group
	State        RunState
	RegisteredAt time.Time
	PromotedAt   time.Time // zero if never
	WithdrawnAt  time.Time // zero if not
	Watermark    time.Time // up to which all its tasks have processed everything; zero while one has not reported
}

// Register announces a run. A run that is known stays as it is. A new one is put
// in force if its group has none in force, and waits as standby if it has.
func (s *Sink) Register(ctx context.Context, group, name string) error {
	if err := checkRun(group, name); err != nil {
		return err
	}
	// One statement, so that it reads and writes the same moment; version 1, so
	// that it undoes no decision it did not see.
	err := s.Exec(ctx, "INSERT INTO "+s.table("runs_log")+" (`group`, run, registered_at, promoted_at, withdrawn_at, version)"+
		" SELECT {group:String}, {run:String}, now64(3),"+
		" if((SELECT count() FROM "+s.table("runs_in_force")+" WHERE `group` = {group:String}) = 0, now64(6), toDateTime64(0, 6, 'UTC')),"+
		" toDateTime64(0, 6, 'UTC'), 1"+
		" WHERE (SELECT count() FROM "+s.table("runs_log")+" WHERE `group` = {group:String} AND run = {run:String}) = 0",
		clickhouse.Named("group", group), clickhouse.Named("run", run(group, name)))
	if err != nil {
		return fmt.Errorf("register run %s: %w", run(group, name), err)
	}
	return nil
}

// Runs lists the runs of a group, or of all groups when it is empty, oldest first.
func (s *Sink) Runs(ctx context.Context, group string) ([]Run, error) {
	var out []Run
	err := s.Query(ctx, func(r driver.Rows) error {
		var v Run
		var full, state string
		var promoted, withdrawn, watermark *time.Time
		if err := r.Scan(&v.Group, &full, &state, &v.RegisteredAt, &promoted, &withdrawn, &watermark); err != nil {
			return err
		}
		v.Name, v.State = strings.TrimPrefix(full, v.Group+"/"), RunState(state)
		v.PromotedAt, v.WithdrawnAt, v.Watermark = orZero(promoted), orZero(withdrawn), orZero(watermark)
		out = append(out, v)
		return nil
	}, "SELECT `group`, run, state, registered_at, promoted_at, withdrawn_at, watermark FROM "+s.table("runs")+
		" WHERE {group:String} IN ('', `group`) ORDER BY `group`, registered_at, run", clickhouse.Named("group", group))
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return out, nil
}

// Promote puts a run in force, from the next query on; the one that was waits as
// standby. A withdrawn run comes back that way.
func (s *Sink) Promote(ctx context.Context, group, name string) error {
	return s.decide(ctx, group, name, "now64(6)", "toDateTime64(0, 6, 'UTC')")
}

// Withdraw hides the rows of a run, from the next query on. If it was in force,
// the run of the group that was promoted last before it is in force again; if
// there is none, the group shows nothing until one is promoted.
func (s *Sink) Withdraw(ctx context.Context, group, name string) error {
	return s.decide(ctx, group, name, "promoted_at", "now64(6)")
}

// decide writes a new version of a run.
func (s *Sink) decide(ctx context.Context, group, name, promoted, withdrawn string) error {
	full := run(group, name)
	known := false
	err := s.Query(ctx, func(r driver.Rows) error { return r.Scan(&known) },
		"SELECT count() > 0 FROM "+s.table("runs_log")+" WHERE `group` = {group:String} AND run = {run:String}",
		clickhouse.Named("group", group), clickhouse.Named("run", full))
	if err != nil {
		return fmt.Errorf("find run %s: %w", full, err)
	}
	if !known {
		return fmt.Errorf("find run %s: there is none; see `friction runs list`", full)
	}
	err = s.Exec(ctx, "INSERT INTO "+s.table("runs_log")+" (`group`, run, registered_at, promoted_at, withdrawn_at, version)"+
		" SELECT `group`, run, registered_at, "+promoted+", "+withdrawn+","+
		" greatest(toUInt64(toUnixTimestamp64Micro(now64(6))), version + 1)"+
		" FROM "+s.table("runs_log")+" FINAL WHERE `group` = {group:String} AND run = {run:String}",
		clickhouse.Named("group", group), clickhouse.Named("run", full))
	if err != nil {
		return fmt.Errorf("change run %s: %w", full, err)
	}
	return nil
}

// checkRun refuses names that could not be told apart once joined.
func checkRun(group, name string) error {
	if group == "" || name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("name run %q of group %q: both must be given, and the run may hold no \"/\"", name, group)
	}
	return nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// TaskProgress is up to where the rows of a task are in ClickHouse.
type TaskProgress struct{ Birth, Epoch uint64 }

// Progress tells, for each task of a run, the highest birth and epoch whose rows
// are all in ClickHouse. Tasks that never wrote are absent.
func (s *Sink) Progress(ctx context.Context, group, name string) (map[uint16]TaskProgress, error) {
	out := map[uint16]TaskProgress{}
	err := s.Query(ctx, func(r driver.Rows) error {
		var task uint16
		var p TaskProgress
		if err := r.Scan(&task, &p.Birth, &p.Epoch); err != nil {
			return err
		}
		out[task] = p
		return nil
	}, "SELECT task, birth, epoch FROM "+s.table("progress_log")+" FINAL WHERE run = {run:String}",
		clickhouse.Named("run", run(group, name)))
	if err != nil {
		return nil, fmt.Errorf("read progress of run %s: %w", run(group, name), err)
	}
	return out, nil
}
