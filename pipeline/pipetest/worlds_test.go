package pipetest_test

import (
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/signals"
)

// Random worlds are worth something only if every signal is found in some.
func TestEverySignalOccursInRandomWorlds(t *testing.T) {
	if testing.Short() {
		t.Skip("short: it makes thousands of worlds")
	}
	seen, absorbed := map[string]int{}, map[string]int{}
	for seed := range 3500 {
		w := rapid.Custom(func(t *rapid.T) *world.World {
			return world.Draw(t, world.Shape{Topics: 2, Events: 25, Late: true, Spread: true})
		}).Example(seed)
		rows, _ := oracle.Rows(w)
		for _, s := range rows.Signals {
			seen[s.Kind]++
			if s.Outcome != "" {
				seen[s.Outcome]++
			}
			if s.AbsorbedBy != "" {
				absorbed[s.AbsorbedBy+" absorbs "+s.Kind]++
			}
		}
	}
	for k := range signals.NumKinds {
		if seen[signals.Name(k)] == 0 {
			t.Errorf("no %s in any world", signals.Name(k))
		}
	}
	for _, how := range []string{"recovered", "slow", "failed", "unanswered", "failed_backoff"} {
		if seen[how] == 0 {
			t.Errorf("no retry ended %s in any world", how)
		}
	}
	for _, pair := range signals.Absorption() {
		by, what := signals.Name(pair.By), signals.Name(pair.What)
		if absorbed[by+" absorbs "+what] == 0 {
			t.Errorf("%s absorbs no %s in any world", by, what)
		}
	}
	t.Log(seen, absorbed)
}
