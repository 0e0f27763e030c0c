package sink

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"

	"friction/pipeline/migrate"
	"friction/pipeline/waiting"
)

// Observer learns what happens, for metrics. Functions may be nil; they are
// called from several goroutines and must not block.
type Observer struct {
	// Inserted reports one acknowledged insert.
	Inserted func(table string, rows int, took time.Duration)
	// Retried reports a try that failed and will be repeated; reason is short and
	// from a small set.
	Retried func(table, reason string)
	// Refused is given every row that ClickHouse refuses by itself, before Insert
	// returns; repeating the Insert repeats it. When it is nil, one such row keeps its
	// whole block out, and Insert fails.
	Refused func(Refused)
}

// Sink is a connection to ClickHouse. It is safe for concurrent use.
type Sink struct {
	cfg      Config
	conn     driver.Conn
	log      *zap.Logger
	observe  Observer
	tables   []inserter
	settings func(token string) clickhouse.Settings // of inserts
	last     inserter                               // progress: inserted when all else is in
}

// Open checks the configuration and prepares the connection; it does not speak
// to the server yet, see [Sink.Ping]. A nil log is none.
func Open(cfg Config, log *zap.Logger, observe Observer) (*Sink, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	opts, err := options(cfg)
	if err != nil {
		return nil, err
	}
	conn, err := clickhouse.Open(opts)
	if err != nil {
		return nil, fmt.Errorf("open ClickHouse at %s: %w", MaskDSN(cfg.DSN), err)
	}
	if log == nil {
		log = zap.NewNop()
	}
	tables := allTables()
	last := len(tables) - 1
	return &Sink{cfg: cfg, conn: conn, log: log, observe: observe, tables: tables[:last], last: tables[last], settings: insertSettings}, nil
}

// Name is the server, for people.
func (s *Sink) Name() string { return "ClickHouse at " + MaskDSN(s.cfg.DSN) }

// Ping asks the server whether it answers.
func (s *Sink) Ping(ctx context.Context) (err error) {
	ctx, wait := waiting.Begin(ctx, s.Name(), "ping")
	defer func() { err = wait.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	if err := s.conn.Ping(ctx); err != nil {
		return fmt.Errorf("reach ClickHouse at %s: %w", MaskDSN(s.cfg.DSN), classify("", err))
	}
	return nil
}

// Close ends the connection.
func (s *Sink) Close() error {
	if err := s.conn.Close(); err != nil {
		return fmt.Errorf("close ClickHouse: %w", err)
	}
	return nil
}

// Migrator makes and checks the tables and views, over the same connection.
func (s *Sink) Migrator() *migrate.Migrator { return migrate.New(s, s.cfg.migration(), s.log) }

// table is the full name of a table or view.
func (s *Sink) table(name string) string { return s.cfg.Database + "." + name }

// Exec runs one statement within the time of one try.
// Arguments are clickhouse.Named, for {name:Type} in the statement.
func (s *Sink) Exec(ctx context.Context, sql string, args ...any) (err error) {
	ctx, wait := waiting.Begin(ctx, s.Name(), subject(sql))
	defer func() { err = wait.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"async_insert": 0}))
	if err := s.conn.Exec(ctx, sql, args...); err != nil {
		return classify(subject(sql), err)
	}
	return nil
}

// Query reads all rows of a SELECT within the time of one try.
func (s *Sink) Query(ctx context.Context, scan func(driver.Rows) error, sql string, args ...any) (err error) {
	ctx, wait := waiting.Begin(ctx, s.Name(), subject(sql))
	defer func() { err = wait.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.AttemptTimeout)
	defer cancel()
	rows, err := s.conn.Query(ctx, sql, args...)
	if err != nil {
		return classify(subject(sql), err)
	}
	defer func() { _ = rows.Close() }() // Err has told
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return classify(subject(sql), err)
	}
	return nil
}

// subject is the first words of a statement, to name it in errors.
func subject(sql string) string {
	words := strings.Fields(sql)
	return strings.Join(words[:min(len(words), 3)], " ")
}
