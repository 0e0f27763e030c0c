package main

import (
	"context"

	"friction/pipeline/sink"
)

type runsCommand struct {
	List     runsList     `cmd:"" help:"List runs, and which one is promoted."`
	Promote  runsPromote  `cmd:"" help:"Show the rows of this run."`
	Withdraw runsWithdraw `cmd:"" help:"Hide a run."`
}

func (runsCommand) Help() string {
	return "A run is one complete set of a group's rows; worker.run names it. Views show the run that is promoted.\n\n" +
		"Example:\n  friction runs list --clickhouse http://127.0.0.1:8123"
}

type runsList struct {
	database
	Group string `placeholder:"NAME" help:"Consumer group (default: all)."`
}

func (runsList) Help() string {
	return "Example:\n  friction runs list --clickhouse http://127.0.0.1:8123"
}

func (c runsList) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		runs, err := s.Runs(ctx, c.Group)
		if err != nil {
			return err
		}
		rows := [][]string{{"GROUP", "RUN", "STATE", "REGISTERED", "PROMOTED", "WITHDRAWN", "COMPLETE UNTIL"}}
		for _, r := range runs {
			rows = append(rows, []string{
				r.Group, r.Name, string(r.State), moment(r.RegisteredAt), moment(r.PromotedAt), moment(r.WithdrawnAt), moment(r.Watermark),
			})
		}
		return w.table(rows, false)
	})
}

type runsPromote struct {
	database
	Group string `arg:"" help:"Consumer group."`
	Name  string `arg:"" name:"run" help:"Name of the run."`
}

func (runsPromote) Help() string {
	return "From the next query on, people see this run; the one before becomes standby. Use it also for a run that was withdrawn.\n\n" +
		"Example:\n  friction runs promote friction 2"
}

func (c runsPromote) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		if err := s.Promote(ctx, c.Group, c.Name); err != nil {
			return err
		}
		w.say("run %s of %s is promoted", c.Name, c.Group)
		return nil
	})
}

type runsWithdraw struct {
	database
	Group string `arg:"" help:"Consumer group."`
	Name  string `arg:"" name:"run" help:"Name of the run."`
}

func (runsWithdraw) Help() string {
	return "From the next query on, nobody sees this run; the run before it is shown again. Nothing is deleted.\n\n" +
		"Example:\n  friction runs withdraw friction 2"
}

func (c runsWithdraw) Run(ctx context.Context, w world) error {
	return c.with(ctx, w, func(ctx context.Context, s *sink.Sink) error {
		if err := s.Withdraw(ctx, c.Group, c.Name); err != nil {
			return err
		}
		w.say("run %s of %s is withdrawn", c.Name, c.Group)
		return nil
	})
}
