package session

import (
	"errors"
	"slices"
	"testing"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/statetest"
)

func TestSessionsComeBackFromTheirState(t *testing.T) {
	statetest.RoundTrip(t, func() any { c := NewClock(1, 2); return &c }, func(v any, st *event.State) { v.(*Clock).Save(st) }, ".disorder")
	statetest.RoundTrip(t, func() any { return &Session{} }, func(v any, st *event.State) { v.(*Session).Save(st) }, ".IDs", ".recent.topic")
}

func TestIDsComeBackFromTheirState(t *testing.T) {
	for _, want := range [][]uint64{nil, {0}, {7}, {0, 1, 1 << 40, 1<<64 - 1}, slices.Repeat([]uint64{3}, 1)} {
		var s, back IDs
		for _, id := range want {
			s.Add(id)
		}
		out := event.WriteState(nil)
		s.Save(out)
		in := event.ReadState(out.Bytes())
		back.Save(in)
		if err := in.Done(); err != nil || !slices.Equal(back.Sorted(), want) || int(back.Len()) != len(want) {
			t.Errorf("%v came back as %v, %d: %v", want, back.Sorted(), back.Len(), err)
		}
	}
}

func TestAClockOfOtherTopicsIsRefused(t *testing.T) {
	two, out := NewClock(0, 2), event.WriteState(nil)
	two.Save(out)
	three, in := NewClock(0, 3), event.ReadState(out.Bytes())
	if three.Save(in); !errors.Is(in.Done(), event.ErrState) {
		t.Errorf("a clock of two topics came back as one of three: %v", in.Done())
	}
}

func TestAnUnknownOriginIsRefused(t *testing.T) {
	var s Session
	out := event.WriteState(nil)
	s.Save(out)
	bytes := out.Bytes()
	bytes[len(bytes)-1] = 16 // the origin is last where there is no campaign
	in := event.ReadState(bytes)
	if s.Save(in); !errors.Is(in.Done(), event.ErrState) {
		t.Errorf("accepted: %+v", s)
	}
}

// Records wait in the buffer, and come back with their order.
func TestABufferComesBackFromItsState(t *testing.T) {
	var b, back Buffer
	for i := range 3 {
		e := b.Slot()
		e.Time, e.User = event.Millis(100-i), "ada"
		b.Add(NewEntry(event.Millis(200-i), uint8(i%2), int64(i), e))
	}
	out := event.WriteState(nil)
	b.Save(out, 2)
	in := event.ReadState(out.Bytes())
	if back.Save(in, 2); in.Done() != nil {
		t.Fatal(in.Done())
	}
	again := event.WriteState(nil)
	if back.Save(again, 2); string(again.Bytes()) != string(out.Bytes()) {
		t.Error("what came back is saved otherwise")
	}
	in = event.ReadState(out.Bytes())
	if back.Save(in, 1); !errors.Is(in.Done(), event.ErrState) {
		t.Errorf("a record of a topic that is not there: %v", in.Done())
	}
}
