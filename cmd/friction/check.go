package main

import (
	"fmt"
	"slices"
)

type checkCommand struct {
	settings
	File string `arg:"" optional:"" help:"YAML file with the configuration; the same as --config."`
}

func (checkCommand) Help() string {
	return `Reads defaults, file, environment and flags, in this order, checks them, and prints the configuration in force as
YAML, with secrets masked. Every mistake is one line on stderr with file, line, column and key.

Example:
  friction check deploy/friction.example.yaml --set sessions.gap=20m`
}

func (c checkCommand) Run(w world) error {
	fromEnvironment := slices.Contains(w.environ, "FRICTION_CONFIG="+c.Config)
	if c.File != "" && c.Config != "" && c.File != c.Config && !fromEnvironment {
		return misused("two configurations are given, %s and %s; give one", c.File, c.Config)
	}
	if c.File != "" {
		c.Config = c.File
	}
	cfg, err := c.load(w)
	if err != nil {
		return err
	}
	fmt.Fprint(w.stdout, cfg.Effective())
	return nil
}
