package rejects

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/looks"
)

const (
	// window is the time over which the share is counted.
	window = time.Minute
	// fewest is how many records of a window must be rejected before anything is said: one bad record of two an hour
	// is no news.
	fewest = 10
	// headBytes is how much of an example is kept to say what it looks like.
	headBytes = 4 << 10
)

// Options say what is watched.
type Options struct {
	Share  float64       // of records rejected in a window, above which it is said; 0 says nothing
	Format decode.Format // that records are decoded as
	Log    *zap.Logger
}

// Watch counts what becomes of the records of a worker. Its methods may be called by several goroutines, and on nil.
type Watch struct {
	o     Options
	ratio prometheus.Gauge

	mu       sync.Mutex
	began    time.Time // of the window; zero before the first record
	records  uint64    // of the window
	rejected uint64
	reasons  [event.NumReasons]reason
	bad      bool   // the last full window was above the limit
	note     string // what is the case, for people
}

// reason counts records that were rejected for one reason, with the first of them as an example.
type reason struct {
	count  uint64
	place  string // topic, partition and offset
	detail string
	head   []byte
}

// New watches nothing yet.
func New(o Options) *Watch {
	return &Watch{
		o:    o,
		note: "no full minute has passed",
		ratio: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "friction_events_rejected_ratio", Help: "Share of the records of the last full minute that could not be decoded.",
		}),
	}
}

// Metric is the share of the last full window.
func (w *Watch) Metric() prometheus.Collector { return w.ratio }

// matters is false for reasons that say nothing about the format of a record.
func matters(r event.Reason) bool {
	return r != event.Empty && r != event.Nobody && r != event.TimeFuture && r != event.TimePast && r != event.Late
}

// Rejected counts a record that could not be decoded.
func (w *Watch) Rejected(topic string, partition int32, rec *event.Record, why event.Rejection) {
	if w == nil || !matters(why.Reason) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.began.IsZero() {
		w.began = time.Now()
	}
	if w.rejected++; w.rejected == fewest { // it is said even if nothing more comes
		time.AfterFunc(time.Until(w.began.Add(window)), func() { w.Read(0) })
	}
	r := &w.reasons[why.Reason]
	if r.count++; r.count == 1 {
		r.place = fmt.Sprintf("topic %s, partition %d, offset %d", topic, partition, rec.Offset)
		r.detail = why.Detail
		r.head = append(r.head[:0], rec.Value[:min(len(rec.Value), headBytes)]...)
	}
}

// Read counts records that were read, those that were rejected among them, and judges the window when it is over.
func (w *Watch) Read(records int) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.began.IsZero() {
		w.began = now
	}
	w.records += uint64(records)
	w.judge(now)
}

// Note says how much of the last full window could not be decoded, and why.
func (w *Watch) Note() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.began.IsZero() {
		w.judge(time.Now())
	}
	return w.note
}

// judge ends a window that is over.
func (w *Watch) judge(now time.Time) {
	if now.Sub(w.began) < window {
		return
	}
	share := 0.0
	if w.records > 0 {
		share = float64(w.rejected) / float64(w.records)
	}
	w.ratio.Set(share)
	switch bad := w.o.Share > 0 && w.rejected >= fewest && share > w.o.Share; {
	case bad:
		w.tell()
	case w.bad && w.records >= fewest:
		w.o.Log.Info("records can be read again", zap.Uint64("records", w.records), zap.Uint64("rejected", w.rejected))
		w.bad = false
	}
	if !w.bad {
		w.note = fmt.Sprintf("%d of %d records of the last full minute could not be read", w.rejected, w.records)
	}
	w.began, w.records, w.rejected = now, 0, 0
	for i := range w.reasons {
		w.reasons[i].count = 0
	}
}

// tell says once what is the case, and keeps the note up to date.
func (w *Watch) tell() {
	most := event.Reason(0)
	for r := range w.reasons {
		if w.reasons[r].count > w.reasons[most].count {
			most = event.Reason(r)
		}
	}
	r := &w.reasons[most]
	way := looks.At(r.head).InTopic(w.o.Format)
	if way == "" {
		way = "friction dlq list --each shows them"
	}
	cause := most.String()
	if r.detail != "" {
		cause += ": " + r.detail
	}
	w.note = fmt.Sprintf("%d of %d records of a minute could not be read as %s; most: %s (%s); %s",
		w.rejected, w.records, w.o.Format, cause, r.place, way)
	if !w.bad {
		w.o.Log.Warn("many records cannot be read; each is in rejected_events and in the dead-letter topic, and work goes on",
			zap.Uint64("rejected", w.rejected), zap.Uint64("records", w.records), zap.Float64("limit", w.o.Share),
			zap.String("format", string(w.o.Format)), zap.String("most_frequent", cause), zap.String("example", r.place), zap.String("way_out", way))
	}
	w.bad = true
}
