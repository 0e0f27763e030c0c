package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"friction/pipeline/waiting"
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

// Server runs statements on the ClickHouse that is migrated.
type Server interface {
	// Exec runs a statement without rows. Arguments are clickhouse.Named, for {name:Type} in the statement.
	Exec(ctx context.Context, sql string, args ...any) error
	// Query hands every row of a SELECT to scan.
	Query(ctx context.Context, scan func(driver.Rows) error, sql string, args ...any) error
	// Ping asks whether the server answers.
	Ping(ctx context.Context) error
}

// Failure is what an error of a [Server] may also say of itself.
type Failure interface {
	error
	Lasts() bool // trying again cannot help
	Number() int // ClickHouse's number of the error, 0 when the server did not answer
}

// Options say what the tables are to be like.
type Options struct {
	Server       string // and its address, for people
	Database     string
	Cluster      string         // to create tables ON CLUSTER of; empty for a single server
	EnginePrefix string         // "Replicated" or empty
	Days         map[string]int // how long rows are kept, by the name of the view; 0 is for ever
}

func (o Options) table(name string) string { return o.Database + "." + name }

func (o Options) onCluster() string {
	if o.Cluster == "" {
		return ""
	}
	return "ON CLUSTER `" + o.Cluster + "`"
}

// Migrator makes and checks the tables and views of one database.
type Migrator struct {
	server Server
	o      Options
	log    *zap.Logger
	// Reapply runs steps that have changed since they were applied once more,
	// instead of refusing. Every step may be repeated safely; a changed CREATE
	// TABLE does not change a table that is there.
	Reapply bool
}

// New migrates over a connection, which stays open.
func New(server Server, o Options, log *zap.Logger) *Migrator {
	return &Migrator{server: server, o: o, log: log}
}

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
func (m *Migrator) await(ctx context.Context) (err error) {
	ctx, waits := waiting.Begin(ctx, m.o.Server, "before migrations")
	defer func() { err = waits.End(err) }()
	ping := func() (struct{}, error) {
		err := m.server.Ping(ctx)
		if f, ok := errors.AsType[Failure](err); ok && f.Lasts() {
			return struct{}{}, backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	wait := backoff.NewExponentialBackOff()
	wait.MaxInterval = 5 * time.Second
	_, err = backoff.Retry(ctx, ping, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0),
		backoff.WithNotify(func(err error, _ time.Duration) { waits.Failed(err) }))
	return err
}

func (m *Migrator) steps() ([]Step, error) {
	all, err := Script(m.o)
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
	all, err := Script(m.o)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.File != ledgerFile {
			continue
		}
		if err := m.execute(ctx, s.SQL); err != nil {
			return fmt.Errorf("make the list of migrations: %w", err)
		}
	}
	return nil
}

func (m *Migrator) apply(ctx context.Context, s Step) error {
	m.log.Info("migrating", zap.String("step", s.Key()), zap.String("title", s.Title))
	if err := m.execute(ctx, s.SQL); err != nil {
		return fmt.Errorf("migrate %s (%s): %w", s.Key(), s.Title, err)
	}
	if s.Checksum == "" {
		return nil // a change of retention
	}
	err := m.server.Exec(ctx, "INSERT INTO "+m.o.table("schema_migrations")+
		" SELECT {migration:String}, {step:UInt16}, {checksum:String}, {title:String}, now64(3)",
		clickhouse.Named("migration", s.File), clickhouse.Named("step", s.Number),
		clickhouse.Named("checksum", s.Checksum), clickhouse.Named("title", s.Title))
	if err != nil {
		return fmt.Errorf("write down migration %s: %w", s.Key(), err)
	}
	return nil
}

// execute runs one idempotent statement. Two programs that migrate at once can
// meet in the middle of a statement; the second try then finds it done.
func (m *Migrator) execute(ctx context.Context, sql string) error {
	try := func() (struct{}, error) {
		err := m.server.Exec(ctx, sql)
		if f, ok := errors.AsType[Failure](err); ok && f.Lasts() && !collision(f.Number()) {
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

// settle waits until no change of the tables' data is left to do.
func (m *Migrator) settle(ctx context.Context) error {
	check := func() (struct{}, error) {
		var left uint64
		err := m.server.Query(ctx, func(r driver.Rows) error { return r.Scan(&left) },
			"SELECT count() FROM system.mutations WHERE database = {database:String} AND NOT is_done AND latest_fail_reason = ''",
			clickhouse.Named("database", m.o.Database))
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
