package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// build is the test binaries with all mutants of a sample.
type build struct {
	out      io.Writer
	dir      string
	packages []*source
	sites    []*site
	seed     uint64
	suites   []*suite
}

// suite is the tests of one package.
type suite struct {
	p       *source
	binary  string
	took    time.Duration
	reaches map[int]bool // mutants whose code it runs
}

// tests compiles the test binaries; mutants that do not compile are left out.
func (b *build) tests() error {
	for range 20 {
		overlay, err := b.overlay()
		if err != nil {
			return err
		}
		b.suites = nil
		again := false
		for _, p := range b.packages {
			s := &suite{p: p, binary: filepath.Join(b.dir, strings.ReplaceAll(p.name, "/", "_")+".test"), reaches: map[int]bool{}}
			out, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", s.binary, "./pipeline/"+p.name).CombinedOutput()
			if err != nil {
				if !b.blame(string(out)) {
					return fmt.Errorf("compile the tests of %s: %w\n%s", p.name, err, out)
				}
				again = true
				break
			}
			b.suites = append(b.suites, s)
		}
		if !again {
			return nil
		}
	}
	return errors.New("the mutants do not compile")
}

// baseline runs all tests with every switch off, notes which mutants they reach and how long they take.
func (b *build) baseline() error {
	for _, s := range b.suites {
		record := filepath.Join(b.dir, "reached")
		_ = os.Remove(record)
		began := time.Now()
		out, err := s.run(context.Background(), b.seed, "MUTANT_REACHED="+record)
		s.took = time.Since(began)
		if err != nil {
			return fmt.Errorf("the tests of %s fail without a mutant: %w\n%s", s.p.name, err, out)
		}
		text, err := os.ReadFile(record)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		for line := range strings.FieldsSeq(string(text)) {
			id, err := strconv.Atoi(line)
			if err != nil {
				return err
			}
			s.reaches[id] = true
		}
		fmt.Fprintf(b.out, "%-16s %6.1f s, reaches %d\n", s.p.name, s.took.Seconds(), len(s.reaches))
	}
	return nil
}

// run runs a suite's tests with some environment.
func (s *suite) run(ctx context.Context, seed uint64, env ...string) ([]byte, error) {
	args := []string{"-test.short", "-test.failfast", "-test.timeout=10m"}
	if s.p.random {
		args = append(args, "-rapid.nofailfile", "-rapid.seed="+strconv.FormatUint(seed, 10), "-rapid.shrinktime=1ms")
	}
	cmd := exec.CommandContext(ctx, s.binary, args...)
	cmd.Dir = s.p.dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	return cmd.CombinedOutput()
}

// judge decides about every mutant, as long as there is time.
func (b *build) judge(workers int, budget time.Duration) {
	deadline := time.Now().Add(budget)
	next := make(chan *site)
	var wg sync.WaitGroup
	for range max(workers, 1) {
		wg.Go(func() {
			for s := range next {
				s.verdict = b.verdictOf(s)
				fmt.Fprintf(b.out, "%-9s %s: %s\n", s.verdict, s.at, s.what)
			}
		})
	}
	for _, s := range b.sites {
		if s.verdict == unjudged && time.Now().Before(deadline) {
			next <- s
		}
	}
	close(next)
	wg.Wait()
}

// verdictOf runs the tests that reach a mutant, its own package's first and then
// the quicker ones, until one fails.
func (b *build) verdictOf(m *site) verdict {
	reaching := slices.DeleteFunc(slices.Clone(b.suites), func(s *suite) bool { return !s.reaches[m.id] })
	if len(reaching) == 0 {
		return unreached
	}
	slices.SortStableFunc(reaching, func(x, y *suite) int {
		if own := x.p.name == m.pkg; own != (y.p.name == m.pkg) {
			if own {
				return -1
			}
			return 1
		}
		return int(x.took - y.took)
	})
	for _, s := range reaching {
		ctx, cancel := context.WithTimeout(context.Background(), 4*s.took+10*time.Second)
		_, err := s.run(ctx, b.seed, "MUTANT="+strconv.Itoa(m.id))
		late := ctx.Err() != nil
		cancel()
		switch {
		case late:
			return timedOut
		case err != nil:
			return killed
		}
	}
	return survived
}
