package engine

import (
	"fmt"
	"testing"
)

func TestAnAppIsDesertedWhenHalfOfItsEventsAreInNoSession(t *testing.T) {
	e := &Engine{attendances: attendances{}}
	e.attendances.add("half", 3, 0)
	e.attendances.add("half", 0, 3)
	e.attendances.add("less", 4, 0)
	e.attendances.add("less", 0, 3)
	e.attendances.add("api", 0, 1)
	if got := fmt.Sprint(e.Deserted()); got != "[{api 0 1} {half 3 3}]" {
		t.Error(got)
	}
	for i := range 2 * maxAttendance {
		e.attendances.add(fmt.Sprint(i), 1, 1)
	}
	if n := len(e.attendances); n != maxAttendance {
		t.Errorf("%d apps are counted, want %d", n, maxAttendance)
	}
}
