package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// results are what was measured, of each run.
type results struct {
	options options
	runs    map[string][]*measured
	latency *latency
}

// measureAll runs everything that is wanted and prints it.
func measureAll(ctx context.Context, o options, s streams) (err error) {
	servers, err := startServers(ctx, s.err)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, servers.stop()) }() //nolint:contextcheck // they are stopped when ctx has ended, too
	r := &results{options: o, runs: map[string][]*measured{}}
	if err := r.throughput(ctx, servers, s.err); err != nil {
		return err
	}
	if o.wants(memoryName) {
		fmt.Fprintf(s.err, "memory: %d sessions\n", o.Sessions)
		t := servers.task(memoryName)
		t.Sessions = o.Sessions
		if err := r.measure(ctx, t, s.err); err != nil {
			return err
		}
	}
	if o.wants(latencyName) {
		rate := o.Rate
		if rate == 0 {
			rate = r.half()
		}
		fmt.Fprintf(s.err, "latency: %.0f events a second for %d s\n", rate, o.Seconds)
		if r.latency, err = measureLatency(ctx, servers, servers.task(latencyName), rate, o.Seconds); err != nil {
			return err
		}
	}
	return r.write(s.out)
}

// throughput takes turns among all that reads the load.
func (r *results) throughput(ctx context.Context, s *servers, progress io.Writer) error {
	var names []string
	for _, name := range []string{ceilingName, pipelineName, peersName, engineName, endToEndName} {
		if r.options.wants(name) || name == endToEndName && r.options.wants(latencyName) && r.options.Rate == 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	began := time.Now()
	if err := s.fill(ctx, r.options.Events, r.options.Span); err != nil {
		return fmt.Errorf("write the load: %w", err)
	}
	fmt.Fprintf(progress, "%d events of %d bytes written in %.1f s\n", s.counts.Events, s.bytes/int64(s.counts.Events), time.Since(began).Seconds())
	for turn := range r.options.Runs {
		for _, name := range names {
			t := s.task(name)
			if name == endToEndName {
				if err := s.withTables(ctx, &t); err != nil {
					return err
				}
			}
			if r.options.CPUProfile != "" && turn == r.options.Runs-1 && name == r.profiled() {
				t.Profile = r.options.CPUProfile
			}
			if err := r.measure(ctx, t, progress); err != nil {
				return err
			}
			m := r.runs[name][turn]
			fmt.Fprintf(progress, "run %d, %s: %.0f events a CPU-second, %.1f s\n", turn+1, name, m.perCPU(), m.Wall)
			if err := s.forget(ctx, &t); err != nil {
				return err
			}
		}
	}
	return nil
}

// profiled is what --cpuprofile is about.
func (r *results) profiled() string {
	if len(r.options.Only) == 1 {
		return r.options.Only[0]
	}
	return pipelineName
}

func (r *results) measure(ctx context.Context, t task, errs io.Writer) error {
	m, err := measure(ctx, t, errs)
	if err == nil {
		r.runs[t.Name] = append(r.runs[t.Name], m)
	}
	return err
}

// half is the rate of half the load that end_to_end took.
func (r *results) half() float64 {
	return middle(r.each(endToEndName, (*measured).perSecond)).Median / 2
}

func (m *measured) perCPU() float64    { return float64(m.Events) / m.CPU }
func (m *measured) perSecond() float64 { return float64(m.Events) / m.Wall }

// each is one figure of every run of a measurement.
func (r *results) each(name string, figure func(*measured) float64) []float64 {
	var all []float64
	for _, m := range r.runs[name] {
		all = append(all, figure(m))
	}
	return all
}

// spread is a figure over several runs.
type spread struct{ Median, Min, Max float64 }

func middle(figures []float64) spread {
	if len(figures) == 0 {
		return spread{}
	}
	f := slices.Sorted(slices.Values(figures))
	n := len(f)
	return spread{(f[(n-1)/2] + f[n/2]) / 2, f[0], f[n-1]}
}

// ratios are those of a measurement to the ceiling, turn by turn.
func (r *results) ratios(name string) []float64 {
	var all []float64
	for i, m := range r.runs[name] {
		if ceiling := r.runs[ceilingName]; i < len(ceiling) {
			all = append(all, m.perCPU()/ceiling[i].perCPU())
		}
	}
	return all
}
