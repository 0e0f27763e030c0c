package sink

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"friction/pipeline/migrate"
)

// DefaultDatabase holds the tables unless the configuration names another.
const DefaultDatabase = "friction"

// maxPartitions is how many table partitions one insert may span.
const maxPartitions = 50

// Config is the section `clickhouse` of the configuration. Start from [DefaultConfig].
type Config struct {
	// DSN is where ClickHouse is: http://, https:// or clickhouse:// (native), with user and password. Default http://127.0.0.1:8123.
	DSN string `yaml:"dsn"`
	// TLS says whom to trust where DSN asks for TLS (https://, or ?secure=true).
	TLS TLS `yaml:"tls"`
	// Database holds all tables and views. Default friction.
	Database string `yaml:"database"`
	// Cluster is the name to create tables ON CLUSTER of; empty for a single server.
	Cluster string `yaml:"cluster"`
	// EnginePrefix makes tables replicated: "Replicated" on a cluster, empty on a single server or in the cloud.
	EnginePrefix string `yaml:"engine_prefix"`
	// Retention is how many days rows are kept, counted from when they were written.
	Retention Retention `yaml:"retention"`
	// BlockRows is the most rows of one insert. Default 50000.
	BlockRows int `yaml:"block_rows"`
	// AttemptTimeout is how long one try of a statement may take. Default 30s.
	AttemptTimeout time.Duration `yaml:"attempt_timeout"`
	// RetryFor is how long an insert is tried again while the server is away or busy; 0 is until the worker stops. Default 0.
	RetryFor time.Duration `yaml:"retry_for"`
	// Connections is how many tables are inserted into at the same time. Default 3.
	Connections int `yaml:"connections"`
}

// TLS is the section `clickhouse.tls`.
type TLS struct {
	// CA are the certificates that sign the server's, as PEM text; empty means those of the system.
	CA string `yaml:"ca"`
}

// Retention is days per table; 0 keeps rows for ever.
type Retention struct {
	// Sessions: days closed sessions are kept. Default 400.
	Sessions int `yaml:"sessions"`
	// StepVisits: days visits are kept. Default 400.
	StepVisits int `yaml:"step_visits"`
	// Signals: days signals are kept. Default 400.
	Signals int `yaml:"signals"`
	// StepScores: days sliding windows are kept. Default 400.
	StepScores int `yaml:"step_scores"`
	// StepPanes: days panes are kept. Default 800.
	StepPanes int `yaml:"step_panes"`
	// LateEvents: days late events are kept. Default 30.
	LateEvents int `yaml:"late_events"`
	// RejectedEvents: days rejected records are kept. Default 30.
	RejectedEvents int `yaml:"rejected_events"`
	// Alerts: days alerts are kept. Default 800.
	Alerts int `yaml:"alerts"`
}

// DefaultConfig is a server on this machine.
func DefaultConfig() Config {
	return Config{
		DSN: "http://127.0.0.1:8123", Database: DefaultDatabase,
		Retention: Retention{
			Sessions: 400, StepVisits: 400, Signals: 400, StepScores: 400, StepPanes: 800,
			LateEvents: 30, RejectedEvents: 30, Alerts: 800,
		},
		BlockRows: 50_000, AttemptTimeout: 30 * time.Second, Connections: 3,
	}
}

var (
	databaseName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	clusterName  = regexp.MustCompile(`^[A-Za-z0-9_{}.-]{1,64}$`)
)

// Validate names the key and the value it cannot work with, never the DSN's password.
func (c Config) Validate() error {
	if err := validateDSN(c.DSN); err != nil {
		return err
	}
	if _, err := options(c); err != nil {
		return err
	}
	if !databaseName.MatchString(c.Database) {
		return fmt.Errorf("clickhouse.database: %q is not a plain name (letters, digits, _)", c.Database)
	}
	if c.Cluster != "" && !clusterName.MatchString(c.Cluster) {
		return fmt.Errorf("clickhouse.cluster: %q is not a plain name", c.Cluster)
	}
	if c.EnginePrefix != "" && c.EnginePrefix != "Replicated" {
		return fmt.Errorf("clickhouse.engine_prefix: %q is neither empty nor \"Replicated\"", c.EnginePrefix)
	}
	if c.BlockRows < 1 || c.BlockRows > 1_000_000 {
		return fmt.Errorf("clickhouse.block_rows: %d is not between 1 and 1000000", c.BlockRows)
	}
	if c.AttemptTimeout < time.Second {
		return fmt.Errorf("clickhouse.attempt_timeout: %v is shorter than 1s", c.AttemptTimeout)
	}
	if c.RetryFor < 0 {
		return fmt.Errorf("clickhouse.retry_for: %v is negative", c.RetryFor)
	}
	if c.Connections < 1 || c.Connections > 16 {
		return fmt.Errorf("clickhouse.connections: %d is not between 1 and 16", c.Connections)
	}
	for table, days := range c.Retention.days() {
		if days < 0 || days > 36_500 {
			return fmt.Errorf("clickhouse.retention.%s: %d is not between 0 (for ever) and 36500 days", table, days)
		}
	}
	return nil
}

func validateDSN(dsn string) error {
	u, err := url.Parse(dsn)
	if err != nil {
		return fmt.Errorf("clickhouse.dsn: not a URL; want http://user:password@host:8123 or clickhouse://user:password@host:9000")
	}
	switch u.Scheme {
	case "http", "https", "clickhouse", "tcp":
	default:
		return fmt.Errorf("clickhouse.dsn: scheme %q is none of http, https, clickhouse", u.Scheme)
	}
	if u.Host == "" {
		return fmt.Errorf("clickhouse.dsn: no host; want http://user:password@host:8123 or clickhouse://user:password@host:9000")
	}
	return nil
}

// MaskDSN replaces the password of a DSN, for people to read.
func MaskDSN(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "(not a URL)"
	}
	q := u.Query()
	if q.Has("password") {
		q.Set("password", "***")
		u.RawQuery = q.Encode()
	}
	return strings.ReplaceAll(u.Redacted(), "xxxxx@", "***@")
}

// migration is what the migrations need to know.
func (c Config) migration() migrate.Options {
	return migrate.Options{Server: "ClickHouse at " + MaskDSN(c.DSN), Database: c.Database, Cluster: c.Cluster, EnginePrefix: c.EnginePrefix, Days: c.Retention.days()}
}

// days lists the retention by the name of the view.
func (r Retention) days() map[string]int {
	return map[string]int{
		"sessions": r.Sessions, "step_visits": r.StepVisits, "signals": r.Signals, "step_scores": r.StepScores,
		"step_panes": r.StepPanes, "late_events": r.LateEvents, "rejected_events": r.RejectedEvents, "alerts": r.Alerts,
	}
}

// options turns the DSN into what the client wants. The database of the DSN is
// not used: every statement names its own, so that it may not exist yet.
func options(cfg Config) (*clickhouse.Options, error) {
	dsn := cfg.DSN
	if u, err := url.Parse(dsn); err == nil && u.Scheme == "https" && !u.Query().Has("secure") {
		q := u.Query()
		q.Set("secure", "true")
		u.RawQuery = q.Encode()
		dsn = u.String()
	}
	opts, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("clickhouse.dsn: %s is not understood: %w", MaskDSN(cfg.DSN), err)
	}
	opts.Auth.Database = ""
	if err := cfg.TLS.trust(opts); err != nil {
		return nil, err
	}
	if opts.Compression == nil {
		opts.Compression = &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	opts.MaxOpenConns = max(opts.MaxOpenConns, cfg.Connections+2)
	opts.MaxIdleConns = max(opts.MaxIdleConns, cfg.Connections+2)
	opts.DialTimeout = min(cfg.AttemptTimeout, 10*time.Second)
	opts.ReadTimeout = cfg.AttemptTimeout
	opts.ClientInfo = clickhouse.ClientInfo{Products: []struct{ Name, Version string }{{Name: "friction"}}}
	return opts, nil
}

// trust sets whose certificates are believed.
func (t TLS) trust(o *clickhouse.Options) error {
	if t.CA == "" {
		return nil
	}
	if o.TLS == nil {
		return errors.New("clickhouse.tls.ca: given, though clickhouse.dsn does not ask for TLS (https://, or ?secure=true)")
	}
	o.TLS.RootCAs = x509.NewCertPool()
	if !o.TLS.RootCAs.AppendCertsFromPEM([]byte(t.CA)) {
		return errors.New("clickhouse.tls.ca: holds no PEM certificate")
	}
	return nil
}
