package app

import (
	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/console"
)

// readySeries are the conditions of readiness as metrics, asked for when they are read.
type readySeries struct {
	ready func() []console.Condition
	desc  *prometheus.Desc
}

func newReadySeries(ready func() []console.Condition) *readySeries {
	return &readySeries{ready, prometheus.NewDesc("friction_ready", "1 when the condition of readiness holds, else 0; /readyz?verbose says why.", []string{"condition"}, nil)}
}

// Describe implements prometheus.Collector.
func (s *readySeries) Describe(out chan<- *prometheus.Desc) { out <- s.desc }

// Collect implements prometheus.Collector.
func (s *readySeries) Collect(out chan<- prometheus.Metric) {
	for _, c := range s.ready() {
		value := 0.0
		if c.OK {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, value, c.Name)
	}
}
