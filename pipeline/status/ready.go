package status

import "github.com/prometheus/client_golang/prometheus"

// Readiness shows the conditions of readiness as metrics, asked for when they are read.
type Readiness struct {
	ready func() []Condition
	desc  *prometheus.Desc
}

// NewReadiness shows what ready returns.
func NewReadiness(ready func() []Condition) *Readiness {
	return &Readiness{ready, prometheus.NewDesc("friction_ready", "1 when the condition of readiness holds, else 0; /readyz?verbose says why.", []string{"condition"}, nil)}
}

// Describe implements prometheus.Collector.
func (s *Readiness) Describe(out chan<- *prometheus.Desc) { out <- s.desc }

// Collect implements prometheus.Collector.
func (s *Readiness) Collect(out chan<- prometheus.Metric) {
	for _, c := range s.ready() {
		value := 0.0
		if c.OK {
			value = 1
		}
		out <- prometheus.MustNewConstMetric(s.desc, prometheus.GaugeValue, value, c.Name)
	}
}
