// Command testreport reads what `go test -json` writes and prints what a reader wants: the line of every package as it
// ends, everything a failed test said, and the number of tests that passed, failed and were skipped. A file collects
// skipped tests with their reasons over several stages; a test that one stage skips and a later one runs leaves it.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// event is one line of test2json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

type report struct {
	out      io.Writer
	stage    string
	said     map[string][]string // output of tests still running, by package and test
	skips    []string            // lines "package test: reason"
	failures []string            // said once more at the end, in short: the logs of servers are long
	ran      map[string]bool     // by package and test
	packages int
	count    map[string]int // by action: pass, fail, skip
	broken   bool           // a package failed
}

func main() {
	stage := flag.String("stage", "tests", "name in the summary")
	skips := flag.String("skips", "", "file that collects skipped tests")
	flag.Parse()
	r := newReport(os.Stdout, *stage)
	err := r.read(os.Stdin)
	if err == nil && *skips != "" {
		err = r.collect(*skips)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
	r.summary()
	if r.broken {
		os.Exit(1)
	}
}

func newReport(out io.Writer, stage string) *report {
	return &report{out: out, stage: stage, said: map[string][]string{}, count: map[string]int{}, ran: map[string]bool{}}
}

func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				r.take(e)
			} else {
				fmt.Fprint(r.out, string(line))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read test output: %w", err)
		}
	}
}

func (r *report) take(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
	case e.Action == "build-fail":
		r.broken = true
	case e.Test == "":
		r.takePackage(e)
	case e.Action == "output":
		r.said[e.Package+" "+e.Test] = append(r.said[e.Package+" "+e.Test], e.Output)
	case e.Action == "pass", e.Action == "skip", e.Action == "fail":
		r.end(e)
	}
}

func (r *report) takePackage(e event) {
	switch e.Action {
	case "output":
		if e.Output != "PASS\n" && e.Output != "FAIL\n" {
			fmt.Fprint(r.out, e.Output)
		}
	case "pass", "skip":
		r.packages++
	case "fail":
		r.packages++
		r.broken = true
		r.tellUnended(e.Package)
	}
}

// tellUnended prints what tests said that a crash or a time-out cut off.
func (r *report) tellUnended(pkg string) {
	var keys []string
	for key := range r.said {
		if strings.HasPrefix(key, pkg+" ") {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		fmt.Fprintf(r.out, "=== %s did not end\n%s", key, strings.Join(r.said[key], ""))
		r.failures = append(r.failures, key+" did not end"+places(r.said[key]))
		delete(r.said, key)
	}
}

func (r *report) end(e event) {
	key := e.Package + " " + e.Test
	r.count[e.Action]++
	r.ran[key] = e.Action != "skip"
	switch e.Action {
	case "fail":
		r.broken = true
		fmt.Fprintf(r.out, "=== %s\n%s", key, strings.Join(r.said[key], ""))
		r.failures = append(r.failures, key+places(r.said[key]))
	case "skip":
		r.skips = append(r.skips, key+": "+reason(r.said[key]))
	}
	delete(r.said, key)
}

// reason is what a skipped test said, on one line.
func reason(said []string) string {
	var words []string
	for _, line := range said {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			words = append(words, line)
		}
	}
	if len(words) == 0 {
		return "no reason given"
	}
	return strings.Join(words, " ")
}

// places are the lines of a failed test that name a place in the code, the first
// few, each cut to what a terminal shows.
func places(said []string) string {
	const most, width = 6, 300
	var out strings.Builder
	n := 0
	for _, line := range said {
		line = strings.TrimSpace(line)
		file, _, ok := strings.Cut(line, ".go:")
		if !ok || strings.ContainsAny(file, " \t") {
			continue
		}
		if n++; n <= most {
			out.WriteString("\n  " + line[:min(len(line), width)])
		}
	}
	return out.String()
}

func (r *report) summary() {
	for _, line := range r.failures {
		fmt.Fprintf(r.out, "FAILED %s\n", line)
	}
	fmt.Fprintf(r.out, "%s: %d packages, %d tests passed, %d failed, %d skipped\n",
		r.stage, r.packages, r.count["pass"], r.count["fail"], r.count["skip"])
}

// collect brings the file up to date with this stage.
func (r *report) collect(name string) error {
	before, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(before)) {
		if key, _, _ := strings.Cut(line, ": "); !r.ran[key] && !slices.ContainsFunc(r.skips, func(s string) bool { return strings.HasPrefix(s, key+": ") }) {
			kept.WriteString(line)
		}
	}
	for _, line := range r.skips {
		kept.WriteString(line + "\n")
	}
	return os.WriteFile(name, []byte(kept.String()), 0o644)
}
