package detect

import (
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/statetest"
)

func TestWhatDetectorsShareComesBackFromItsState(t *testing.T) {
	signal := func(v any, st *event.State) { v.(*Signal).Save(st) }
	statetest.RoundTrip(t, func() any { return &Signal{} }, signal, ".rule")
	statetest.RoundTrip(t, func() any { return &Shown{} }, func(v any, st *event.State) { v.(*Shown).Save(st) })
	statetest.RoundTrip(t, func() any { return &Act{} }, func(v any, st *event.State) { v.(*Act).save(st) })
	statetest.RoundTrip(t, func() any { return newReactions(nil) }, func(v any, st *event.State) { v.(*Reactions).save(st) })
	set := &Set{}
	statetest.RoundTrip(t, func() any { return &SessionState{} }, func(v any, st *event.State) {
		r := v.(*SessionState)
		r.active = nil // of detectors, which the signals test
		if b := r.brief; b != nil {
			b.waiting = nil // as above
		}
		set.Save(st, r)
	}, ".active", ".waiting", ".rule")
}

// The first event and the next nineteen are named, and the run ends with the latest.
func TestSignalsNameTheirFirstEvents(t *testing.T) {
	var s Signal
	if s.Events() != nil || s.names("") || s.First() != "" {
		t.Errorf("of nothing: %v", s.Events())
	}
	for i := range 25 {
		s.Add(event.Millis(100-i), string(rune('a'+i)))
	}
	if got := s.Events(); len(got) != MaxEvents || got[0] != "a" || got[19] != "t" || s.First() != "a" {
		t.Errorf("named are %v", got)
	}
	if s.Ended != 100 || !s.names("a") || !s.names("t") || s.names("u") {
		t.Errorf("%+v", s)
	}
}
