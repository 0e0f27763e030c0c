package event_test

import (
	"reflect"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/statetest"
)

// Each field comes back, and bytes that are cut short anywhere are refused.
func TestEveryFieldComesBackFromItsState(t *testing.T) {
	statetest.RoundTrip(t, func() any { return &event.Event{} }, func(v any, st *event.State) {
		e := v.(*event.Event)
		if !st.Reading() {
			e.Type = event.Click
		}
		e.Save(st)
	}, ".Type")
	statetest.RoundTrip(t, func() any { return &event.Counters{} }, func(v any, st *event.State) { v.(*event.Counters).Save(st) }, ".Missed") // which is the task's
}

func TestCountersOfTwoTasksAddUp(t *testing.T) {
	var a, b event.Counters
	fill := func(c *event.Counters, by uint64) {
		v := reflect.ValueOf(c).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); f.Kind() == reflect.Uint64 {
				f.SetUint(by * uint64(i+1))
			}
		}
		for i := range c.ByReason {
			c.ByReason[i] = by * uint64(100+i)
		}
	}
	fill(&a, 1)
	fill(&b, 1000)
	a.Add(b)
	fill(&b, 1001)
	if a != b {
		t.Errorf("%+v, want %+v", a, b)
	}
}

func TestCountersBalance(t *testing.T) {
	c := event.Counters{Consumed: 28, Filtered: 1, Rejected: 2, Late: 3, Duplicates: 4, Capped: 5, Pending: 6, InSessions: 7}
	if !c.Balanced() {
		t.Errorf("%+v", c)
	}
	for _, v := range []*uint64{&c.Consumed, &c.Filtered, &c.Rejected, &c.Late, &c.Duplicates, &c.Capped, &c.Pending, &c.InSessions} {
		*v++
		if c.Balanced() {
			t.Errorf("%+v", c)
		}
		*v--
	}
}
