package engine_test

import (
	"strings"
	"testing"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
)

func TestConfigIsChecked(t *testing.T) {
	for want, change := range map[string]func(*engine.Config){
		"sessions.gap: ":           func(c *engine.Config) { c.Sessions.Gap = 0 },
		"journeys.stall_after: ":   func(c *engine.Config) { c.Journeys.StallAfter = 0 },
		"signals.preset: ":         func(c *engine.Config) { c.Signals.Preset = "posthorn" },
		"score.slide: ":            func(c *engine.Config) { c.Score.Slide = 0 },
		"filter[1]":                func(c *engine.Config) { c.Filter = []journey.Match{{Page: journey.Values{"/a"}}, {}} },
		"limits.outbox_bytes: 102": func(c *engine.Config) { c.OutboxBytes = 1023 },
	} {
		c := engine.DefaultConfig()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want an error about %q, have %v", want, err)
		}
		if _, err := engine.New(c, []string{"clicks"}); err == nil {
			t.Errorf("an engine was made although %s", want)
		}
	}
	c := engine.DefaultConfig()
	c.OutboxBytes = 1024
	if _, err := engine.New(c, []string{"clicks"}); err != nil {
		t.Errorf("at the bound: %v", err)
	}
	for _, topics := range [][]string{nil, {"a", "b", "c", "d", "e"}} {
		if _, err := engine.New(c, topics); err == nil {
			t.Errorf("an engine of topics %v was made", topics)
		}
	}
	if _, err := engine.New(c, []string{"a", "b", "c", "d"}); err != nil {
		t.Errorf("of four topics: %v", err)
	}
}

// Rejected records are read as topics interleave, which must not show in the rows.
func TestRejectedRecordsAreInOrderOfTheirTopics(t *testing.T) {
	e, err := engine.New(engine.DefaultConfig(), []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []struct {
		topic  uint8
		offset int64
	}{{1, 7}, {0, 9}, {1, 6}, {0, 8}} {
		e.Reject(&event.Record{Topic: at.topic, Offset: at.offset, Time: 5}, event.Rejection{Reason: event.Malformed}, 3)
	}
	want := []score.RejectedRow{{Topic: "a", Offset: 8}, {Topic: "a", Offset: 9}, {Topic: "b", Offset: 6}, {Topic: "b", Offset: 7}}
	rows := e.TakeRows().Rejected
	if len(rows) != len(want) {
		t.Fatalf("%+v", rows)
	}
	for i, r := range rows {
		if r.Topic != want[i].Topic || r.Offset != want[i].Offset || r.Bytes != 3 || r.Reason != event.Malformed.String() || r.RecordTime != 5 {
			t.Errorf("row %d is %+v", i, r)
		}
	}
}

// What was emitted moves with the watermark, in steps of emit_every.
func TestEmittedFollowsTheWatermark(t *testing.T) {
	c := engine.DefaultConfig()
	e, err := engine.New(c, []string{"clicks"})
	if err != nil {
		t.Fatal(err)
	}
	const noon = event.Millis(1_767_268_800_000)
	for _, at := range []event.Millis{0, 4_000, 26_000} {
		*e.Slot() = event.Event{Time: noon + at, Recorded: noon + at, App: "shop", User: "ada", Type: event.PageView, Page: "/a", Key: event.Key{Lo: 1}}
		e.Add(&event.Record{Offset: int64(at), Time: noon + at})
		e.Advance(e.Reachable(nil))
		for !e.Run() {
			e.TakeRows()
		}
		e.TakeRows()
	}
	every := event.Millis(c.Score.EmitEvery.Milliseconds())
	if got, w := e.Emitted(), e.Watermark(); got > w || got <= w-2*every || got%every != 0 {
		t.Errorf("emitted until %d, watermark %d", got, w)
	}
}
