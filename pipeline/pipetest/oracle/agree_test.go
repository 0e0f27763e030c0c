package oracle_test

import (
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/oracle"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
)

func agree(t *rapid.T, shape world.Shape) {
	w := world.Draw(t, shape)
	rows, have, err := scenario.All(w)
	if err != nil {
		t.Fatal(err)
	}
	plain, want := oracle.Rows(w)
	if diff := tables.Fold(rows...).Diff(tables.Fold(plain)); diff != "" {
		t.Fatalf("engine and oracle differ:\n%s\n%s", diff, w)
	}
	have.ByLimit = event.Limits{} // how the engine keeps its lists short is its own business, as long as rows are right
	if have != want {
		t.Fatalf("counters\nhave %+v\nwant %+v", have, want)
	}
}

func TestEngineAgreesWithTheOracle(t *testing.T) {
	for name, shape := range map[string]world.Shape{
		"one topic":          {Topics: 1, Events: 25},
		"one topic, late":    {Topics: 1, Events: 25, Late: true},
		"two topics":         {Topics: 2, Events: 25},
		"two topics, late":   {Topics: 2, Events: 25, Late: true},
		"requests anywhere":  {Topics: 2, Events: 25, Late: true, Spread: true},
		"overrides":          {Topics: 2, Events: 20, Late: true, Spread: true, Tuned: true},
		"types in any topic": {Topics: 2, Events: 25, Late: true, Wild: true},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { agree(t, shape) })
		})
	}
}
