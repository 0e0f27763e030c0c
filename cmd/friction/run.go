package main

import (
	"context"
	"strings"

	"friction/pipeline/rules"
	"friction/pipeline/worker"
)

type runCommand struct {
	settings
	Brokers    []string `placeholder:"HOST:PORT" help:"Kafka brokers (default: kafka.brokers of the configuration)."`
	Group      string   `placeholder:"NAME" help:"Consumer group (default: kafka.group of the configuration)."`
	ClickHouse string   `name:"clickhouse" placeholder:"DSN" help:"Where ClickHouse is (default: clickhouse.dsn of the configuration)."`
	Promote    string   `name:"promote-config" placeholder:"FROM" env:"FRICTION_PROMOTE_CONFIG" help:"Change the group to this worker's configuration if FROM is the one in force, such as 3-1f2e3d4c (default: do not change it)."`
	RunName    string   `name:"run" placeholder:"NAME" help:"Run of the group; a new name computes everything again beside the old rows (default: worker.run of the configuration)."`
}

func (runCommand) Help() string {
	return `Runs until it is stopped (Ctrl-C, SIGTERM). Then it logs and inserts what it has, so that the next start continues from there. Start as
many workers as you like, up to the number of partitions. Create the tables first: friction migrate up.

Example:
  friction run --config deploy/friction.example.yaml --brokers 127.0.0.1:9092 --clickhouse http://127.0.0.1:8123`
}

func (c runCommand) Run(ctx context.Context, w world) error {
	cfg, err := c.load(w, [2]string{"kafka.brokers", strings.Join(c.Brokers, ",")}, [2]string{"kafka.group", c.Group},
		[2]string{"clickhouse.dsn", c.ClickHouse}, [2]string{"worker.run", c.RunName})
	if err != nil {
		return err
	}
	log, err := newLogger(cfg.Log, w)
	if err != nil {
		return err
	}
	inForce, err := rules.New(cfg.Engine(), cfg.Input)
	if err != nil {
		return err
	}
	return worker.Serve(ctx, worker.Options{
		Config: cfg.Worker, Kafka: cfg.Kafka, Rules: inForce, ClickHouse: cfg.ClickHouse, Log: log, Metrics: worker.NewMetrics(release()),
		PromoteConfig: c.Promote,
	}, cfg.HTTP)
}
