package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/embedded"
	"friction/pipeline/pipetest/await"
)

// demoSummary is what a program reads of the last line.
type demoSummary struct {
	WorstStep *demoStep                `json:"worst_step"`
	Steps     []demoStep               `json:"steps"`
	Alerts    []struct{ Title string } `json:"alerts"`
	Incidents []demoIncident           `json:"incidents"`
	Events    uint64                   `json:"events"`
	Sessions  uint64                   `json:"sessions"`
	Rejected  *uint64                  `json:"rejected"`
	Late      *uint64                  `json:"late"`
	PerSecond float64                  `json:"events_per_second"`
}

type demoStep struct {
	Journey  string            `json:"journey"`
	Step     string            `json:"step"`
	Score    float64           `json:"score"`
	ScoreLow float64           `json:"score_low"`
	Visits   uint64            `json:"visits"`
	Dropped  uint64            `json:"dropped"`
	Signals  map[string]uint64 `json:"signals"`
}

// needsEngine skips, loudly, where there is no engine.
func needsEngine(t *testing.T) {
	t.Helper()
	binary(t)
	if _, err := embedded.Library(t.Context(), embedded.LibraryOptions{Progress: func(s string) { t.Log(s) }}); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// heard is what a program has said so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// demoRun is a demo as a process with all its children in a group of their own.
type demoRun struct {
	cmd  *exec.Cmd
	out  heard
	errs heard
	done chan error
}

func startDemo(t *testing.T, args ...string) *demoRun {
	t.Helper()
	d := &demoRun{cmd: exec.Command(binary(t), append([]string{"demo"}, args...)...), done: make(chan error, 1)}
	d.cmd.Stdout, d.cmd.Stderr = &d.out, &d.errs
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { d.done <- d.cmd.Wait() }()
	t.Cleanup(func() { _ = d.cmd.Process.Kill() })
	return d
}

// end waits for the exit code 0.
func (d *demoRun) end(t *testing.T, limit time.Duration) {
	t.Helper()
	select {
	case err := <-d.done:
		if err != nil {
			t.Fatalf("the demo ended with %v\n%s\n%s", err, d.out.String(), d.errs.String())
		}
	case <-time.After(limit):
		t.Fatalf("the demo did not end in %v\n%s", limit, d.errs.String())
	}
}

// says waits until the demo has written a text on stdout or stderr.
func (d *demoRun) says(t *testing.T, text string, limit time.Duration) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Log(d.errs.String())
		}
	}()
	await.True(t, limit, fmt.Sprintf("the demo says %q", text), func() bool {
		if strings.Contains(d.out.String()+d.errs.String(), text) {
			return true
		}
		select {
		case err := <-d.done:
			t.Fatalf("it ended (%v) before it said %q", err, text)
		default:
		}
		return false
	})
}

// summary is the last line of stdout, which has no other.
func (d *demoRun) summary(t *testing.T) demoSummary {
	t.Helper()
	var s demoSummary
	text := d.out.String()
	if strings.Count(text, "\n") != 1 {
		t.Fatalf("stdout has more than the summary: %s", text)
	}
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if s.Rejected == nil || s.Late == nil || *s.Rejected > 0 || *s.Late > 0 || s.Sessions == 0 || s.PerSecond <= 0 || len(s.Steps) != 8 {
		t.Errorf("the summary is %s", text)
	}
	return s
}

// worst is the worst step's name, none for null.
func (s demoSummary) worst() string {
	if s.WorstStep == nil {
		return "none"
	}
	return s.WorstStep.Journey + "/" + s.WorstStep.Step
}

// children lists processes that were started from the binary and are still there.
func children(t *testing.T, dir string) (pids []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		pid := filepath.Base(filepath.Dir(path))
		environ, err := os.ReadFile(path)
		if err == nil && bytes.Contains(environ, []byte(dir)) && pid != strconv.Itoa(os.Getpid()) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// The whole demo, as a newcomer and as a program sees it: a day of history, an incident that it finds, the same numbers
// over HTTP, a second start that goes on, and an end by Ctrl-C that leaves nothing behind.
func TestDemo(t *testing.T) {
	needsEngine(t)
	dir := filepath.Join(t.TempDir(), "demo")
	first := startDemo(t, "--for", "45s", "--json", "--dir", dir, "--clickhouse-addr", "127.0.0.1:0")
	first.end(t, 6*time.Minute)
	one := first.summary(t)
	if w := one.WorstStep; one.worst() != "checkout/payment" || w.Visits < 10 || w.ScoreLow <= 0 || w.Score < w.ScoreLow || w.Signals["retry"] == 0 || w.Signals["rage_click"] == 0 {
		t.Errorf("worst step %s: %+v\n%s", one.worst(), w, first.errs.String())
	}
	if i := one.Incidents; len(i) != 1 || i[0].Journey+"/"+i[0].Step != one.worst() {
		t.Errorf("the incidents are %+v", i)
	}
	if one.Events < 1_500_000 || !strings.Contains(first.errs.String(), "Loaded one day of history") {
		t.Errorf("%d events\n%s", one.Events, first.errs.String())
	}

	second := startDemo(t, "--dir", dir, "--json", "--clickhouse-addr", "127.0.0.1:0")
	addr := second.addr(t, time.Minute)
	var consumed uint64
	await.True(t, time.Minute, fmt.Sprintf("more than %d events are in ClickHouse", one.Events), func() bool {
		var err error
		if consumed, err = strconv.ParseUint(ask(t, addr, "SELECT sum(consumed) FROM friction.progress"), 10, 64); err != nil {
			t.Fatal(err)
		}
		return consumed > one.Events
	})
	if n := ask(t, addr, "SELECT count() > 0 FROM friction.step_scores WHERE journey = 'checkout' AND window_start > now() - INTERVAL 1 HOUR"); n != "1" {
		t.Errorf("the obvious query says %s", n)
	}
	incidentIsFound(t, addr)
	if err := second.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	second.end(t, time.Minute)
	two := second.summary(t)
	if two.Events < consumed || two.PerSecond != one.PerSecond || strings.Contains(second.errs.String(), "one day of history") {
		t.Errorf("it went on from %d to %d events\n%s", one.Events, two.Events, second.errs.String())
	}
	if left := children(t, dir); len(left) > 0 {
		t.Errorf("processes left: %v", left)
	}
	t.Run("killed", func(t *testing.T) { demoKilled(t, dir, two.Events) })
}

// demoKilled shows that a demo that is killed takes its ClickHouse with it, and that the next one goes on.
func demoKilled(t *testing.T, dir string, events uint64) {
	d := startDemo(t, "--dir", dir, "--clickhouse-addr", "127.0.0.1:0")
	d.says(t, "live for", time.Minute)
	if runtime.GOOS == "linux" && len(children(t, dir)) == 0 {
		t.Error("no process of the demo was found while it ran")
	}
	if err := d.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-d.done
	await.True(t, 30*time.Second, "the processes of the demo have ended", func() bool { return len(children(t, dir)) == 0 })
	next := startDemo(t, "--dir", dir, "--for", "5s", "--json", "--clickhouse-addr", "127.0.0.1:0")
	next.end(t, 3*time.Minute)
	if s := next.summary(t); s.Events <= events {
		t.Errorf("%d events, %d before", s.Events, events)
	}
}

// ask runs SQL as curl would.
func ask(t *testing.T, addr, sql string) string {
	t.Helper()
	r, err := http.Post("http://"+addr, "text/plain", strings.NewReader(sql))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", sql, b, err)
	}
	return strings.TrimSpace(string(b))
}

// make demo-check: other incidents, other seeds, none. It takes minutes.
func TestDemoFindsEveryIncident(t *testing.T) {
	if os.Getenv("FRICTION_DEMO_CHECK") == "" {
		t.Skip("it takes minutes; run with make demo-check")
	}
	needsEngine(t)
	for _, c := range []struct {
		incident string
		seed     int
		lasts    string
	}{
		{"checkout/payment", 1, "60s"},
		{"sign-up/verify", 2, "60s"},
		{"none", 1, "60s"},
		{"none", 3, "60s"},
		{"checkout/payment", 4, "3m"},
	} {
		t.Run(fmt.Sprintf("%s %d %s", strings.ReplaceAll(c.incident, "/", " "), c.seed, c.lasts), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "demo")
			began := time.Now()
			d := startDemo(t, "--for", c.lasts, "--json", "--dir", dir, "--clickhouse-addr", "127.0.0.1:0", "--incident", c.incident, "--seed", strconv.Itoa(c.seed))
			d.end(t, 8*time.Minute)
			s := d.summary(t)
			t.Logf("%v: %s, %d events, %.0f a second", time.Since(began).Round(time.Second), s.worst(), s.Events, s.PerSecond)
			if s.worst() != c.incident {
				t.Errorf("worst step %s, want %s\n%s", s.worst(), c.incident, d.errs.String())
			}
			if len(s.Alerts) > len(s.Incidents) {
				t.Errorf("alerts %+v of incidents %+v", s.Alerts, s.Incidents)
			}
		})
	}
}

func TestDemoRefusesWhatCannotBe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nothing may start
	for args, want := range map[string]string{
		"--incident checkout/nowhere": "no such step",
		"--partitions 0":              "--partitions must be between",
		"--for=-1s":                   "--for must not be negative",
		"--seed x":                    "--seed",
	} {
		var out, errs bytes.Buffer
		code := run(ctx, append([]string{"demo", "--dir", t.TempDir()}, strings.Fields(args)...), world{stdout: &out, stderr: &errs})
		if code != exitUsage || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: exit %d, %s", args, code, errs.String())
		}
	}
}

func TestNoColour(t *testing.T) {
	for entry, want := range map[string]bool{"NO_COLOR=1": true, "NO_COLOR=": false, "TERM=dumb": true, "TERM=xterm": false, "XNO_COLOR=1": false} {
		if noColour([]string{"A=b", entry}) != want {
			t.Errorf("%s: want %v", entry, want)
		}
	}
}
