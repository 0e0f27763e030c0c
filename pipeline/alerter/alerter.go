package alerter

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"friction/pipeline/alert"
	"friction/pipeline/query"
	"friction/pipeline/sink"
	"friction/pipeline/status"
)

// Options are what an alerter is told. Log is required.
type Options struct {
	Config     alert.Config
	Slide      time.Duration // score.slide of the workers
	NotBefore  time.Time     // event time from which on it judges; zero: from where the last alerter ended
	ClickHouse sink.Config
	Log        *zap.Logger
	Version    string
	HTTP       status.Config // empty address: no HTTP
}

// Open connects an alerter to ClickHouse; close it after use.
func Open(o Options, observe alert.Observer) (*alert.Alerter, func() error, error) {
	reader, err := query.Open(query.Config{DSN: o.ClickHouse.DSN, CA: o.ClickHouse.TLS.CA, Database: o.ClickHouse.Database, Timeout: o.ClickHouse.AttemptTimeout})
	if err != nil {
		return nil, nil, err
	}
	tables, err := sink.Open(o.ClickHouse, o.Log, sink.Observer{})
	if err != nil {
		return nil, nil, errors.Join(err, reader.Close())
	}
	done := func() error { return errors.Join(reader.Close(), tables.Close()) }
	a, err := alert.New(alert.Options{
		Config: o.Config, Slide: o.Slide, NotBefore: o.NotBefore, Holder: holderName(), Reader: reader, Tables: tables, Log: o.Log, Observe: observe,
	})
	if err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return a, done, nil
}

// holderName is this process's alone.
func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	var b [6]byte
	_, _ = rand.Read(b[:]) // it never fails
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:]))
}

// Serve runs an alerter with its health and metrics over HTTP until ctx ends.
func Serve(ctx context.Context, o Options) (err error) {
	m := NewMetrics(o.Version)
	a, done, err := Open(o, m.observer())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	return status.RunBeside(ctx, o.Log, o.HTTP, status.Options{Ready: m.ready, Metrics: status.MetricsOf(m.Registry)}, a.Run)
}

// Metrics are what an alerter exposes.
type Metrics struct {
	Registry *prometheus.Registry

	leads     prometheus.Gauge
	judged    prometheus.Gauge
	took      prometheus.Histogram
	series    prometheus.Gauge
	unwatched prometheus.Gauge
	open      *prometheus.GaugeVec
	changes   *prometheus.CounterVec
	told      *prometheus.CounterVec
	failures  prometheus.Counter

	mu      sync.Mutex
	leading bool
	at      time.Time
}

func NewMetrics(version string) *Metrics {
	m := &Metrics{Registry: status.NewRegistry(version)}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_alert_" + name, Help: help})
		m.Registry.MustRegister(g)
		return g
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_alert_" + name, Help: help}, labels)
		m.Registry.MustRegister(c)
		return c
	}
	m.leads = gauge("leading", "1 while this alerter works, 0 while it stands by.")
	m.judged = gauge("judged_timestamp_seconds", "Event time up to which steps have been judged.")
	m.series = gauge("series", "Series that are watched.")
	m.unwatched = gauge("series_unwatched", "Series beyond alert.max_series.")
	m.took = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "friction_alert_judgement_duration_seconds", Help: "Time to read and judge one moment.", Buckets: prometheus.ExponentialBuckets(.005, 2, 12),
	})
	m.open = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "friction_alert_open", Help: "Open alerts."}, []string{"rule", "severity"})
	m.Registry.MustRegister(m.took, m.open)
	m.changes = counter("changes_total", "Alerts raised, updated and resolved.", "rule", "state")
	m.told = counter("notifications_total", "Changes that receivers have taken, or for good have not.", "receiver", "result")
	m.failures = counter("failures_total", "Times the tables could not be read or written.").WithLabelValues()
	return m
}

func (m *Metrics) observer() alert.Observer {
	return alert.Observer{
		Leads: func(yes bool) {
			m.mu.Lock()
			m.leading = yes
			m.mu.Unlock()
			m.leads.Set(map[bool]float64{true: 1}[yes])
			if !yes {
				m.open.Reset()
			}
		},
		Evaluated: func(at time.Time, took time.Duration, series, unwatched int) {
			m.mu.Lock()
			m.at = at
			m.mu.Unlock()
			m.judged.Set(float64(at.UnixMilli()) / 1000)
			m.took.Observe(took.Seconds())
			m.series.Set(float64(series))
			m.unwatched.Set(float64(unwatched))
		},
		Open: func(open []alert.Alert) {
			m.open.Reset()
			for i := range open {
				m.open.WithLabelValues(string(open[i].Rule), string(open[i].Severity)).Inc()
			}
		},
		Change: func(c alert.Change) { m.changes.WithLabelValues(string(c.Rule), string(c.State)).Inc() },
		Delivered: func(receiver string, ok bool) {
			m.told.WithLabelValues(receiver, map[bool]string{true: "sent", false: "given_up"}[ok]).Inc()
		},
		Failed: m.failures.Inc,
	}
}

// ready says whether the alerter does its part, which may be standing by.
func (m *Metrics) ready() []status.Condition {
	m.mu.Lock()
	defer m.mu.Unlock()
	note := "standing by"
	if m.leading {
		note = "working, nothing judged yet"
		if !m.at.IsZero() {
			note = "working, judged up to " + m.at.UTC().Format(time.RFC3339)
		}
	}
	return []status.Condition{{Name: "alerter", OK: true, Note: note}}
}

// Shown is an alert for people and programs.
type Shown struct {
	ID        string    `json:"alert_id"`
	State     string    `json:"state"`
	Rule      string    `json:"rule"`
	Severity  string    `json:"severity"`
	App       string    `json:"app"`
	Journey   string    `json:"journey"`
	Step      string    `json:"step"`
	Dimension string    `json:"dimension"`
	Value     string    `json:"value"`
	Metric    string    `json:"metric"`
	Observed  float64   `json:"observed"`
	Expected  float64   `json:"expected"`
	Visits    uint64    `json:"visits"`
	Since     time.Time `json:"since"`
	RaisedAt  time.Time `json:"raised_at"`
	// ResolvedAt is nil while it is open.
	ResolvedAt *time.Time `json:"resolved_at"`
	Title      string     `json:"title"`
}

func Show(a *alert.Alert) Shown {
	n := Shown{
		ID: a.ID.String(), State: string(a.State), Rule: string(a.Rule), Severity: string(a.Severity), App: a.App, Journey: a.Journey, Step: a.Step,
		Dimension: a.Dimension, Value: a.Value, Metric: string(a.Metric), Observed: a.Observed, Expected: a.Expected, Visits: a.Visits,
		Since: a.Since.UTC(), RaisedAt: a.RaisedAt.UTC(), Title: alert.Compose(alert.LinksConfig{}, a, nil).Title,
	}
	if !a.ResolvedAt.IsZero() {
		at := a.ResolvedAt.UTC()
		n.ResolvedAt = &at
	}
	return n
}

func ShowAll(alerts []alert.Alert) []Shown {
	news := []Shown{}
	for i := range alerts {
		news = append(news, Show(&alerts[i]))
	}
	return news
}

// Judged is what one judgement has come to.
type Found struct {
	Changes []Shown
	Open    []Shown // afterwards
}

// Once judges once. A dry one needs no lease, writes nothing and tells nobody.
func Once(ctx context.Context, o Options, dry bool) (found Found, err error) {
	var open []alert.Alert
	a, done, err := Open(o, alert.Observer{Open: func(all []alert.Alert) { open = all }})
	if err != nil {
		return Found{}, err
	}
	defer func() { err = errors.Join(err, done()) }()
	var changes []alert.Change
	if dry {
		changes, open, err = a.DryRun(ctx)
	} else {
		changes, err = a.RunOnce(ctx)
	}
	return Found{ShowAll(changes), ShowAll(open)}, err
}
