package journey

import (
	"errors"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/statetest"
)

func TestVisitsComeBackFromTheirState(t *testing.T) {
	statetest.RoundTrip(t, func() any { return &Visit{} }, func(v any, st *event.State) {
		x := v.(*Visit)
		if !st.Reading() {
			x.Outcome = Dropped
		}
		x.save(st)
		if st.Reading() && st.Err() == nil && x.Outcome != Dropped {
			t.Errorf("outcome %v", x.Outcome)
		}
		x.Outcome = Open
	}, ".Cell", ".Outbox", ".Row", ".Outcome") // which are set anew
}

func TestAttemptsComeBackFromTheirState(t *testing.T) {
	statetest.RoundTrip(t, func() any { return &Track{} }, func(v any, st *event.State) {
		x := v.(*Track)
		if !st.Reading() {
			x.Visits = []Visit{{Left: event.Never}}
			for i := range x.attempts {
				x.attempts[i].current = int32(i - 1)
			}
		}
		x.Save(st)
	}, ".Visits", ".current")
}

// A session cannot be on a visit that it does not have, or that it has left.
func TestAttemptsOnNoVisitAreRefused(t *testing.T) {
	for name, x := range map[string]Track{
		"below none":      {attempts: []attempt{{current: -2}}},
		"behind the last": {attempts: []attempt{{current: 0}}},
		"left":            {Visits: []Visit{{Left: 5}}, attempts: []attempt{{current: 0}}},
	} {
		out := event.WriteState(nil)
		x.Save(out)
		in := event.ReadState(out.Bytes())
		var back Track
		if back.Save(in); !errors.Is(in.Done(), event.ErrState) {
			t.Errorf("%s: %v", name, in.Done())
		}
	}
	visit := Visit{Outcome: NumOutcomes}
	out := event.WriteState(nil)
	visit.save(out)
	in := event.ReadState(out.Bytes())
	if visit.save(in); !errors.Is(in.Done(), event.ErrState) {
		t.Errorf("an unknown outcome: %v", in.Done())
	}
}
