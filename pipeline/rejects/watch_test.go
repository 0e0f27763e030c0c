package rejects

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

const ncsa = `203.0.113.9 - - [10/Oct/2025:13:55:36 -0700] "GET /secret HTTP/1.0" 200 2326`

// minute feeds records over a bit more than a window.
func minute(w *Watch, records, rejected int, why event.Rejection) {
	for i := range 10 {
		for r := range rejected / 10 {
			w.Rejected("clickstream", 3, &event.Record{Offset: int64(i*1000 + r), Value: []byte(ncsa)}, why)
		}
		w.Read(records / 10)
		time.Sleep(6 * time.Second)
	}
	w.Read(0)
}

func TestTooManyRejectedAreSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		w := New(Options{Share: .05, Format: decode.Native, Log: zap.New(core)})
		malformed := event.Rejection{Reason: event.Malformed, Detail: "at byte 0: want an object"}
		said := func(what string, lines int, note string) {
			t.Helper()
			if got := logs.TakeAll(); len(got) != lines {
				t.Errorf("%s: the log says %v", what, got)
			}
			if got := w.Note(); !strings.Contains(got, note) {
				t.Errorf("%s: %q, want %q", what, got, note)
			}
		}
		said("at the start", 0, "no full minute")
		minute(w, 1000, 50, malformed)
		said("at the limit", 0, "50 of 1000 records of the last full minute could not be read")
		minute(w, 1000, 500, malformed)
		said("above it", 1, "500 of 1000 records of a minute could not be read as native; most: malformed: at byte 0: want an object (topic clickstream, partition 3, offset 0); "+
			"it looks like an access log: set input.format to ncsa")
		if strings.Contains(w.Note(), "secret") {
			t.Errorf("the note holds a record: %s", w.Note())
		}
		registry := prometheus.NewRegistry()
		registry.MustRegister(w.Metric())
		if families, err := registry.Gather(); err != nil || len(families) != 1 || families[0].GetMetric()[0].GetGauge().GetValue() != .5 {
			t.Errorf("the metric is %v, %v", families, err)
		}
		minute(w, 1000, 900, malformed)
		said("for another minute", 0, "900 of 1000")
		minute(w, 0, 0, malformed)
		said("while nothing comes", 0, "900 of 1000")
		minute(w, 1000, 10, malformed)
		said("when it is over", 1, "10 of 1000 records of the last full minute")
		minute(w, 1000, 600, event.Rejection{Reason: event.TimeFuture})
		said("clocks", 0, "0 of 1000")
		minute(w, 1000, 1000, event.Rejection{Reason: event.MissingUser})
		said("again", 1, "most: missing_user (topic")
	})
}

// It is said at the end of the minute, also if no record comes after it.
func TestItIsSaidWhenNothingMoreComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		w := New(Options{Share: .05, Format: decode.Native, Log: zap.New(core)})
		for range 20 {
			w.Rejected("t", 0, &event.Record{Value: []byte(ncsa)}, event.Rejection{Reason: event.Malformed})
		}
		w.Read(100)
		time.Sleep(window)
		synctest.Wait()
		if logs.Len() != 1 {
			t.Errorf("the log says %v", logs.All())
		}
	})
}

func TestFewRecordsAreNoNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.InfoLevel)
		w, off := New(Options{Share: .05, Format: decode.Native, Log: zap.New(core)}), New(Options{Format: decode.Native, Log: zap.New(core)})
		for range 9 {
			w.Rejected("t", 0, &event.Record{Value: []byte("x")}, event.Rejection{Reason: event.Malformed})
		}
		w.Read(9)
		time.Sleep(2 * window)
		minute(off, 1000, 1000, event.Rejection{Reason: event.Malformed})
		if w.Note() != "9 of 9 records of the last full minute could not be read" || logs.Len() > 0 {
			t.Errorf("%q, %v", w.Note(), logs.All())
		}
		var none *Watch
		none.Rejected("t", 0, &event.Record{}, event.Rejection{Reason: event.Malformed})
		none.Read(1)
	})
}
