package main

import (
	"context"
	"fmt"

	"friction/pipeline/alerter"
	"friction/pipeline/display"
)

type alertCommand struct {
	settings
	patience
	ClickHouse string `name:"clickhouse" placeholder:"DSN" help:"Where ClickHouse is (default: clickhouse.dsn of the configuration)."`
	Once       bool   `help:"Evaluate once, notify, and end (default: run until stopped)."`
	DryRun     bool   `name:"dry-run" help:"Evaluate once and print what would be raised or resolved; write nothing, notify nobody (default: do both)."`
	JSON       bool   `name:"json" help:"With --once or --dry-run: one JSON object for each change (default: a table)."`
}

func (alertCommand) Help() string {
	return `Compares each step, and each segment of it, with its own past. Raises an alert when a step hurts or loses more visits than usual, by more
than chance explains; also when nobody reaches a step any more, when visits stop, and when the data does not advance. Changes are written
to the view alerts of ClickHouse and sent to the receivers in the section alert of the configuration. Start two: one works, the
other stands by and takes over within half a minute. Create the tables first: friction migrate up.

Example:
  friction alert --config deploy/friction.example.yaml --clickhouse http://127.0.0.1:8123`
}

// Run serves until it is stopped; with --once or --dry-run it evaluates once and prints the changes.
func (c alertCommand) Run(ctx context.Context, w world) error {
	cfg, err := c.load(w, [2]string{"clickhouse.dsn", c.ClickHouse})
	if err != nil {
		return err
	}
	if c.Once && c.DryRun {
		return misused("--once and --dry-run exclude each other: a dry run ends after one evaluation anyway")
	}
	log, err := newLogger(cfg.Log, w)
	if err != nil {
		return err
	}
	o := alerter.Options{Config: cfg.Alert, Slide: cfg.Score.Slide, ClickHouse: cfg.ClickHouse, Log: log, Version: release(), HTTP: cfg.HTTP}
	if !c.Once && !c.DryRun {
		return alerter.Serve(ctx, o)
	}
	found, err := alerter.Once(c.in(ctx, w), o, c.DryRun)
	if err != nil {
		return err
	}
	if c.JSON {
		for i := range found.Changes {
			if err := w.json(&found.Changes[i]); err != nil {
				return fmt.Errorf("write changes: %w", err)
			}
		}
		return nil
	}
	return showAlerts(w.answers(), found)
}

// showAlerts lists what changes and what is open.
func showAlerts(out *display.Terminal, found alerter.Found) error {
	if len(found.Changes) == 0 {
		out.Line("no change; %d alerts are open", len(found.Open))
	}
	var rows [][]string
	for i := range found.Changes {
		a := &found.Changes[i]
		rows = append(rows, []string{a.State, a.Severity, a.Title, "since " + moment(a.Since)})
	}
	for i := range found.Open {
		a := &found.Open[i]
		rows = append(rows, []string{"open", a.Severity, a.Title, "since " + moment(a.Since)})
	}
	out.Table(rows)
	return out.Err()
}
