package main

import (
	"context"
	"slices"

	"friction/pipeline/config"
)

type checkCommand struct {
	settings
	explaining
	File string `arg:"" optional:"" help:"YAML file with the configuration; the same as --config."`
}

func (checkCommand) Help() string {
	return `Reads defaults, file, environment and flags, in this order, checks them, and prints the effective configuration as YAML, with
secrets masked. Every mistake is one line on stderr with file, line, column and key. So is every step of a journey that no event
can enter, as a warning.

With --explain it reads a sample of events instead, from files or from the input topics, and shows
which signals can never be found because the events they need are never sent, and what to send; and which steps of
journeys no event of the sample enters, and why.

Example:
  friction check deploy/friction.example.yaml --set sessions.gap=20m
  friction simulate --for 20m -o /tmp/shop.ndjson && friction check --explain --sample /tmp/shop.ndjson
  friction check -c friction.yaml --explain --kafka`
}

func (c checkCommand) Run(ctx context.Context, w world) error {
	fromEnvironment := slices.Contains(w.environ, "FRICTION_CONFIG="+c.Config)
	if c.File != "" && c.Config != "" && c.File != c.Config && !fromEnvironment {
		return misused("two configurations are given, %s and %s; give one", c.File, c.Config)
	}
	if c.File != "" {
		c.Config = c.File
	}
	if err := c.check(); err != nil {
		return err
	}
	cfg, warnings, err := config.LoadWarned(c.layers(w, c.more()))
	if err != nil {
		return err
	}
	for _, p := range warnings {
		w.beside().Line("warning: %s", p)
	}
	if c.Explain {
		return c.explain(ctx, w, cfg)
	}
	w.answers().Text(cfg.Effective())
	return nil
}
