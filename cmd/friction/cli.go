package main

import (
	"strings"

	"friction/pipeline/config"
)

// cli is every command: one field each, so there are more than 20. Each says in Help how it is used, with an example
// that works.
type cli struct {
	Demo     demoCommand     `cmd:"" help:"See it work: everything on this machine, with a simulated shop."`
	Run      runCommand      `cmd:"" help:"Run a worker: Kafka in, friction scores out to ClickHouse."`
	Alert    alertCommand    `cmd:"" help:"Notify people when a step begins to hurt, and when that is over."`
	Replay   replayCommand   `cmd:"" help:"Run the engine over files, without servers: events in, rows out."`
	Produce  produceCommand  `cmd:"" help:"Load files into Kafka, keyed by user."`
	Check    checkCommand    `cmd:"" help:"Check a configuration and print the effective one."`
	Migrate  migrateCommand  `cmd:"" help:"Create and check the tables and views in ClickHouse."`
	Runs     runsCommand     `cmd:"" help:"Choose the run whose numbers people see."`
	Funnel   funnelCommand   `cmd:"" help:"How far visitors come in a journey."`
	Scores   scoresCommand   `cmd:"" help:"How much each step hurts."`
	Spikes   spikesCommand   `cmd:"" help:"Steps that hurt more than usual."`
	Places   placesCommand   `cmd:"" help:"Pages, elements and operations with the most friction."`
	Impact   impactCommand   `cmd:"" help:"Conversions lost to friction."`
	Sessions sessionsCommand `cmd:"" help:"The sessions behind a number."`
	Session  sessionCommand  `cmd:"" help:"The story of one session."`
	Forget   forgetCommand   `cmd:"" help:"Delete one user from every table."`
	DLQ      dlqCommand      `cmd:"" name:"dlq" help:"Show records that could not be read, and submit them again after a fix."`
	Simulate simulateCommand `cmd:"" help:"Write the traffic of a simulated shop, with the truth about who was hurt."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	ClickHouse clickHouseCommand `cmd:"" name:"clickhouse" help:"Run the embedded ClickHouse with its HTTP interface."`
	Kafka      kafkaCommand      `cmd:"" name:"kafka" hidden:"" help:"Run the embedded Kafka."`
	Probe      probeCommand      `cmd:"" name:"probe" hidden:"" help:"Ask a worker whether it is ready, for health checks."`
}

// settings are the flags of every command that reads the configuration.
type settings struct {
	Config string   `short:"c" placeholder:"FILE" env:"FRICTION_CONFIG" help:"YAML file with the configuration (default: none, so every key has its default)."`
	Set    []string `sep:"none" placeholder:"KEY=VALUE" help:"Set one key, such as sessions.gap=20m; may be repeated (default: none)."`
}

// load puts defaults, file, environment and flags together. More are settings that flags of their own stand for; empty
// ones do not count.
func (s settings) load(w world, more ...[2]string) (config.Config, error) {
	return config.Load(s.layers(w, more))
}

// layers are what the configuration is put together from.
func (s settings) layers(w world, more [][2]string) config.Layers {
	l := config.Layers{File: s.Config, Set: s.Set}
	for _, entry := range w.environ {
		if !strings.HasPrefix(entry, "FRICTION_CONFIG=") && !strings.HasPrefix(entry, "FRICTION_PROMOTE_CONFIG=") {
			l.Environ = append(l.Environ, entry)
		}
	}
	for _, pair := range more {
		if pair[1] != "" {
			l.Set = append(l.Set, pair[0]+"="+pair[1])
		}
	}
	return l
}
