package tuning_test

import (
	"os"
	"testing"

	"friction/pipeline/pipetest/scenario"
)

func TestScenarios(t *testing.T) { scenario.RunAll(t) }

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
