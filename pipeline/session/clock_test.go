package session

import (
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

func TestEffectiveTimeFollowsFromTheTopicsLogAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disorder := event.Millis(rapid.IntRange(0, 20).Draw(t, "disorder"))
		c := NewClock(disorder, 2)
		var seen [2][]event.Millis
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			topic := uint8(rapid.IntRange(0, 1).Draw(t, "topic"))
			at := event.Millis(rapid.IntRange(0, 100).Draw(t, "time"))
			seen[topic] = append(seen[topic], at)
			want := at
			for _, x := range seen[topic] {
				want = max(want, x-disorder)
			}
			if got, overtaken := c.Effective(topic, at); got != want || overtaken {
				t.Fatalf("effective time %d (overtaken %v), want %d", got, overtaken, want)
			}
		}
	})
}

func TestWatermark(t *testing.T) {
	c := NewClock(10, 2)
	reach := func(want event.Millis, idle ...bool) {
		t.Helper()
		if got := c.Reachable(idle); got != want {
			t.Errorf("reachable with %v idle: %d, want %d", idle, got, want)
		}
	}
	reach(event.Beginning)
	reach(event.Beginning, true, true)
	c.Effective(0, 100)
	reach(event.Beginning) // the other topic has said nothing, and may say anything
	reach(90, false, true) // unless it is idle
	reach(90, true, true)  // idleness moves a watermark on, but there must be one
	c.Advance(20)
	reach(20, true, true) // and how far is not the clock's to know
	c.Effective(1, 50)
	reach(40)
	reach(90, false, true)
	reach(40, true, false)
	c.Advance(60)
	c.Advance(30) // never back
	if c.Watermark() != 60 {
		t.Errorf("watermark %d, want 60", c.Watermark())
	}
	reach(60)
	reach(60, true, true)
	if got, overtaken := c.Effective(1, 55); got != 60 || !overtaken {
		t.Errorf("a record behind the watermark is taken at %d, overtaken %v; want 60, true", got, overtaken)
	}
	if got, overtaken := c.Effective(1, 60); got != 60 || overtaken {
		t.Errorf("a record at the watermark is taken at %d, overtaken %v; want 60, false", got, overtaken)
	}
	if c.TopicTime(0) != 100 || c.TopicTime(1) != 60 {
		t.Errorf("topic times %d, %d; want 100, 60", c.TopicTime(0), c.TopicTime(1))
	}
}

func TestClockOfOtherTopicsIsRefused(t *testing.T) {
	c := NewClock(10, 2)
	st := event.WriteState(nil)
	c.Save(st)
	other := NewClock(10, 3)
	in := event.ReadState(st.Bytes())
	other.Save(in)
	if in.Err() == nil {
		t.Error("state of two topics was read for three")
	}
}
