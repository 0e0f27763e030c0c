package config

import (
	"fmt"
	"net"
	"slices"
)

// Limits is the section `limits`.
type Limits struct {
	// OutboxBytes is how much one epoch may make for ClickHouse; what exceeds it comes with the next.
	OutboxBytes int `yaml:"outbox_bytes"`
}

// HTTP is the section `http`: /livez, /readyz and /metrics.
type HTTP struct {
	// Addr is host and port to listen on; port 0 takes a free one, empty listens nowhere.
	Addr string `yaml:"addr"`
}

// Validate names the key and the value it cannot work with.
func (h HTTP) Validate() error {
	if h.Addr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(h.Addr); err != nil {
		return fmt.Errorf("http.addr: %q is not host:port, such as 127.0.0.1:9400", h.Addr)
	}
	return nil
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
