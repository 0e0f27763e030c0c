package sink

import (
	"strings"
	"testing"
	"time"
)

func TestConfigNamesTheKey(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
	for key, change := range map[string]func(*Config){
		"dsn: scheme":           func(c *Config) { c.DSN = "ftp://host:1" },
		"dsn: no host":          func(c *Config) { c.DSN = "http://" },
		"dsn: not a URL":        func(c *Config) { c.DSN = "http://user:" + secret + "@ho st:1%zz" },
		"tls.ca: given":         func(c *Config) { c.TLS.CA = "x" },
		"tls.ca: holds no":      func(c *Config) { c.DSN, c.TLS.CA = "https://h:8443", "x" },
		"database":              func(c *Config) { c.Database = "a-b; DROP" },
		"cluster":               func(c *Config) { c.Cluster = "a`b" },
		"engine_prefix":         func(c *Config) { c.EnginePrefix = "Shared" },
		"block_rows":            func(c *Config) { c.BlockRows = 0 },
		"attempt_timeout":       func(c *Config) { c.AttemptTimeout = time.Millisecond },
		"retry_for":             func(c *Config) { c.RetryFor = -1 },
		"connections":           func(c *Config) { c.Connections = 99 },
		"retention.late_events": func(c *Config) { c.Retention.LateEvents = -1 },
	} {
		c := DefaultConfig()
		change(&c)
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), "clickhouse."+key) {
			t.Errorf("%s: %v", key, err)
		}
		mustTell(t, err)
		if _, err := Open(c, nil, Observer{}); err == nil {
			t.Errorf("%s: opened", key)
		}
	}
}

func TestBothTransportsAreUnderstood(t *testing.T) {
	for dsn, want := range map[string]string{
		"http://h:8123":                      "http h:8123",
		"https://u:p@h:8443/x?compress=gzip": "http h:8443 tls",
		"clickhouse://u:p@h:9000/x":          "native h:9000",
		"clickhouse://h:9440?secure=true":    "native h:9440 tls",
	} {
		c := DefaultConfig()
		c.DSN = dsn
		o, err := options(c)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		got := o.Protocol.String() + " " + o.Addr[0]
		if o.TLS != nil {
			got += " tls"
		}
		if got != want || o.Auth.Database != "" {
			t.Errorf("%s: %s database %q, want %s", dsn, got, o.Auth.Database, want)
		}
	}
}

func TestMaskDSN(t *testing.T) {
	for dsn, want := range map[string]string{
		"http://u:" + secret + "@h:1/d?x=1":   "http://u:***@h:1/d?x=1",
		"clickhouse://h:1?password=" + secret: "clickhouse://h:1?password=%2A%2A%2A",
		"http://h:1":                          "http://h:1",
		"http://u:" + secret + "@h o/%zz":     "(not a URL)",
	} {
		if got := MaskDSN(dsn); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
