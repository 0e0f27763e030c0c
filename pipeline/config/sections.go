package config

import (
	"fmt"
	"slices"
)

// Limits is the section `limits`.
type Limits struct {
	// OutboxBytes is how much one epoch may make for ClickHouse; what exceeds it comes with the next.
	OutboxBytes int `yaml:"outbox_bytes"`
}

// Log is the section `log`.
type Log struct {
	// Level is the least level that is written.
	Level string `yaml:"level" jsonschema:"enum=debug,enum=info,enum=warn,enum=error"`
}

// Validate names the key and the value it cannot work with.
func (l Log) Validate() error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level) {
		return fmt.Errorf("log.level: %q is none of debug, info, warn, error", l.Level)
	}
	return nil
}
