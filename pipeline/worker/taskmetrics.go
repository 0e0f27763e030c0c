package worker

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/event"
)

// taskMetrics are the metrics of tasks, made of their status when they are asked
// for, so that a task that has moved leaves none behind.
type taskMetrics struct {
	status func() []TaskStatus

	consumed, rejected, late, others *prometheus.Desc
	missed, forgotten, limits        *prometheus.Desc
	unfinished                       *prometheus.Desc
	position, lag, lagSeconds, first *prometheus.Desc
	watermark, sessions, epoch, rows *prometheus.Desc
	deadLetters, progress            *prometheus.Desc
}

// newTaskMetrics describes the series of whatever status returns.
func newTaskMetrics(status func() []TaskStatus) *taskMetrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("friction_"+name, help, labels, nil)
	}
	return &taskMetrics{
		status:      status,
		consumed:    desc("events_consumed_total", "Records consumed since the run began.", "partition"),
		rejected:    desc("events_rejected_total", "Records that could not be decoded since the run began.", "partition", "reason"),
		late:        desc("events_late_total", "Events that came too late since the run began: set aside, joined without being seen by detectors, or taken into overdue sessions.", "partition", "fate"),
		missed:      desc("events_missed_total", "Records that retention removed before they could be read, since the run began: they are lost.", "partition"),
		forgotten:   desc("closed_sessions_forgotten_total", "Closed sessions beyond sessions.max_closed since the run began: overdue events as old as these are late.", "partition"),
		limits:      desc("limit_reached_total", "What was left out because of a limit inside a session, since the run began.", "partition", "limit"),
		unfinished:  desc("attempts_forgotten_total", "Unfinished attempts beyond journeys.max_unfinished since the run began: they cannot be continued any more.", "partition"),
		others:      desc("events_total", "Records since the run began, by what became of them.", "partition", "fate"),
		position:    desc("consumer_current_offset", "Offset of the next record to read.", "topic", "partition"),
		first:       desc("consumer_log_start_offset", "Offset of the first record that retention has left.", "topic", "partition"),
		lag:         desc("consumer_lag_records", "Records not yet read.", "topic", "partition"),
		lagSeconds:  desc("consumer_lag_seconds", "Age of the newest event read, while there is something left to read.", "topic", "partition"),
		watermark:   desc("watermark_timestamp_seconds", "Event time up to which everything has been taken.", "partition"),
		sessions:    desc("sessions_open", "Open sessions.", "partition"),
		epoch:       desc("epoch", "Number of the last epoch made.", "partition"),
		deadLetters: desc("dead_letters_waiting", "Dead letters of logged epochs that are not yet in their topic.", "partition"),
		progress:    desc("last_progress_timestamp_seconds", "When the task last ended an epoch, or found that there was nothing to do.", "partition"),
		rows:        desc("unflushed_bytes", "Bytes of logged rows not yet in ClickHouse.", "partition"),
	}
}

// Describe implements prometheus.Collector.
func (s *taskMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		s.consumed, s.missed, s.forgotten, s.unfinished, s.limits, s.rejected, s.late, s.others, s.position, s.first, s.lag, s.lagSeconds, s.watermark, s.sessions, s.epoch, s.rows, s.deadLetters, s.progress,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *taskMetrics) Collect(out chan<- prometheus.Metric) {
	for _, t := range s.status() {
		partition := strconv.Itoa(int(t.Partition))
		count := func(d *prometheus.Desc, n uint64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
		}
		gauge := func(d *prometheus.Desc, v float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
		}
		c := &t.Counters
		count(s.consumed, c.Consumed, partition)
		count(s.missed, c.Missed, partition)
		for r := event.Reason(1); r < event.NumReasons; r++ {
			if r != event.Late {
				count(s.rejected, c.ByReason[r], partition, r.String())
			}
		}
		for l := range event.NumLimits {
			count(s.limits, c.ByLimit[l], partition, l.String())
		}
		count(s.late, c.Late, partition, "set_aside")
		count(s.late, c.LateJoined, partition, "joined")
		count(s.late, c.Overdue, partition, "overdue")
		count(s.forgotten, c.ClosedForgotten, partition)
		count(s.unfinished, c.AttemptsForgotten, partition)
		count(s.others, c.Filtered, partition, "filtered")
		count(s.others, c.Duplicates, partition, "duplicate")
		count(s.others, c.Capped, partition, "capped")
		count(s.others, c.Unattended, partition, "unattended")
		count(s.others, c.InSessions, partition, "in_session")
		gauge(s.sessions, float64(t.Open), partition)
		gauge(s.epoch, float64(t.Epoch), partition)
		gauge(s.rows, float64(t.Unflushed), partition)
		gauge(s.progress, float64(t.Progress)/1000, partition)
		gauge(s.deadLetters, float64(t.DeadLetters), partition)
		if t.Watermark > 0 {
			gauge(s.watermark, float64(t.Watermark)/1000, partition)
		}
		for _, in := range t.Inputs {
			gauge(s.position, float64(in.Next), in.Topic, partition)
			if in.Start >= 0 {
				gauge(s.first, float64(in.Start), in.Topic, partition)
			}
			gauge(s.lag, float64(max(0, in.End-in.Next)), in.Topic, partition)
			age := 0.0
			if in.Next < in.End && in.TopicTime > 0 {
				age = time.Since(time.UnixMilli(int64(in.TopicTime))).Seconds()
			}
			gauge(s.lagSeconds, age, in.Topic, partition)
		}
	}
}
