package event_test

import (
	"strings"
	"testing"

	"friction/pipeline/event"
)

func TestTimesOfStateAreBounded(t *testing.T) {
	for at, ok := range map[event.Millis]bool{0: true, 1 << 55: true, -1 << 55: true, 1<<55 + 1: false, -1<<55 - 1: false, event.Never: false} {
		out, v := event.WriteState(nil), at
		event.Time(out, &v)
		in := event.ReadState(out.Bytes())
		event.Time(in, &v)
		if (in.Done() == nil) != ok || ok && v != at || !ok && v != 0 {
			t.Errorf("%d came back as %d: %v", at, v, in.Done())
		}
	}
}

// Numbers that do not fit what they are read into are refused.
func TestNumbersOfStateMustFit(t *testing.T) {
	out := event.WriteState(nil)
	big, wide := int64(1<<31), uint64(1<<8)
	event.Int(out, &big)
	event.Uint(out, &wide)
	in := event.ReadState(out.Bytes())
	var small int32
	if event.Int(in, &small); in.Err() == nil {
		t.Errorf("%d was read as %d", big, small)
	}
	in = event.ReadState(out.Bytes()[5:])
	var narrow uint8
	if event.Uint(in, &narrow); in.Err() == nil {
		t.Errorf("%d was read as %d", wide, narrow)
	}
}

// Equal short texts share memory, which shows in nothing; long ones come back as well.
func TestTextsOfState(t *testing.T) {
	for _, text := range []string{"", "a", strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("x", 300)} {
		for _, read := range []func([]byte) *event.State{event.ReadState, event.ReadUninterned} {
			out, v := event.WriteState(nil), text
			event.Str(out, &v)
			event.Str(out, &v)
			in := read(out.Bytes())
			var one, two string
			event.Str(in, &one)
			event.Str(in, &two)
			if in.Done() != nil || one != text || two != text {
				t.Errorf("%d bytes came back as %d and %d: %v", len(text), len(one), len(two), in.Done())
			}
		}
	}
}
