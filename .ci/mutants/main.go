package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// core are the packages whose code is changed.
var core = []string{"event", "jsonscan", "decode", "session", "journey", "detect", "signals", "tuning", "score", "engine", "checkpoint"}

// judges are further packages with tests of the core.
var judges = []string{"pipetest/oracle"}

// options are the command line.
type options struct {
	sample  int
	seed    uint64
	bar     float64
	budget  time.Duration
	workers int
	only    string
	keep    bool
}

func main() {
	var o options
	flag.IntVar(&o.sample, "n", 300, "how many mutants, drawn from all")
	flag.Uint64Var(&o.seed, "seed", 1, "of the draw, and of random tests")
	flag.Float64Var(&o.bar, "bar", 85, "percent of the viable mutants that must be killed")
	flag.DurationVar(&o.budget, "budget", time.Hour, "no further mutant is begun after this; the report says how many were not judged")
	flag.IntVar(&o.workers, "workers", 1, "mutants judged at one time")
	flag.StringVar(&o.only, "only", "", "only mutants in files whose path has this in it, such as signals/rage")
	flag.BoolVar(&o.keep, "keep", false, "keep the changed sources and test binaries")
	flag.Parse()
	ok, err := measure(os.Stdout, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// measure draws mutants, builds the tests with them and judges each.
func measure(out io.Writer, o options) (ok bool, err error) {
	dir, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return false, err
	}
	if o.keep {
		fmt.Fprintln(out, "sources and binaries:", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }()
	}
	packages, err := load()
	if err != nil {
		return false, err
	}
	sites, all := draw(packages, o)
	fmt.Fprintf(out, "%d mutants of %d drawn with seed %d\n", len(sites), all, o.seed)
	b := &build{out: out, dir: dir, packages: packages, sites: sites, seed: o.seed}
	if err := b.tests(); err != nil {
		return false, err
	}
	if err := b.baseline(); err != nil {
		return false, err
	}
	b.judge(o.workers, o.budget)
	return report(out, sites, o.bar), nil
}

// report prints what survived and the share of mutants that were killed.
func report(out io.Writer, sites []*site, bar float64) bool {
	count := map[verdict]int{}
	for _, s := range sites {
		count[s.verdict]++
		if s.verdict == survived || s.verdict == unreached {
			fmt.Fprintf(out, "%-9s %s: %s\n", s.verdict, s.at, s.what)
		}
	}
	killedOnes := count[killed] + count[timedOut]
	viable := killedOnes + count[survived] + count[unreached]
	share := 100 * float64(killedOnes) / float64(max(viable, 1))
	fmt.Fprintf(out, "killed %d of %d viable mutants (%.1f %%), %d of them by a time limit; %d do not compile, %d not judged\n",
		killedOnes, viable, share, count[timedOut], count[unviable], count[unjudged])
	fmt.Fprintf(out, "survived %d, of which no test reached %d\n", count[survived]+count[unreached], count[unreached])
	if share < bar {
		fmt.Fprintf(out, "the bar is %.0f %%\n", bar)
	}
	return share >= bar
}
