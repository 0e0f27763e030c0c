package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"time"

	"friction/pipeline/loadgen"
)

// childArgument makes this program a measurement: it reads a task from stdin and
// writes what it measured to stdout.
const childArgument = "measure"

// task is what a child has to measure.
type task struct {
	Name       string
	Brokers    []string
	Topics     []string
	Group      string         // new for every run
	Counts     loadgen.Counts // of the topics
	Partitions int
	ClickHouse string // data source name
	Database   string
	PIDs       map[string]int // of the servers, whose CPU time is measured separately
	Sessions   int
	Live       bool   // records continue to come until stdin ends
	Profile    string // file for a CPU profile
}

// measured is what a child reports.
type measured struct {
	Events  int
	CPU     float64            // seconds
	Wall    float64            // seconds
	PeakMB  float64            // of the process, in all its life
	Servers map[string]float64 `json:",omitempty"` // CPU-seconds of other processes meanwhile
	Inserts map[string]int     `json:",omitempty"` // by table
	Memory  *footprint         `json:",omitempty"`
}

// measure runs a task in its own process.
func measure(ctx context.Context, t task, errs io.Writer) (*measured, error) {
	c, err := startChild(ctx, t, errs)
	if err != nil {
		return nil, err
	}
	return c.result()
}

// child is a running measurement.
type child struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   io.Reader
}

// startChild starts this program again as a process of its own and sends it the task, so that the CPU time and the
// memory of one measurement can be told apart from all others.
func startChild(ctx context.Context, t task, errs io.Writer) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program to measure %s: %w", t.Name, err)
	}
	c := &child{name: t.Name, cmd: exec.CommandContext(ctx, self, childArgument)}
	c.cmd.Stderr = errs
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("measure %s: %w", t.Name, err)
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		return nil, fmt.Errorf("measure %s: %w", t.Name, err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("measure %s: %w", t.Name, err)
	}
	b, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", t.Name, err)
	}
	if _, err := c.stdin.Write(append(b, '\n')); err != nil {
		return nil, fmt.Errorf("measure %s: %w", t.Name, err)
	}
	return c, nil
}

// result ends the traffic of a live task and waits for what was measured.
func (c *child) result() (*measured, error) {
	c.stdin.Close()
	var m measured
	wrong := json.NewDecoder(c.out).Decode(&m)
	if err := c.cmd.Wait(); err != nil {
		return nil, fmt.Errorf("measure %s: %w", c.name, err)
	}
	if wrong != nil {
		return nil, fmt.Errorf("measure %s: read its answer: %w", c.name, wrong)
	}
	return &m, nil
}

// serveParent is the life of a child.
func serveParent(ctx context.Context, s streams) error {
	in := bufio.NewReader(s.in)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read task: %w", err)
	}
	var t task
	if err := json.Unmarshal(line, &t); err != nil {
		return fmt.Errorf("read task: %w", err)
	}
	work := map[string]func(context.Context, *task, *watch) (int, error){
		ceilingName: fetchAndParse, pipelineName: drainAll, peersName: drainAll, engineName: engineAlone,
		endToEndName: work, latencyName: work, memoryName: measureMemory,
	}[t.Name]
	if work == nil {
		return fmt.Errorf("there is no measurement %q", t.Name)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // the end of stdin is the end of the traffic, or of the parent
		_, _ = io.Copy(io.Discard, in)
		if t.Live {
			cancel()
		}
	}()
	w := &watch{pids: t.PIDs}
	stopProfile, err := profileTo(t.Profile)
	if err != nil {
		return err
	}
	w.m.Events, err = work(ctx, &t, w)
	if err = errors.Join(err, stopProfile()); err != nil {
		return fmt.Errorf("measure %s: %w", t.Name, err)
	}
	w.m.PeakMB = peakMB()
	return json.NewEncoder(s.out).Encode(w.m)
}

// profileTo writes a CPU profile until stop is called; "" is none.
func profileTo(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("write profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(fmt.Errorf("write profile: %w", err), f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}

// watch measures the sections of a child's work that count.
type watch struct {
	m     measured
	pids  map[string]int
	began time.Time
	cpu   float64
	other map[string]float64
}

// start begins a section.
func (w *watch) start() {
	w.other = map[string]float64{}
	for name, pid := range w.pids {
		if s, ok := processCPU(pid); ok {
			w.other[name] = s
		}
	}
	w.began, w.cpu = time.Now(), ownCPU()
}

// stop ends it.
func (w *watch) stop() {
	w.m.CPU += ownCPU() - w.cpu
	w.m.Wall += time.Since(w.began).Seconds()
	for name, before := range w.other {
		if s, ok := processCPU(w.pids[name]); ok {
			if w.m.Servers == nil {
				w.m.Servers = map[string]float64{}
			}
			w.m.Servers[name] += s - before
		}
	}
}
