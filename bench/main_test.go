package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"friction/pipeline/embedded"
)

func TestMain(m *testing.M) {
	embedded.MaybeRunChild()
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		os.Exit(run(context.Background(), os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
	}
	os.Exit(m.Run())
}

// TestEverythingCanBeMeasured runs all of it, small.
func TestEverythingCanBeMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it starts Kafka and ClickHouse")
	}
	args := []string{"--events", "20000", "--runs", "1", "--sessions", "1000", "--seconds", fmt.Sprint(shortest), "--rate", "1000", "--json"}
	names := allNames()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	tell := func(s string) { fmt.Fprintln(os.Stderr, s) }
	if _, err := embedded.Library(ctx, embedded.LibraryOptions{Progress: tell}); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		fmt.Fprintf(os.Stderr, "SKIPPED what needs ClickHouse: %v\n", err)
		names = []string{ceilingName, pipelineName, peersName, engineName, memoryName}
	}
	for _, name := range names {
		args = append(args, "--only", name)
	}
	var out, errs bytes.Buffer
	if code := run(ctx, args, streams{strings.NewReader(""), &out, io.MultiWriter(&errs, os.Stderr)}); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var got map[string]map[string]any
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &all); err != nil {
		t.Fatalf("%v in the last line of\n%s", err, out.String())
	}
	got = map[string]map[string]any{}
	for _, name := range names {
		var fields map[string]any
		if err := json.Unmarshal(all[name], &fields); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got[name] = fields
	}
	for _, name := range names {
		keys := []string{"events_per_cpu_second", "events_per_second", "peak_rss_mb"}
		switch name {
		case memoryName:
			keys = []string{"bytes_per_session", "bytes_of_ids_per_session", "windows_mb"}
		case latencyName:
			keys = []string{"events_per_second"}
		}
		for _, key := range keys {
			if n, ok := got[name][key].(float64); !ok || n <= 0 {
				t.Errorf("%s of %s is %v", key, name, got[name][key])
			}
		}
	}
	if ratio, ok := got[pipelineName]["ratio_to_ceiling"].(float64); !ok || ratio <= 0 {
		t.Errorf("ratio to the ceiling is %v", got[pipelineName])
	}
}

func TestFlagsAreChecked(t *testing.T) {
	f := func(want int, args ...string) {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, streams{strings.NewReader(""), &out, &errs}); code != want {
			t.Errorf("%q: exit code %d, want %d: %s", args, code, want, errs.String())
		}
	}
	f(exitOK, "--help")
	f(exitUsage, "--only", "nothing")
	f(exitUsage, "--events", "1")
	f(exitUsage, "--runs", "0")
	f(exitUsage, "--seconds", "3")
	f(exitUsage, "--what")
	f(exitFailed, childArgument) // without a task
}

func TestChildRefusesWhatItDoesNotKnow(t *testing.T) {
	var errs bytes.Buffer
	code := run(t.Context(), []string{childArgument}, streams{strings.NewReader("{\"Name\":\"magic\"}\n"), io.Discard, &errs})
	if code != exitFailed || !strings.Contains(errs.String(), `"magic"`) {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}
