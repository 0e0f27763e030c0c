package worker

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/decode"
)

// decodeMetrics count what decoding leaves out of events or corrects in them, so that a source that writes
// something wrongly is seen although its events are taken. Records that a recovery decodes again count again.
type decodeMetrics struct {
	dropped *prometheus.CounterVec
	mended  prometheus.Counter
	assumed prometheus.Counter
	said    atomic.Bool // that times are taken as UTC
}

func newDecodeMetrics(r *prometheus.Registry) *decodeMetrics {
	m := &decodeMetrics{
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "friction_fields_dropped_total", Help: "Values of optional fields that were not what the field should be and were left out of their event.",
		}, []string{"field"}),
		mended:  prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_records_mended_total", Help: "Records with bytes that are not UTF-8, which were replaced."}),
		assumed: prometheus.NewCounter(prometheus.CounterOpts{Name: "friction_times_assumed_utc_total", Help: "Times without an offset that were taken as UTC."}),
	}
	r.MustRegister(m.dropped, m.mended, m.assumed)
	return m
}

// decoded is what a decoder had left out or corrected when it was last looked at.
type decoded struct {
	dropped decode.Dropped
	counts  decode.Counts
}

// show adds what a decoder has counted since it was last looked at. firstUTC is true once: the first time that any
// decoder has taken a time as UTC.
func (m *decodeMetrics) show(d *decode.Decoder, last *decoded) (firstUTC bool) {
	now := decoded{d.Dropped(), d.Counts()}
	if now == *last {
		return false
	}
	now.dropped.Since(&last.dropped, func(field string, n uint64) { m.dropped.WithLabelValues(field).Add(float64(n)) })
	more := now.counts.Since(last.counts)
	m.mended.Add(float64(more.Mended))
	m.assumed.Add(float64(more.AssumedUTC))
	*last = now
	return more.AssumedUTC > 0 && m.said.CompareAndSwap(false, true)
}
