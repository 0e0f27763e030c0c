package pipetest_test

import (
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/pipetest"
)

func agree(t *rapid.T, shape pipetest.Shape) {
	w := pipetest.DrawWorld(t, shape)
	rows, have, err := w.All()
	if err != nil {
		t.Fatal(err)
	}
	plain, want := pipetest.Oracle(w)
	if diff := pipetest.Fold(rows...).Diff(pipetest.Fold(plain)); diff != "" {
		t.Fatalf("engine and oracle differ:\n%s\n%s", diff, w)
	}
	if have != want {
		t.Fatalf("counters\nhave %+v\nwant %+v", have, want)
	}
}

func TestEngineAgreesWithTheOracle(t *testing.T) {
	for name, shape := range map[string]pipetest.Shape{
		"one topic":          {Topics: 1, Events: 25},
		"one topic, late":    {Topics: 1, Events: 25, Late: true},
		"two topics":         {Topics: 2, Events: 25},
		"two topics, late":   {Topics: 2, Events: 25, Late: true},
		"requests anywhere":  {Topics: 2, Events: 25, Late: true, Spread: true},
		"types in any topic": {Topics: 2, Events: 25, Late: true, Wild: true},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { agree(t, shape) })
		})
	}
}
