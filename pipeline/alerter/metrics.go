package alerter

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/alert"
	"friction/pipeline/status"
)

// Metrics are what an alerter exposes.
type Metrics struct {
	Registry *prometheus.Registry

	leads     prometheus.Gauge
	evaluated prometheus.Gauge
	took      prometheus.Histogram
	series    prometheus.Gauge
	unwatched prometheus.Gauge
	open      *prometheus.GaugeVec
	changes   *prometheus.CounterVec
	delivered *prometheus.CounterVec
	failures  prometheus.Counter

	mu      sync.Mutex
	leading bool
	at      time.Time
}

// NewMetrics registers everything on a registry of its own.
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
	m.evaluated = gauge("judged_timestamp_seconds", "Event time up to which steps have been evaluated.")
	m.series = gauge("series", "Series that are watched.")
	m.unwatched = gauge("series_unwatched", "Series beyond alert.max_series.")
	m.took = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "friction_alert_judgement_duration_seconds", Help: "Time to read and evaluate one moment.", Buckets: prometheus.ExponentialBuckets(.005, 2, 12),
	})
	m.open = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "friction_alert_open", Help: "Open alerts."}, []string{"rule", "severity"})
	m.Registry.MustRegister(m.took, m.open)
	m.changes = counter("changes_total", "Alerts raised, updated and resolved.", "rule", "state")
	m.delivered = counter("notifications_total", "Changes that receivers have taken, or for good have not.", "receiver", "result")
	m.failures = counter("failures_total", "Times the tables could not be read or written.").WithLabelValues()
	return m
}

// observer keeps what an alerter reports.
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
			m.evaluated.Set(float64(at.UnixMilli()) / 1000)
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
			m.delivered.WithLabelValues(receiver, map[bool]string{true: "sent", false: "given_up"}[ok]).Inc()
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
		note = "working, nothing evaluated yet"
		if !m.at.IsZero() {
			note = "working, evaluated up to " + m.at.UTC().Format(time.RFC3339)
		}
	}
	return []status.Condition{{Name: "alerter", OK: true, Note: note}}
}
