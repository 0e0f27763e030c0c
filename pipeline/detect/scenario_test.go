package detect_test

import (
	"os"
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/pipetest/scenario"
)

func TestScenarios(t *testing.T) { scenario.RunAll(t) }

// Every signal has a story of its own name: of somebody who gives it, and of
// somebody who nearly does.
func TestEverySignalHasAStory(t *testing.T) {
	for k := range detect.NumKinds {
		file := "testdata/" + k.String() + ".txt"
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
			if rows.Signals[i].Kind == k.String() {
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

// Overrides are told as a story, too; the oracle does not know them.
func TestOverrides(t *testing.T) {
	const file = "testdata/overrides/places.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(string(text))
	if err != nil {
		t.Fatalf("%s:%v", file, err)
	}
	_, shown, err := s.Play()
	if err != nil {
		t.Fatal(err)
	}
	for i, look := range s.Looks {
		if shown[i] != look.Text {
			t.Errorf("%s: have\n%s\nwant\n%s", file, shown[i], look.Text)
		}
	}
}
