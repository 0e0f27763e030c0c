package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"friction/pipeline/engine"
)

// Bars.
const (
	pipelineBar = 330_000 // events a CPU-second
	ceilingBar  = 0.65    // of the ceiling, for pipeline
	peersBar    = 390_000 // events a CPU-second: 1.8 times the best peer
	memoryBar   = 700     // bytes per open session
	insertsBar  = 2       // a second and table
	latencyBar  = 3 * time.Second
)

// row is one line of the report. Figures that were not measured are zero.
type row struct {
	Name     string
	PerCPU   spread
	PerWall  float64
	PeakMB   float64
	Ratio    spread
	Verdicts []verdict
}

// verdict compares one figure with its bar.
type verdict struct {
	What string  `json:"what"`
	Got  float64 `json:"got"`
	Bar  float64 `json:"bar"`
	Met  bool    `json:"met"`
}

func atLeast(what string, got, bar float64) verdict { return verdict{what, got, bar, got >= bar} }
func atMost(what string, got, bar float64) verdict  { return verdict{what, got, bar, got <= bar} }

// rows are the measurements of throughput.
func (r *results) rows() (rows []row) {
	for _, name := range []string{ceilingName, engineName, pipelineName, peersName, endToEndName} {
		if len(r.runs[name]) == 0 {
			continue
		}
		x := row{
			Name: name, PerCPU: middle(r.each(name, (*measured).perCPU)), PerWall: middle(r.each(name, (*measured).perSecond)).Median,
			PeakMB: middle(r.each(name, func(m *measured) float64 { return m.PeakMB })).Max,
		}
		if name != ceilingName {
			x.Ratio = middle(r.ratios(name))
		}
		switch name {
		case pipelineName:
			x.Verdicts = append(x.Verdicts, atLeast("events_per_cpu_second", x.PerCPU.Median, pipelineBar))
			if x.Ratio.Median > 0 {
				x.Verdicts = append(x.Verdicts, atLeast("ratio_to_ceiling", x.Ratio.Median, ceilingBar))
			}
		case peersName:
			x.Verdicts = append(x.Verdicts, atLeast("events_per_cpu_second", x.PerCPU.Median, peersBar))
		}
		rows = append(rows, x)
	}
	return rows
}

// more are the other figures, in order, and the fields for JSON.
func (r *results) more() (verdicts []verdict, fields map[string]any) {
	fields = map[string]any{}
	rates := map[string]float64{}
	for _, m := range r.runs[endToEndName] {
		add(rates, m.Inserts, m.Wall)
	}
	if runs := r.runs[memoryName]; len(runs) > 0 {
		f := runs[0].Memory
		v := atMost("bytes per open session", f.BytesPerSession, memoryBar)
		verdicts = append(verdicts, v)
		fields[memoryName] = map[string]any{
			"sessions": f.Sessions, "events_per_session": f.EventsEach, "bytes_per_session": round(f.BytesPerSession, 0),
			"bytes_of_ids_per_session": round(f.BytesOfIDs, 0), "windows_mb": round(f.WindowsMB, 1), "peak_rss_mb": round(runs[0].PeakMB, 0),
			"bars": []verdict{v},
		}
	}
	if l := r.latency; l != nil {
		add(rates, l.Inserts, l.Seconds)
		c := engine.DefaultConfig()
		bar := (c.Sessions.Disorder + latencyBar).Seconds()
		list := []verdict{
			atMost("seconds from event to signal, p99", l.Signals.P99, bar), atMost("seconds from event to visit, p99", l.Visits.P99, bar),
			atMost("seconds from event to score, p99", l.Scores.P99, bar+c.Score.EmitEvery.Seconds()),
		}
		verdicts = append(verdicts, list...)
		fields[latencyName] = map[string]any{
			"events_per_second": round(l.EventsPerSecond, 0), "producer_behind_seconds": round(l.ProducerBehind, 3),
			"signals": l.Signals.fields(), "visits": l.Visits.fields(), "scores": l.Scores.fields(), "bars": list,
		}
	}
	if len(rates) > 0 {
		most := slices.MaxFunc(slices.Sorted(maps.Keys(rates)), func(a, b string) int { return cmpFloat(rates[a], rates[b]) })
		v := atMost("inserts a second, most in "+most, rates[most], insertsBar)
		verdicts = append(verdicts, v)
		for table := range rates {
			rates[table] = round(rates[table], 2)
		}
		fields["inserts_per_second"] = map[string]any{"by_table": rates, "bars": []verdict{v}}
	}
	return verdicts, fields
}

// add raises rates to those of one run.
func add(rates map[string]float64, inserts map[string]int, seconds float64) {
	for table, n := range inserts {
		rates[table] = max(rates[table], float64(n)/seconds)
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (q quantiles) fields() map[string]any {
	return map[string]any{"n": q.N, "median_seconds": round(q.Median, 2), "p99_seconds": round(q.P99, 2), "max_seconds": round(q.Worst, 2)}
}

// write prints the tables, and the JSON object if it is wanted.
func (r *results) write(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	rows := r.rows()
	if len(rows) > 0 {
		fmt.Fprintln(t, "measurement\tevents/CPU-s\tmin - max\tevents/s\tpeak MB\tof ceiling\tmin - max\tbar\tverdict")
	}
	for _, x := range rows {
		ratio, ratios := "", ""
		if x.Ratio.Median > 0 {
			ratio, ratios = fmt.Sprintf("%.2f", x.Ratio.Median), fmt.Sprintf("%.2f - %.2f", x.Ratio.Min, x.Ratio.Max)
		}
		bars, verdicts := "", ""
		for i, v := range x.Verdicts {
			if i > 0 {
				bars, verdicts = bars+", ", verdicts+", "
			}
			bars, verdicts = bars+"≥ "+figure(v.Bar), verdicts+v.word()
		}
		fmt.Fprintf(t, "%s\t%s\t%s - %s\t%s\t%.0f\t%s\t%s\t%s\t%s\n", x.Name, figure(x.PerCPU.Median), figure(x.PerCPU.Min), figure(x.PerCPU.Max),
			figure(x.PerWall), x.PeakMB, ratio, ratios, bars, verdicts)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	verdicts, fields := r.more()
	if len(rows) > 0 && len(verdicts) > 0 {
		fmt.Fprintln(out)
	}
	if len(verdicts) > 0 {
		fmt.Fprintln(t, "figure\tmeasured\tbar\tverdict")
	}
	for _, v := range verdicts {
		fmt.Fprintf(t, "%s\t%s\t≤ %s\t%s\n", v.What, figure(v.Got), figure(v.Bar), v.word())
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	r.notes(out)
	if !r.options.JSON {
		return nil
	}
	return r.json(out, rows, fields)
}

// notes are what a table has no place for.
func (r *results) notes(out io.Writer) {
	if runs := r.runs[memoryName]; len(runs) > 0 {
		f := runs[0].Memory
		fmt.Fprintf(out, "memory: %d sessions of %d events; beside it %.0f bytes a session of ids for de-duplication, %.1f MB of windows in all\n",
			f.Sessions, f.EventsEach, f.BytesOfIDs, f.WindowsMB)
	}
	if l := r.latency; l != nil {
		fmt.Fprintf(out, "latency: at %.0f events/s; medians %.1f s signals, %.1f s visits, %.1f s scores; traffic at most %.2f s late\n",
			l.EventsPerSecond, l.Signals.Median, l.Visits.Median, l.Scores.Median, l.ProducerBehind)
	}
	if servers := r.servers(endToEndName); len(servers) > 0 {
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(servers)) {
			parts = append(parts, fmt.Sprintf("%s %.2f", name, servers[name]))
		}
		fmt.Fprintf(out, "end_to_end: beside the worker, CPU-seconds per million events: %s\n", strings.Join(parts, ", "))
	}
}

// servers is the CPU of broker and ClickHouse, in seconds per million events.
func (r *results) servers(name string) map[string]float64 {
	all := map[string][]float64{}
	for _, m := range r.runs[name] {
		for server, cpu := range m.Servers {
			all[server] = append(all[server], cpu/float64(m.Events)*1e6)
		}
	}
	medians := map[string]float64{}
	for server, cpu := range all {
		medians[server] = round(middle(cpu).Median, 2)
	}
	return medians
}

// json writes everything as one object on one line.
func (r *results) json(out io.Writer, rows []row, fields map[string]any) error {
	for _, x := range rows {
		f := map[string]any{
			"events_per_cpu_second": round(x.PerCPU.Median, 0), "events_per_cpu_second_min": round(x.PerCPU.Min, 0),
			"events_per_cpu_second_max": round(x.PerCPU.Max, 0), "events_per_second": round(x.PerWall, 0), "peak_rss_mb": round(x.PeakMB, 0),
			"server_cpu_seconds_per_million_events": r.servers(x.Name),
		}
		if x.Ratio.Median > 0 {
			f["ratio_to_ceiling"], f["ratio_to_ceiling_min"], f["ratio_to_ceiling_max"] = round(x.Ratio.Median, 3), round(x.Ratio.Min, 3), round(x.Ratio.Max, 3)
		}
		if len(x.Verdicts) > 0 {
			f["bars"] = x.Verdicts
		}
		fields[x.Name] = f
	}
	fields["events"], fields["runs"], fields["cpus"], fields["go"] = r.options.Events, r.options.Runs, runtime.NumCPU(), runtime.Version()
	b, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("print JSON: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s\n", b)
	return err
}

func (v verdict) word() string {
	if v.Met {
		return "met"
	}
	return fmt.Sprintf("missed by %.0f %%", 100*max(v.Bar/v.Got, v.Got/v.Bar)-100)
}

// figure is a number for people: thousands as k, small ones with digits.
func figure(f float64) string {
	switch {
	case f >= 10_000:
		return strconv.FormatFloat(f/1000, 'f', 0, 64) + " k"
	case f >= 100:
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(round(f, 2), 'f', -1, 64)
}

func round(f float64, digits int) float64 {
	x, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
	if err != nil {
		return f
	}
	return x
}
