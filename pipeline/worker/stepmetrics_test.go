package worker

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

// gauges reads all gauges as text, sorted: name, label values, value.
func gauges(t testing.TB, c prometheus.Collector) []string {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(c)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, f := range families {
		for _, m := range f.GetMetric() {
			line := strings.TrimPrefix(f.GetName(), "friction_")
			for _, l := range m.GetLabel() {
				line += " " + l.GetValue()
			}
			lines = append(lines, fmt.Sprintf("%s = %.6g", line, m.GetGauge().GetValue()))
		}
	}
	slices.Sort(lines)
	return lines
}

const minute = 60_000

func windowRow(step string, start event.Millis, visits, pain uint64, signals ...score.Count) score.WindowRow {
	r := score.WindowRow{App: "shop", Journey: "checkout", Step: step, WindowStart: start, Size: 5 * minute}
	r.Sums = score.Sums{Visits: visits, Affected: min(visits, pain), Pain: pain, Signals: signals}
	r.Sums.Outcomes[journey.Dropped] = visits
	return r
}

func TestStepsShowTheirNewestCompleteWindow(t *testing.T) {
	s := newStepMetrics(MetricsConfig{Steps: 5}, score.DefaultConfig())
	rage := score.Count{Name: "rage_click", N: 3}
	s.add(0, 10*minute, []score.WindowRow{
		windowRow("payment", 4*minute, 9, 9e6), windowRow("payment", 5*minute, 4, 1_000_000, rage), windowRow("payment", 6*minute, 1, 0),
	})
	s.add(1, 11*minute+1, []score.WindowRow{windowRow("payment", 6*minute, 4, 3_000_000)}) // another partition is further on
	want := []string{
		"step_affected_visits shop checkout payment = 8",
		"step_outcome_visits shop checkout advanced payment = 0",
		"step_pain shop checkout payment = 4",
		"step_score shop checkout payment = 50",
		"step_series_omitted = 0",
		"step_signals shop checkout rage_click payment = 3",
		"step_visits shop checkout payment = 8",
	}
	got := gauges(t, s)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("no %q in\n%s", line, strings.Join(got, "\n"))
		}
	}
	s.add(0, 20*minute, nil) // nobody comes any more
	if got := gauges(t, s); !slices.Contains(got, "step_visits shop checkout payment = 4") || !slices.Contains(got, "step_signals shop checkout rage_click payment = 0") {
		t.Errorf("after a silence:\n%s", strings.Join(got, "\n"))
	}
	s.forget(1)
	if got := gauges(t, s); !slices.Contains(got, "step_visits shop checkout payment = 0") {
		t.Errorf("after a partition has left:\n%s", strings.Join(got, "\n"))
	}
	s.forget(0)
	if got := gauges(t, s); !slices.Equal(got, []string{"step_series_omitted = 0"}) {
		t.Errorf("after all have left:\n%s", strings.Join(got, "\n"))
	}
}

func TestStepsAreBounded(t *testing.T) {
	s := newStepMetrics(MetricsConfig{Steps: 2, Pages: 1}, score.DefaultConfig())
	page := func(name string, start event.Millis) score.WindowRow {
		r := windowRow(name, start, 1, 0)
		r.Journey = journey.Site
		return r
	}
	var rows []score.WindowRow
	for i := range 50 {
		rows = append(rows, windowRow(fmt.Sprint("step", i), 5*minute, 1, 0), page(fmt.Sprint("/page", i), 5*minute))
	}
	s.add(0, 10*minute, rows)
	visits := func() (lines []string) {
		for _, line := range gauges(t, s) {
			if strings.HasPrefix(line, "step_visits ") || strings.HasPrefix(line, "step_series") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	if got, want := visits(), []string{"step_series_omitted = 97", "step_visits shop checkout step0 = 1", "step_visits shop checkout step1 = 1", "step_visits shop site /page0 = 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s.add(0, 30*minute, []score.WindowRow{page("/page7", 25*minute)}) // the old page is gone, but only after the new one came
	s.add(0, 31*minute, []score.WindowRow{page("/page7", 26*minute)})
	if got, want := visits(), []string{"step_series_omitted = 96", "step_visits shop checkout step0 = 0", "step_visits shop checkout step1 = 0", "step_visits shop site /page7 = 1"}; !slices.Equal(got, want) {
		t.Errorf("later: got %q, want %q", got, want)
	}
	off := newStepMetrics(MetricsConfig{}, score.DefaultConfig())
	off.add(0, 10*minute, rows)
	if got := gauges(t, off); !slices.Equal(got, []string{"step_series_omitted = 0"}) {
		t.Errorf("switched off: %q", got)
	}
}

// However rows come in, what is shown is the sum over partitions of the last version of the window that ended last by
// the partition's watermark.
func TestStepsAreTheSumsOfTheirRows(t *testing.T) {
	draw := rand.New(rand.NewPCG(7, 7))
	c := score.DefaultConfig()
	c.Size, c.Slide = 3*time.Minute, time.Minute
	s := newStepMetrics(MetricsConfig{Steps: 10}, c)
	type key struct {
		partition int32
		step      string
		start     event.Millis
	}
	last := map[key]uint64{}
	now := map[int32]event.Millis{0: 60 * minute, 1: 60 * minute, 2: 60 * minute}
	for range 2000 {
		p := int32(draw.IntN(3))
		now[p] += event.Millis(draw.IntN(40_000))
		var rows []score.WindowRow
		for range draw.IntN(3) {
			k := key{p, fmt.Sprint("s", draw.IntN(3)), (now[p]/minute - event.Millis(draw.IntN(4))) * minute}
			last[k] = draw.Uint64N(100)
			rows = append(rows, windowRow(k.step, k.start, last[k], 0))
		}
		s.add(p, now[p], rows)
		for _, step := range []string{"s0", "s1", "s2"} {
			var want uint64
			for k, visits := range last {
				if k.step == step && k.start+3*minute <= now[k.partition] && k.start+4*minute > now[k.partition] {
					want += visits
				}
			}
			if known := s.steps[seriesKey{"shop", "checkout", step}]; known != nil {
				if got, _ := s.sum(known); got.Visits != want {
					t.Fatalf("step %s: %d visits, want %d", step, got.Visits, want)
				}
			} else if want != 0 {
				t.Fatalf("step %s is not shown, want %d visits", step, want)
			}
		}
	}
}
