package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"friction/pipeline/alerter"
)

type alertCommand struct {
	settings
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
	found, err := alerter.Once(ctx, o, c.DryRun)
	if err != nil {
		return err
	}
	if c.JSON {
		e := json.NewEncoder(w.stdout)
		for i := range found.Changes {
			if err := e.Encode(&found.Changes[i]); err != nil {
				return fmt.Errorf("write changes: %w", err)
			}
		}
		return nil
	}
	return c.show(w, found)
}

func (c alertCommand) show(w world, found alerter.Found) error {
	if len(found.Changes) == 0 {
		fmt.Fprintf(w.stdout, "no change; %d alerts are open\n", len(found.Open))
	}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	for i := range found.Changes {
		a := &found.Changes[i]
		fmt.Fprintf(t, "%s\t%s\t%s\tsince %s\n", a.State, a.Severity, a.Title, moment(a.Since))
	}
	for i := range found.Open {
		a := &found.Open[i]
		fmt.Fprintf(t, "open\t%s\t%s\tsince %s\n", a.Severity, a.Title, moment(a.Since))
	}
	return t.Flush()
}
