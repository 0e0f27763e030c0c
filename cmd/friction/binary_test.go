package main

import (
	"bufio"
	"bytes"
	"context"
	"debug/elf"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"friction/pipeline/embedded"
)

// These tests build the binary and use it as people do.

var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "friction")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return string(out), err
	}
	return path, nil
})

// binary is the path of the program, built once.
func binary(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and starts the program; runs without -short")
	}
	path, err := build()
	if err != nil {
		t.Fatalf("build: %v\n%s", err, path)
	}
	return path
}

// must runs the binary, wants exit code 0 and returns its stdout.
func must(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var errs bytes.Buffer
	c := exec.CommandContext(ctx, binary(t), args...)
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("friction %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// startClickHouse runs the embedded ClickHouse until the test ends, and returns its URL with the token.
func startClickHouse(t *testing.T, library string) (server string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	addr, stop := start(t, "clickhouse", "--dir", dir, "--addr", "127.0.0.1:0", "--library", library)
	token, err := embedded.Token(dir)
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + embedded.User + ":" + token + "@" + addr, stop
}

// start runs a server of the binary until the test ends, and returns the address it says it listens on.
func start(t *testing.T, args ...string) (addr string, stop func()) {
	t.Helper()
	c := exec.Command(binary(t), args...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	lines := bufio.NewReader(out)
	line, _ := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		done <- c.Wait()
	}()
	stop = sync.OnceFunc(func() {
		_ = c.Process.Signal(os.Interrupt)
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("friction %s: after Ctrl-C: %v", args[0], err)
			}
		case <-time.After(30 * time.Second):
			_ = c.Process.Signal(syscall.SIGKILL)
			t.Errorf("friction %s did not stop", args[0])
		}
	})
	t.Cleanup(stop)
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("friction %s said %q", args[0], line)
	}
	return addr, stop
}

// What runs in a container needs nothing around it.
func TestBuildWithoutTheEngineIsStatic(t *testing.T) {
	binary(t) // so that the packages are compiled
	path := filepath.Join(scratch, "friction-static")
	c := exec.Command("go", "build", "-tags", "nolibchdb", "-o", path, ".")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("it needs a dynamic linker (%v)", p.Type)
		}
	}
}

func TestClickHouseMigrateAndRuns(t *testing.T) {
	binary(t)
	library, err := embedded.Library(t.Context(), embedded.LibraryOptions{Progress: func(s string) { t.Log(s) }})
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	server, stop := startClickHouse(t, library)
	dsn := "--clickhouse=" + server
	if plan := must(t, "migrate", "plan", dsn); !strings.Contains(plan, "CREATE TABLE") || !strings.Contains(plan, "(pending)") {
		t.Errorf("plan:\n%s", plan)
	}
	if up := must(t, "migrate", "up", dsn); !strings.HasSuffix(up, "the database is up to date\n") {
		t.Errorf("up:\n%s", up)
	}
	if up := must(t, "migrate", "up", dsn); up != "0 steps applied; the database is up to date\n" {
		t.Errorf("second up:\n%s", up)
	}
	if status := must(t, "migrate", "status", dsn); !strings.Contains(status, "applied") || strings.Contains(status, "pending") {
		t.Errorf("status:\n%s", status)
	}
	must(t, "migrate", "verify", dsn)
	if runs := must(t, "runs", "list", dsn); strings.Count(runs, "\n") != 1 || !strings.HasPrefix(runs, "GROUP") {
		t.Errorf("runs:\n%s", runs)
	}
	if code, _, stderr := call(t, "runs", "promote", "friction", "9", dsn); code != exitFailed || !strings.Contains(stderr, "there is none") {
		t.Errorf("promote: exit %d, %s", code, stderr)
	}
	stop()
}

func TestKafkaStopsOnInterrupt(t *testing.T) {
	_, stop := start(t, "kafka", "--addr", "127.0.0.1:0", "--topic", "clickstream:2")
	stop()
}

func TestProbe(t *testing.T) {
	ready := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ready || r.URL.Path != "/readyz" {
			http.Error(w, "no generation yet", http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	if code, _, stderr := call(t, "probe", server.URL+"/readyz"); code != exitOK {
		t.Errorf("exit %d, %s", code, stderr)
	}
	ready = false
	if code, _, stderr := call(t, "probe", server.URL+"/readyz"); code != exitFailed || !strings.Contains(stderr, "no generation yet") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
