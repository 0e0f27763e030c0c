package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"friction/pipeline/sink"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply pending migrations; safe to repeat."`
	Plan   migratePlan   `cmd:"" help:"Print the statements that up would run."`
	Status migrateStatus `cmd:"" help:"List every step and its state."`
	Verify migrateVerify `cmd:"" help:"Compare tables, views and columns with what this version expects."`
}

func (migrateCommand) Help() string {
	return "Migrations are additive within a major version; the database records which are applied.\n\n" +
		"Example:\n  friction migrate plan --clickhouse http://127.0.0.1:8123"
}

// database are the flags of commands that work on ClickHouse.
type database struct {
	settings
	patience
	ClickHouse string `name:"clickhouse" placeholder:"DSN" help:"Where ClickHouse is, such as http://host:8123; with a password give it in FRICTION_CLICKHOUSE_DSN or FRICTION_CLICKHOUSE_DSN_FILE, where other users cannot see it (default: clickhouse.dsn of the configuration)."`
}

// with opens ClickHouse for a task and closes it again.
func (d database) with(ctx context.Context, w world, task func(context.Context, *sink.Sink) error) error {
	cfg, err := d.load(w, [2]string{"clickhouse.dsn", d.ClickHouse})
	if err != nil {
		return err
	}
	log, err := newLogger(cfg.Log, w)
	if err != nil {
		return err
	}
	s, err := sink.Open(cfg.ClickHouse, log, sink.Observer{})
	if err != nil {
		return err
	}
	return errors.Join(task(d.in(ctx, w), s), s.Close())
}

type migrateUp struct {
	database
	Reapply bool `help:"Run steps again whose text has changed since they were applied (default: refuse)."`
}

func (migrateUp) Help() string {
	return "Waits for ClickHouse, then creates the database, its tables and views. Safe to repeat and to run from several places.\n\n" +
		"Example:\n  friction migrate up --clickhouse http://127.0.0.1:8123"
}

func (c migrateUp) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		m := s.Migrator()
		m.Reapply = c.Reapply
		steps, err := m.Up(ctx)
		for _, step := range steps {
			w.say("applied %s %s", step.Key(), step.Title)
		}
		if err == nil {
			w.say("%d steps applied; the database is up to date", len(steps))
		}
		return err
	})
}

type migratePlan struct{ database }

func (migratePlan) Help() string {
	return "Example:\n  friction migrate plan --clickhouse http://127.0.0.1:8123"
}

func (c migratePlan) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		steps, err := s.Migrator().Plan(ctx)
		if err != nil {
			return err
		}
		for _, step := range steps {
			w.answers().Text(fmt.Sprintf("-- %s %s (%s)\n%s;\n\n", step.Key(), step.Title, step.State, strings.TrimSpace(step.SQL)))
		}
		w.say("-- %d steps", len(steps))
		return nil
	})
}

type migrateStatus struct{ database }

func (migrateStatus) Help() string {
	return "Example:\n  friction migrate status --clickhouse http://127.0.0.1:8123"
}

func (c migrateStatus) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		steps, err := s.Migrator().Status(ctx)
		if err != nil {
			return err
		}
		rows := [][]string{{"STEP", "STATE", "APPLIED", "WHAT"}}
		for _, step := range steps {
			rows = append(rows, []string{step.Key(), string(step.State), moment(step.AppliedAt), step.Title})
		}
		return w.table(rows, false)
	})
}

type migrateVerify struct{ database }

func (migrateVerify) Help() string {
	return "Exits with 1 if something differs.\n\nExample:\n  friction migrate verify --clickhouse http://127.0.0.1:8123"
}

func (c migrateVerify) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		findings, err := s.Migrator().Verify(ctx)
		if err != nil {
			return err
		}
		for _, f := range findings {
			w.note("%v", f)
		}
		if len(findings) > 0 {
			return fmt.Errorf("%d differences; friction migrate up creates what is missing", len(findings))
		}
		w.say("tables, views and columns are as expected")
		return nil
	})
}

// moment is a time for people, or a dash for none.
func moment(t time.Time) string {
	if t.IsZero() || t.Unix() == 0 {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
