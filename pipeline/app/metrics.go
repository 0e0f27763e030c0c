package app

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"friction/pipeline/event"
	"friction/pipeline/sink"
)

// Metrics are what a worker exposes. Times are exported as timestamps, so that
// ages are computed when they are read.
type Metrics struct {
	Registry *prometheus.Registry

	records   *prometheus.GaugeVec
	reasons   *prometheus.GaugeVec
	signals   *prometheus.GaugeVec
	sessions  *prometheus.GaugeVec
	watermark *prometheus.GaugeVec
	lag       *prometheus.GaugeVec
	epoch     *prometheus.GaugeVec
	unflushed *prometheus.GaugeVec
	appends   prometheus.Histogram
	logged    prometheus.Counter
	bases     prometheus.Histogram
	baseBytes prometheus.Gauge
	inserts   *prometheus.HistogramVec
	rows      *prometheus.CounterVec
	retries   *prometheus.CounterVec
	lastWrite prometheus.Gauge
	rejoins   prometheus.Counter
	delay     prometheus.Histogram
}

// NewMetrics registers everything on a registry of its own.
func NewMetrics(version string) *Metrics {
	m := &Metrics{Registry: prometheus.NewRegistry()}
	task := []string{"partition"}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "friction_" + name, Help: help}, labels)
		m.Registry.MustRegister(g)
		return g
	}
	m.records = gauge("task_records", "Records since the run began, by what became of them; consumed is the sum of the others.", "partition", "fate")
	m.reasons = gauge("task_set_aside_records", "Records set aside since the run began, by reason.", "partition", "reason")
	m.signals = gauge("task_signals", "Signals found since the run began.", task...)
	m.sessions = gauge("sessions_open", "Open sessions.", task...)
	m.watermark = gauge("watermark_timestamp_seconds", "Event time up to which everything has been taken.", task...)
	m.lag = gauge("consumer_lag_records", "Records not yet read, over all topics.", task...)
	m.epoch = gauge("epoch", "Number of the last epoch made.", task...)
	m.unflushed = gauge("unflushed_bytes", "Bytes of logged rows not yet in ClickHouse.", task...)
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "friction_" + name, Help: help, Buckets: buckets})
		m.Registry.MustRegister(h)
		return h
	}
	seconds := prometheus.ExponentialBuckets(0.001, 2, 16)
	m.appends = histogram("checkpoint_append_duration_seconds", "Time to log an epoch.", seconds)
	m.bases = histogram("checkpoint_base_duration_seconds", "Time to write a base.", seconds)
	m.delay = histogram("event_to_row_seconds", "From an epoch's watermark to its rows being in ClickHouse.", prometheus.ExponentialBuckets(0.25, 1.5, 20))
	m.logged = prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_checkpoint_row_bytes_total", Help: "Bytes of rows logged."})
	m.baseBytes = prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_state_bytes", Help: "Size of the last base written."})
	m.lastWrite = prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_sink_last_success_timestamp_seconds", Help: "When ClickHouse last took rows."})
	m.rejoins = prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_group_generations_total", Help: "Generations of the consumer group joined."})
	m.inserts = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "friction_sink_insert_duration_seconds", Help: "Time of one insert.", Buckets: seconds}, []string{"table"})
	m.rows = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_sink_rows_total", Help: "Rows ClickHouse has acknowledged."}, []string{"table"})
	m.retries = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "friction_sink_retries_total", Help: "Inserts that failed and were tried again."}, []string{"reason"})
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "friction_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.Registry.MustRegister(m.logged, m.baseBytes, m.lastWrite, m.rejoins, m.inserts, m.rows, m.retries, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
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

// taskMetrics are the series of one task.
type taskMetrics struct {
	m         *Metrics
	partition string
}

func (m *Metrics) task(partition int32) *taskMetrics {
	return &taskMetrics{m, strconv.Itoa(int(partition))}
}

func (t *taskMetrics) status(s *TaskStatus) {
	c := &s.Counters
	for fate, n := range map[string]uint64{
		"consumed": c.Consumed, "filtered": c.Filtered, "rejected": c.Rejected, "late": c.Late, "duplicate": c.Duplicates,
		"capped": c.Capped, "pending": c.Pending, "in_session": c.InSessions,
	} {
		t.m.records.WithLabelValues(t.partition, fate).Set(float64(n))
	}
	for r := event.Reason(1); r < event.NumReasons; r++ {
		if n := c.ByReason[r]; n > 0 {
			t.m.reasons.WithLabelValues(t.partition, r.String()).Set(float64(n))
		}
	}
	t.m.signals.WithLabelValues(t.partition).Set(float64(c.Signals))
	t.m.sessions.WithLabelValues(t.partition).Set(float64(s.Open))
	t.m.lag.WithLabelValues(t.partition).Set(float64(s.Lag))
	t.m.epoch.WithLabelValues(t.partition).Set(float64(s.Epoch))
	if s.Watermark != event.Beginning {
		t.m.watermark.WithLabelValues(t.partition).Set(float64(s.Watermark) / 1000)
	}
}

func (t *taskMetrics) appended(took time.Duration, rowBytes int) {
	t.m.appends.Observe(took.Seconds())
	t.m.logged.Add(float64(rowBytes))
}

func (t *taskMetrics) based(took time.Duration, size int) {
	t.m.bases.Observe(took.Seconds())
	t.m.baseBytes.Set(float64(size))
}

// inserted reports rows that are in ClickHouse, of an epoch with this watermark.
func (t *taskMetrics) inserted(watermark event.Millis, unflushed int64) {
	t.m.unflushed.WithLabelValues(t.partition).Set(float64(unflushed))
	if watermark > 0 {
		t.m.delay.Observe(time.Since(time.UnixMilli(int64(watermark))).Seconds())
	}
}

// gone removes the series of a task that is somebody else's by now.
func (t *taskMetrics) gone() {
	label := prometheus.Labels{"partition": t.partition}
	for _, v := range []*prometheus.GaugeVec{
		t.m.records, t.m.reasons, t.m.signals, t.m.sessions, t.m.watermark, t.m.lag, t.m.epoch, t.m.unflushed,
	} {
		v.DeletePartialMatch(label)
	}
}
