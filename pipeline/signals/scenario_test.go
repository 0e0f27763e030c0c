package signals_test

import (
	"os"
	"testing"

	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/signals"
)

func TestScenarios(t *testing.T) { scenario.RunAll(t) }

// Every signal has a story of its own name: of somebody who gives it, and of
// somebody who nearly does.
func TestEverySignalHasAStory(t *testing.T) {
	for k := range signals.NumKinds {
		file := "testdata/" + signals.Name(k) + ".txt"
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		s, err := scenario.Parse(string(text))
		if err != nil {
			t.Fatalf("%s:%v", file, err)
		}
		rows, _, err := s.Play()
		if err != nil {
			t.Fatal(err)
		}
		found, without := map[string]bool{}, 0
		for i := range rows.Signals {
			if rows.Signals[i].Kind == signals.Name(k) {
				found[rows.Signals[i].User] = true
			}
		}
		for i := range s.World.Log {
			if !found[s.World.Log[i].Event.User] {
				without++
			}
		}
		if len(found) == 0 || without == 0 {
			t.Errorf("%s: found with %d users, and %d events are of others: want some of both", file, len(found), without)
		}
	}
}
