package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func sampleResults() *results {
	run := func(events int, cpu, wall, mb float64) *measured {
		return &measured{Events: events, CPU: cpu, Wall: wall, PeakMB: mb, Servers: map[string]float64{"kafka": cpu / 4}}
	}
	r := &results{options: options{Events: 1_000_000, Runs: 3, JSON: true}, runs: map[string][]*measured{
		ceilingName:  {run(1e6, 2, 1, 100), run(1e6, 4, 2, 110), run(1e6, 2, 1, 90)},
		pipelineName: {run(1e6, 2.5, 2, 300), run(1e6, 5, 4, 310), run(1e6, 4, 3, 290)},
		peersName:    {run(1e6, 2, 2, 200), run(1e6, 2, 2, 200), run(1e6, 4, 3, 200)},
		endToEndName: {run(1e6, 5, 5, 400)},
		memoryName:   {{Memory: &footprint{Sessions: 1000, EventsEach: 20, BytesPerSession: 770, BytesOfIDs: 250, WindowsMB: 3.25}}},
	}, latency: &latency{
		EventsPerSecond: 50_000, Signals: quantiles{100, 12, 12.5, 13}, Visits: quantiles{100, 11, 12, 13}, Scores: quantiles{100, 14, 19, 20},
		Inserts: map[string]int{"signals_log": 30, "step_visits_log": 10}, Seconds: 10,
	}}
	r.runs[endToEndName][0].Inserts = map[string]int{"signals_log": 5, "progress_log": 2}
	return r
}

func TestTableHoldsFiguresToTheirBars(t *testing.T) {
	var out bytes.Buffer
	r := sampleResults()
	r.options.JSON = false
	if err := r.write(&out); err != nil {
		t.Fatal(err)
	}
	want := strings.TrimPrefix(`
measurement   events/CPU-s   min - max       events/s   peak MB   of ceiling   min - max     bar               verdict
ceiling       500 k          250 k - 500 k   1000 k     110                                                    
pipeline      250 k          200 k - 400 k   333 k      310       0.80         0.50 - 0.80   ≥ 330 k, ≥ 0.65   missed by 32 %, met
peers_job     500 k          250 k - 500 k   500 k      200       1.00         0.50 - 2.00   ≥ 390 k           met
end_to_end    200 k          200 k - 200 k   200 k      400       0.40         0.40 - 0.40                     

figure                                  measured   bar    verdict
bytes per open session                  770        ≤ 700  missed by 10 %
seconds from event to signal, p99       12.5       ≤ 13   met
seconds from event to visit, p99        12         ≤ 13   met
seconds from event to score, p99        19         ≤ 18   missed by 6 %
inserts a second, most in signals_log   3          ≤ 2    missed by 50 %
memory: 1000 sessions of 20 events; beside it 250 bytes a session of ids for de-duplication, 3.2 MB of windows in all
latency: at 50000 events/s; medians 12.0 s signals, 11.0 s visits, 14.0 s scores; traffic at most 0.00 s late
end_to_end: beside the worker, CPU-seconds per million events: kafka 1.25
`, "\n")
	squeeze := func(s string) string {
		var lines []string
		for line := range strings.Lines(s) {
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
		return strings.Join(lines, "\n")
	}
	if got := out.String(); squeeze(got) != squeeze(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestJSONIsTheLastLine(t *testing.T) {
	var out bytes.Buffer
	if err := sampleResults().write(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	var got struct {
		Ceiling, Pipeline struct {
			PerCPU  float64 `json:"events_per_cpu_second"`
			PerWall float64 `json:"events_per_second"`
			Peak    float64 `json:"peak_rss_mb"`
			Ratio   float64 `json:"ratio_to_ceiling"`
			Bars    []verdict
		}
		EndToEnd struct {
			Servers map[string]float64 `json:"server_cpu_seconds_per_million_events"`
		} `json:"end_to_end"`
		Memory  struct{ Bars []verdict }
		Latency struct {
			Scores struct {
				P99 float64 `json:"p99_seconds"`
			}
			Bars []verdict
		}
		Inserts struct {
			ByTable map[string]float64 `json:"by_table"`
		} `json:"inserts_per_second"`
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &got); err != nil {
		t.Fatal(err)
	}
	p := got.Pipeline
	if got.Ceiling.PerCPU != 500_000 || p.PerCPU != 250_000 || p.PerWall != 333_333 || p.Peak != 310 || p.Ratio != .8 {
		t.Errorf("%+v", got)
	}
	if len(p.Bars) != 2 || p.Bars[0].Met || !p.Bars[1].Met || len(got.Latency.Bars) != 3 || got.Latency.Bars[2].Met || got.Memory.Bars[0].Met {
		t.Errorf("bars: %+v", got)
	}
	if got.EndToEnd.Servers["kafka"] != 1.25 || got.Latency.Scores.P99 != 19 || got.Inserts.ByTable["signals_log"] != 3 || got.Inserts.ByTable["progress_log"] != .4 {
		t.Errorf("%+v", got)
	}
}

// TestNothingMeasuredIsNothingPrinted: what was not asked for does not show up as
// zero.
func TestNothingMeasuredIsNothingPrinted(t *testing.T) {
	var out bytes.Buffer
	r := &results{options: options{JSON: true}, runs: map[string][]*measured{peersName: {{Events: 100, CPU: 1, Wall: 1}}}}
	if err := r.write(&out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Contains(got, ceilingName+`"`) || strings.Contains(got, memoryName) || strings.Contains(got, "ratio_to") || strings.Contains(got, "NaN") {
		t.Error(got)
	}
}

func TestMiddle(t *testing.T) {
	f := func(want spread, figures ...float64) {
		t.Helper()
		if got := middle(figures); got != want {
			t.Errorf("middle of %v is %v, want %v", figures, got, want)
		}
	}
	f(spread{})
	f(spread{3, 3, 3}, 3)
	f(spread{2, 1, 9}, 9, 1, 2)
	f(spread{2.5, 1, 9}, 9, 1, 2, 3)
}

// TestScoresFollowTheEmission: an event is in the windows that are written when
// the watermark passes the next multiple of emit, not before.
func TestScoresFollowTheEmission(t *testing.T) {
	rows := [][]string{ // task, watermark, when it was there
		{"0", "1000", "11000"},
		{"0", "4900", "15500"},
		{"0", "5100", "16000"},
		{"0", "9000", "20000"},
		{"0", "10200", "21000"},
		{"1", "5000", "15000"},
		{"1", "10000", "20000"},
	}
	q, err := scoresOf(rows, 2000, 2050, 5000)
	if err != nil {
		t.Fatal(err)
	}
	// Task 0 writes it at 5100, there at 16000; task 1 at 5000, there at 15000.
	if q.N != 2 || q.Worst != 14 || q.Median != 13 {
		t.Errorf("%+v", q)
	}
	q, err = scoresOf(rows[:5], 5100, 5150, 5000) // the watermark must be beyond it
	if err != nil || q.Worst != math.Round((21000-5100)/100)/10 {
		t.Errorf("%+v %v", q, err)
	}
	if _, err := scoresOf(nil, 0, 100, 5000); err == nil {
		t.Error("quantiles of nothing")
	}
	if _, err := scoresOf([][]string{{"0", "x", "1"}}, 0, 100, 5000); err == nil {
		t.Error("a word was taken for a number")
	}
}

func TestUsageIsPlausible(t *testing.T) {
	before := ownCPU()
	n := 0
	for range 50_000_000 {
		n = n*3 + 1
	}
	if n == 7 {
		t.Log(n)
	}
	if cpu := ownCPU() - before; cpu <= 0 || cpu > 30 {
		t.Errorf("%v seconds of CPU", cpu)
	}
	if mb := peakMB(); mb < 5 || mb > 10_000 {
		t.Errorf("%v MB", mb)
	}
}
