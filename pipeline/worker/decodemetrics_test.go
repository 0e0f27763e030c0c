package worker

import (
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/decode"
	"friction/pipeline/event"
)

// What a decoder leaves out is shown once, whoever looks how often, and the first time that is taken as UTC is said.
func TestWhatDecodingLeavesOut(t *testing.T) {
	registry := prometheus.NewRegistry()
	m := newDecodeMetrics(registry)
	newDecoder := func() *decode.Decoder {
		d, err := decode.New(decode.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	feed := func(d *decode.Decoder, values ...string) {
		for _, value := range values {
			var e event.Event
			if r := d.Decode(&event.Record{NoKey: true, Time: event.Never, Value: []byte(value)}, &e); r.Reason != event.Accepted {
				t.Fatal(r)
			}
		}
	}
	const local = `{"time":"2026-03-01 10:00:00","user":"u","type":"click"}`
	first, second := newDecoder(), newDecoder()
	var ofFirst, ofSecond decoded
	feed(first, `{"time":1772359200,"user":"u","type":"request","status":-1,"context":7}`, "{\"time\":1772359200,\"user\":\"u\xff\",\"type\":\"click\",\"status\":{}}")
	for range 2 {
		if m.show(first, &ofFirst) {
			t.Error("no time was taken as UTC, and that was said")
		}
	}
	feed(first, local, local)
	if !m.show(first, &ofFirst) {
		t.Error("the first time without an offset is not said")
	}
	feed(second, local)
	if m.show(second, &ofSecond) {
		t.Error("it is said twice")
	}
	got := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := family.GetName()
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = metric.GetCounter().GetValue()
		}
	}
	want := map[string]float64{
		"friction_fields_dropped_total status": 2, "friction_fields_dropped_total context": 1, "friction_records_mended_total": 1, "friction_times_assumed_utc_total": 3,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
