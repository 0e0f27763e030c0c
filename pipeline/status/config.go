package status

import (
	"fmt"
	"net"
)

// Config is the section `http` of the configuration.
type Config struct {
	// Addr is where health and metrics are served, host:port; empty serves nothing. Default 127.0.0.1:9464.
	Addr string `yaml:"addr"`
}

// DefaultConfig serves this machine alone.
func DefaultConfig() Config { return Config{Addr: "127.0.0.1:9464"} }

// Validate names the key and the value it cannot work with.
func (c Config) Validate() error {
	if c.Addr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("http.addr: %q is not host:port: %w", c.Addr, err)
	}
	return nil
}
