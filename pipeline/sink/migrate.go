package sink

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// StepState says how a step stands on a server.
type StepState string

// The states of a step.
const (
	StepPending StepState = "pending" // not applied yet
	StepApplied StepState = "applied"
	StepChanged StepState = "changed" // applied when it read differently
	StepUnknown StepState = "unknown" // applied by a newer version of the program
)

// StepStatus is a step and how it stands.
type StepStatus struct {
	Step
	State     StepState
	AppliedAt time.Time // zero when pending
}

// Migrator makes and checks the tables and views of one database.
type Migrator struct {
	sink *Sink
	// Reapply runs steps that have changed since they were applied once more,
	// instead of refusing. Every step may be repeated safely; a changed CREATE
	// TABLE does not change a table that is there.
	Reapply bool
}

// Migrator works over the connection of the sink, which stays open.
func (s *Sink) Migrator() *Migrator { return &Migrator{sink: s} }

// Status lists every step of this program and every one the server has seen, in order.
func (m *Migrator) Status(ctx context.Context) ([]StepStatus, error) {
	steps, err := m.steps()
	if err != nil {
		return nil, err
	}
	ledger, err := m.ledger(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]StepStatus, 0, len(steps))
	for _, step := range steps {
		st := StepStatus{Step: step, State: StepPending}
		if seen, ok := ledger[step.Key()]; ok {
			st.State, st.AppliedAt = StepApplied, seen.AppliedAt
			if seen.Checksum != step.Checksum {
				st.State = StepChanged
			}
			delete(ledger, step.Key())
		}
		out = append(out, st)
	}
	for _, seen := range sorted(ledger) {
		out = append(out, StepStatus{Step: seen.Step, State: StepUnknown, AppliedAt: seen.AppliedAt})
	}
	return out, nil
}

// Plan lists what Up would do: the steps that are pending or have changed, and
// the changes of retention, which carry no state of their own.
func (m *Migrator) Plan(ctx context.Context) ([]StepStatus, error) {
	all, err := m.Status(ctx)
	if err != nil {
		return nil, err
	}
	var out []StepStatus
	for _, st := range all {
		if st.State == StepPending || st.State == StepChanged {
			out = append(out, st)
		}
	}
	changes, err := m.retentionChanges(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range changes {
		out = append(out, StepStatus{Step: step, State: StepPending})
	}
	return out, nil
}

// Up waits until the server answers, applies what Plan lists, in order, and
// waits until the server is done with it. It returns the steps it applied. It may
// be repeated, and run from several places at once. A changed step is an error
// unless Reapply is set.
func (m *Migrator) Up(ctx context.Context) ([]StepStatus, error) {
	if err := m.await(ctx); err != nil {
		return nil, err
	}
	if err := m.makeLedger(ctx); err != nil {
		return nil, err
	}
	plan, err := m.Plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := m.refuseChanged(plan); err != nil {
		return nil, err
	}
	for i, st := range plan {
		if err := m.apply(ctx, st.Step); err != nil {
			return plan[:i], err
		}
	}
	return plan, m.settle(ctx)
}

func (m *Migrator) refuseChanged(plan []StepStatus) error {
	if m.Reapply {
		return nil
	}
	for _, st := range plan {
		if st.State == StepChanged {
			return fmt.Errorf("migrate %s (%s): the database was made by another version of it; use the version of friction that made it, or repeat changed steps with --reapply", st.Key(), st.Title)
		}
	}
	return nil
}

// await pings until the server answers or ctx ends.
func (m *Migrator) await(ctx context.Context) error {
	ping := func() (struct{}, error) {
		err := m.sink.Ping(ctx)
		var e *Error
		if errors.As(err, &e) && e.Fault == Lasting {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	wait := backoff.NewExponentialBackOff()
	wait.MaxInterval = 5 * time.Second
	_, err := backoff.Retry(ctx, ping, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) {
			m.sink.log.Info("waiting for ClickHouse", zap.Error(err))
		}))
	return err
}

func (m *Migrator) steps() ([]Step, error) {
	all, err := Script(m.sink.cfg)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, s := range all {
		if s.File != ledgerFile {
			steps = append(steps, s)
		}
	}
	return steps, nil
}

func (m *Migrator) makeLedger(ctx context.Context) error {
	all, err := Script(m.sink.cfg)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.File != ledgerFile {
			continue
		}
		if err := m.run(ctx, s.SQL); err != nil {
			return fmt.Errorf("make the list of migrations: %w", err)
		}
	}
	return nil
}

func (m *Migrator) apply(ctx context.Context, s Step) error {
	m.sink.log.Info("migrating", zap.String("step", s.Key()), zap.String("title", s.Title))
	if err := m.run(ctx, s.SQL); err != nil {
		return fmt.Errorf("migrate %s (%s): %w", s.Key(), s.Title, err)
	}
	if s.Checksum == "" {
		return nil // a change of retention
	}
	err := m.sink.exec(ctx, "INSERT INTO "+m.sink.table("schema_migrations")+
		" SELECT {file:String}, {step:UInt16}, {checksum:String}, {title:String}, now64(3)",
		clickhouse.Named("file", s.File), clickhouse.Named("step", s.Number),
		clickhouse.Named("checksum", s.Checksum), clickhouse.Named("title", s.Title))
	if err != nil {
		return fmt.Errorf("write down migration %s: %w", s.Key(), err)
	}
	return nil
}

// run executes one idempotent statement. Two programs that migrate at once can
// meet in the middle of a statement; the second try then finds it done.
func (m *Migrator) run(ctx context.Context, sql string) error {
	try := func() (struct{}, error) {
		err := m.sink.exec(ctx, sql)
		var e *Error
		if errors.As(err, &e) && e.Fault == Lasting && !collision(e.Code) {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = 50 * time.Millisecond
	_, err := backoff.Retry(ctx, try, backoff.WithBackOff(wait), backoff.WithMaxTries(8))
	return err
}

// collision lists the errors of statements that were run twice at once: the
// table exists, the database exists, the view is just being exchanged.
func collision(code int) bool { return code == 57 || code == 82 || code == 60 || code == 253 }

// ledger reads what has been applied, by key; nothing when there is no ledger yet.
func (m *Migrator) ledger(ctx context.Context) (map[string]StepStatus, error) {
	out := map[string]StepStatus{}
	there, err := m.exists(ctx, "schema_migrations")
	if err != nil || !there {
		return out, err
	}
	err = m.sink.query(ctx, func(r driver.Rows) error {
		var st StepStatus
		var number uint16
		if err := r.Scan(&st.File, &number, &st.Checksum, &st.Title, &st.AppliedAt); err != nil {
			return err
		}
		st.Number, st.State = int(number), StepApplied
		out[st.Key()] = st
		return nil
	}, "SELECT file, step, checksum, title, applied_at FROM "+m.sink.table("schema_migrations")+" FINAL ORDER BY file, step")
	if err != nil {
		return nil, fmt.Errorf("read the list of migrations: %w", err)
	}
	return out, nil
}

func (m *Migrator) exists(ctx context.Context, table string) (bool, error) {
	var n uint64
	err := m.sink.query(ctx, func(r driver.Rows) error { return r.Scan(&n) },
		"SELECT count() FROM system.tables WHERE database = {database:String} AND name = {name:String}",
		clickhouse.Named("database", m.sink.cfg.Database), clickhouse.Named("name", table))
	return n > 0, err
}

// retentionChanges lists the tables whose TTL is not the configured one.
func (m *Migrator) retentionChanges(ctx context.Context) ([]Step, error) {
	steps, err := m.steps()
	if err != nil {
		return nil, err
	}
	engines := map[string]string{}
	err = m.sink.query(ctx, func(r driver.Rows) error {
		var name, engine string
		if err := r.Scan(&name, &engine); err != nil {
			return err
		}
		engines[name] = engine
		return nil
	}, "SELECT name, engine_full FROM system.tables WHERE database = {database:String}", clickhouse.Named("database", m.sink.cfg.Database))
	if err != nil {
		return nil, fmt.Errorf("read the retention of tables: %w", err)
	}
	var out []Step
	for _, s := range steps {
		o := parseObject(s.SQL)
		engine, there := engines[o.name]
		if o.kind != "table" || !there {
			continue
		}
		want, have := ttlClause(s.SQL), ttlClause(engine)
		if want == have {
			continue
		}
		change := "MODIFY " + want
		if want == "" {
			change = "REMOVE TTL"
		}
		out = append(out, Step{
			File: "retention", Number: len(out) + 1, Title: "ALTER TABLE " + o.name + " " + change,
			SQL: "ALTER TABLE " + m.sink.table(o.name) + " " + onCluster(m.sink.cfg) + " " + change,
		})
	}
	return out, nil
}

// ttlClause finds our TTL in a statement.
func ttlClause(sql string) string {
	const begin, end = "TTL toDateTime(ingested_at) + toIntervalDay(", ")"
	i := strings.Index(sql, begin)
	if i < 0 {
		return ""
	}
	n := strings.Index(sql[i+len(begin):], end)
	if n < 0 {
		return ""
	}
	return sql[i : i+len(begin)+n+1]
}

// settle waits until no change of the tables' data is left to do.
func (m *Migrator) settle(ctx context.Context) error {
	check := func() (struct{}, error) {
		var left uint64
		err := m.sink.query(ctx, func(r driver.Rows) error { return r.Scan(&left) },
			"SELECT count() FROM system.mutations WHERE database = {database:String} AND NOT is_done AND latest_fail_reason = ''",
			clickhouse.Named("database", m.sink.cfg.Database))
		if err == nil && left > 0 {
			err = fmt.Errorf("%d changes of tables are not done", left)
		}
		return struct{}{}, err
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 50*time.Millisecond, 2*time.Second
	if _, err := backoff.Retry(ctx, check, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0)); err != nil {
		return fmt.Errorf("wait for changes of tables: %w", err)
	}
	return nil
}
