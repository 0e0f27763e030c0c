package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"friction/pipeline/embedded"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	embedded.MaybeRunChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code) //nolint:forbidigo // this is main
}

// streams are what the program reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// options are the flags.
type options struct {
	Events     int           `default:"2000000" help:"Events that are read in each run."`
	Span       time.Duration `default:"1h" help:"Time over which their sessions begin; the shorter, the busier the customers."`
	Runs       int           `default:"3" help:"Runs of each measurement; medians are shown."`
	Only       []string      `placeholder:"NAME" help:"Measure only these (${names}); may be repeated."`
	Sessions   int           `default:"1000000" help:"Open sessions of the measurement memory."`
	Seconds    int           `default:"45" help:"Seconds of live traffic of the measurement latency."`
	Rate       float64       `placeholder:"N" help:"Events a second of the measurement latency (default: half of end_to_end)."`
	JSON       bool          `name:"json" help:"End with one JSON object on a line of its own."`
	CPUProfile string        `name:"cpuprofile" placeholder:"FILE" help:"Write a CPU profile of the last run of pipeline, or of what --only names."`
}

// shortest is how many seconds of live traffic leave some to be counted.
const shortest = int((warm+coolDown)/time.Second) + 2

// The measurements, in the order in which they take turns.
const (
	ceilingName  = "ceiling"
	pipelineName = "pipeline"
	peersName    = "peers_job"
	engineName   = "engine"
	endToEndName = "end_to_end"
	memoryName   = "memory"
	latencyName  = "latency"
)

func allNames() []string {
	return []string{ceilingName, pipelineName, peersName, engineName, endToEndName, memoryName, latencyName}
}

// run is the program with its world given, and its exit code returned.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) > 0 && args[0] == childArgument {
		if err := serveParent(ctx, s); err != nil {
			fmt.Fprintln(s.err, err)
			return exitFailed
		}
		return exitOK
	}
	o, asked, err := parse(args, s)
	switch {
	case asked:
		return exitOK
	case err != nil:
		fmt.Fprintf(s.err, "bench: %v\nSee bench --help.\n", err)
		return exitUsage
	}
	if err := measureAll(ctx, o, s); err != nil {
		fmt.Fprintf(s.err, "bench: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func parse(args []string, s streams) (o options, asked bool, err error) {
	parser, err := kong.New(&o,
		kong.Name("bench"), kong.Description("Measures friction against what its parts cost at least. In make: make bench ARGS=\"--runs 1\"."),
		kong.Vars{"names": strings.Join(allNames(), ", ")},
		kong.Writers(s.out, s.err), kong.Exit(func(int) { asked = true }),
	)
	if err != nil {
		return o, false, err
	}
	_, err = parser.Parse(args)
	if asked || err != nil {
		return o, asked, err
	}
	for _, name := range o.Only {
		if !slices.Contains(allNames(), name) {
			return o, false, fmt.Errorf("--only %s: want one of %s", name, strings.Join(allNames(), ", "))
		}
	}
	if o.Events < 1000 || o.Runs < 1 || o.Sessions < 1000 || o.Seconds < shortest || o.Rate < 0 || o.Span < time.Second {
		return o, false, fmt.Errorf("want --events and --sessions of 1000 or more, --span of 1s or more, --runs of 1 or more, --seconds of %d or more", shortest)
	}
	return o, false, nil
}

// wants reports whether something is to be measured.
func (o *options) wants(name string) bool {
	return len(o.Only) == 0 || slices.Contains(o.Only, name)
}
