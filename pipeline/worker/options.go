package worker

import (
	"go.uber.org/zap"

	"friction/pipeline/rules"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// Options say what a worker reads, makes and writes.
type Options struct {
	Config     Config
	Kafka      source.Config
	Rules      *rules.Rules
	ClickHouse sink.Config
	Log        *zap.Logger
	Metrics    *Metrics
	// PromoteConfig names the configuration of the group that this one may replace; empty replaces none.
	PromoteConfig string
	// Alone says that nobody else is in the group: this configuration replaces any other.
	Alone bool
	// MemoryLimit is how much memory the process may use, bytes; 0 for no limit. Budgets of tasks are cut to it.
	MemoryLimit int64
}
