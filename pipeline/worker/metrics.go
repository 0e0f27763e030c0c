package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/event"
	"friction/pipeline/sink"
	"friction/pipeline/status"
)

// Metrics are what a worker exposes. Times are exported as timestamps, so that
// ages are computed when they are read. What tasks know of themselves is read
// from them when it is asked for.
type Metrics struct {
	Registry *prometheus.Registry

	signals         *prometheus.CounterVec
	appends         prometheus.Histogram
	logged          prometheus.Counter
	snapshotSeconds prometheus.Histogram
	snapshotBytes   prometheus.Gauge
	inserts         *prometheus.HistogramVec
	rows            *prometheus.CounterVec
	retries         *prometheus.CounterVec
	lastWrite       prometheus.Gauge
	rejoins         prometheus.Counter
	memory          prometheus.Gauge
	delay           prometheus.Histogram

	deadLetters        *prometheus.CounterVec
	refused            *prometheus.CounterVec
	deadLetterFailures prometheus.Counter
	decoding           *decodeMetrics
}

// NewMetrics registers everything on a registry of its own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{Registry: status.NewRegistry(version)}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "friction_" + name, Help: help, Buckets: buckets})
		m.Registry.MustRegister(h)
		return h
	}
	seconds := prometheus.ExponentialBuckets(0.001, 2, 16)
	m.appends = histogram("checkpoint_duration_seconds", "Time to log an epoch.", seconds)
	m.snapshotSeconds = histogram("checkpoint_base_duration_seconds", "Time to write a snapshot.", seconds)
	m.delay = histogram("event_to_score_seconds", "From an epoch's watermark to its rows being in ClickHouse.", prometheus.ExponentialBuckets(0.25, 1.5, 20))
	m.logged = prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_checkpoint_row_bytes_total", Help: "Bytes of rows logged."})
	m.snapshotBytes = prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_state_bytes", Help: "Size of the last snapshot written."})
	m.lastWrite = prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_sink_last_success_timestamp_seconds", Help: "When ClickHouse last took rows."})
	m.rejoins = prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_group_generations_total", Help: "Generations of the consumer group joined."})
	m.memory = prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_memory_limit_bytes", Help: "Memory the process may use: GOMEMLIMIT, else nine tenths of its control group's limit; 0 for no limit."})
	m.inserts = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "friction_sink_insert_duration_seconds", Help: "Time of one insert.", Buckets: seconds}, []string{"table"})
	m.rows = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_sink_rows_total", Help: "Rows ClickHouse has acknowledged."}, []string{"table"})
	m.retries = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_sink_retries_total", Help: "Inserts that failed and were tried again."}, []string{"reason"})
	m.signals = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_signals_total", Help: "Signals logged by this process, by kind."}, []string{"signal"})
	m.deadLetters = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_dead_letters_total", Help: "Dead letters written, by reason."}, []string{"reason"})
	m.refused = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_sink_refused_rows_total", Help: "Rows that ClickHouse refused by themselves, set aside as dead letters."}, []string{"table"})
	m.deadLetterFailures = prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_dead_letter_failures_total", Help: "Tries to write dead letters that failed."})
	m.Registry.MustRegister(m.logged, m.snapshotBytes, m.lastWrite, m.rejoins, m.memory, m.inserts, m.rows, m.retries, m.signals, m.deadLetters, m.refused, m.deadLetterFailures)
	m.decoding = newDecodeMetrics(m.Registry)
	return m
}

// observer tells the sink where to report.
func (m *Metrics) observer() sink.Observer {
	return sink.Observer{
		Inserted: func(table string, rows int, took time.Duration) {
			m.inserts.WithLabelValues(table).Observe(took.Seconds())
			m.rows.WithLabelValues(table).Add(float64(rows))
			m.lastWrite.SetToCurrentTime()
		},
		Retried: func(_, reason string) { m.retries.WithLabelValues(reason).Inc() },
	}
}

// appended reports an epoch that is logged.
func (m *Metrics) appended(took time.Duration, rowBytes int, signals []string) {
	m.appends.Observe(took.Seconds())
	m.logged.Add(float64(rowBytes))
	for _, kind := range signals {
		m.signals.WithLabelValues(kind).Inc()
	}
}

// snapshotWritten reports a snapshot that is logged.
func (m *Metrics) snapshotWritten(took time.Duration, size int) {
	m.snapshotSeconds.Observe(took.Seconds())
	m.snapshotBytes.Set(float64(size))
}

// inserted reports rows that are in ClickHouse, of an epoch with this watermark.
func (m *Metrics) inserted(watermark event.Millis) {
	if watermark > 0 {
		m.delay.Observe(time.Since(time.UnixMilli(int64(watermark))).Seconds())
	}
}
