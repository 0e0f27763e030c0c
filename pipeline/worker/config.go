package worker

import (
	"fmt"
	"time"
)

// Config is the section `worker` of the configuration.
type Config struct {
	// Run names a complete set of rows. Another name starts again from the oldest records and writes its rows beside those that are there.
	Run string `yaml:"run"`
	// EpochEvery is how often, at most, a task ends an epoch and logs it.
	EpochEvery time.Duration `yaml:"epoch_every"`
	// EpochBytes is how many bytes of records one epoch reads at most.
	EpochBytes int `yaml:"epoch_bytes"`
	// Memory is how many bytes may wait in all tasks of the worker together: batches that were fetched, events that wait for the watermark, rows that wait for ClickHouse. Open sessions come on top. When it is used up, reading pauses.
	Memory int `yaml:"memory"`
	// InsertEvery is how often, at most, rows are inserted into ClickHouse.
	InsertEvery time.Duration `yaml:"insert_every"`
	// IdleTimeout is how long a topic must be at its end before it no longer holds the watermark back.
	IdleTimeout time.Duration `yaml:"idle_timeout"`
	// MaxWait is how long a topic may hold the watermark back that is at its end and gets a record now and then, none of which moves its time.
	MaxWait time.Duration `yaml:"max_wait"`
	// WhenIdle is what happens when all topics are idle: wait (the watermark moves on as time passes) or close (everything open is closed; for batch loads).
	WhenIdle string `yaml:"when_idle" jsonschema:"enum=wait,enum=close"`
	// BaseEvery is how old the last snapshot of a task may be while records come in.
	BaseEvery time.Duration `yaml:"base_every"`
	// ReplayTime is how long processing again after a restart may take. When it would take longer, another snapshot is written.
	ReplayTime time.Duration `yaml:"replay_time"`
	// ProgressTimeout is how long a task may be busy with one epoch before the worker is not ready.
	ProgressTimeout time.Duration `yaml:"progress_timeout"`
	// StopTimeout is how long a stop may take to log and insert what was read.
	StopTimeout time.Duration `yaml:"stop_timeout"`
	// RejectedShare is which share of a minute's records may be rejected before the worker says so, with an example and the way out; 0 never says so.
	RejectedShare float64 `yaml:"rejected_share"`
	// Metrics bounds the gauges of steps on /metrics.
	Metrics MetricsConfig `yaml:"metrics"`
}

// MetricsConfig says how many steps have gauges on /metrics. The first ones get them; the others are only in the tables.
type MetricsConfig struct {
	// Steps is how many steps of journeys, counted per app, have gauges; 0 for none.
	Steps int `yaml:"steps"`
	// Pages is how many pages of the journey `site`, counted per app, have gauges; 0 for none.
	Pages int `yaml:"pages"`
}

// Wait and Close are the values of when_idle.
const (
	Wait  = "wait"
	Close = "close"
)

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Run: "1", EpochEvery: time.Second, EpochBytes: 32 << 20, Memory: 400 << 20,
		InsertEvery: time.Second, IdleTimeout: 30 * time.Second, MaxWait: time.Minute, WhenIdle: Wait,
		BaseEvery: 10 * time.Minute, ReplayTime: 5 * time.Second, ProgressTimeout: time.Minute, StopTimeout: 20 * time.Second, RejectedShare: .05,
		Metrics: MetricsConfig{Steps: 200},
	}
}

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	if c.Run == "" {
		return fmt.Errorf("worker.run: missing")
	}
	if c.WhenIdle != Wait && c.WhenIdle != Close {
		return fmt.Errorf("worker.when_idle: %q is neither wait nor close", c.WhenIdle)
	}
	for key, d := range map[string]time.Duration{
		"epoch_every": c.EpochEvery, "insert_every": c.InsertEvery, "idle_timeout": c.IdleTimeout, "max_wait": c.MaxWait,
		"base_every": c.BaseEvery, "replay_time": c.ReplayTime, "progress_timeout": c.ProgressTimeout, "stop_timeout": c.StopTimeout,
	} {
		if d < time.Millisecond {
			return fmt.Errorf("worker.%s: %v is not at least 1ms", key, d)
		}
	}
	for key, n := range map[string]int{"epoch_bytes": c.EpochBytes, "memory": c.Memory} {
		if n < 64<<10 {
			return fmt.Errorf("worker.%s: %d is not at least 65536", key, n)
		}
	}
	if !(c.RejectedShare >= 0 && c.RejectedShare <= 1) {
		return fmt.Errorf("worker.rejected_share: %v is not between 0 and 1", c.RejectedShare)
	}
	for key, n := range map[string]int{"steps": c.Metrics.Steps, "pages": c.Metrics.Pages} {
		if n < 0 || n > 10_000 {
			return fmt.Errorf("worker.metrics.%s: %d is not between 0 and 10000", key, n)
		}
	}
	return nil
}
