package engine_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/event"
	"friction/pipeline/pipetest/scenario"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
)

// shape of worlds in which everything may happen.
var anything = world.Shape{Topics: 2, Events: 20, Late: true, Spread: true}

// interleave draws another order of arrival: each topic keeps its own.
func interleave(t *rapid.T, log []world.Record) []world.Record {
	var topics [2][]world.Record
	for _, r := range log {
		topics[r.Topic] = append(topics[r.Topic], r)
	}
	var out []world.Record
	for len(topics[0])+len(topics[1]) > 0 {
		at := 0
		if len(topics[0]) == 0 || len(topics[1]) > 0 && rapid.Bool().Draw(t, "second topic next") {
			at = 1
		}
		n := min(rapid.IntRange(1, 5).Draw(t, "records in a row"), len(topics[at]))
		out = append(out, topics[at][:n]...)
		topics[at] = topics[at][n:]
	}
	return out
}

// cut draws lengths of epochs for a log.
func cut(t *rapid.T, n int) (cuts []int) {
	for at := 0; at < n; {
		at = min(n, at+rapid.IntRange(1, 30).Draw(t, "epoch"))
		cuts = append(cuts, at)
	}
	return cuts
}

// feed feeds a log in epochs; restart says whether to go on with a fresh engine after each.
func feed(w *world.World, log []world.Record, cuts []int, restart func(int) bool) ([]*score.Rows, event.Counters, error) {
	d, err := scenario.NewDrive(w)
	if err != nil {
		return nil, event.Counters{}, err
	}
	at := 0
	for i, end := range cuts {
		d.Add(log[at:end])
		at = end
		if err := d.Run(event.Beginning); err != nil {
			return nil, event.Counters{}, err
		}
		if restart(i) {
			if err := d.Restart(); err != nil {
				return nil, event.Counters{}, fmt.Errorf("after epoch %d: %w", i, err)
			}
		}
	}
	if err := d.Close(); err != nil {
		return nil, event.Counters{}, err
	}
	return d.Rows, d.Engine.Counters(), nil
}

// Cutting the records into other epochs, weaving the topics in another way,
// starting anew in between or filling the outbox early changes nothing.
func TestTheSameRecordsGiveTheSameRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		plain, counted, err := scenario.All(w)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "tiny outbox") {
			w.Config.OutboxBytes = 1 << 10
		}
		log := interleave(t, w.Log)
		restarts := rapid.IntRange(0, 3).Draw(t, "restart every")
		rows, counters, err := feed(w, log, cut(t, len(log)), func(i int) bool { return restarts > 0 && i%restarts == 0 })
		if err != nil {
			t.Fatal(err)
		}
		want := score.AppendRows(nil, tables.Last(plain...))
		if have := score.AppendRows(nil, tables.Last(rows...)); !bytes.Equal(have, want) {
			t.Fatalf("tables differ:\n%s\n%s", tables.Fold(rows...).Diff(tables.Fold(plain...)), w)
		}
		if counters != counted {
			t.Fatalf("counters\nhave %+v\nwant %+v", counters, counted)
		}
	})
}

// A task that goes on from saved state makes, epoch by epoch, the bytes that the
// one before would have made: that is what recovery compares checksums of.
func TestRestartChangesNoByteOfAnyOutbox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		w.Config.OutboxBytes = rapid.SampledFrom([]int{1 << 10, 4 << 10, 8 << 20}).Draw(t, "outbox")
		cuts := cut(t, len(w.Log))
		want, _, err := feed(w, w.Log, cuts, func(int) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		have, _, err := feed(w, w.Log, cuts, func(int) bool { return rapid.Bool().Draw(t, "restart") })
		if err != nil {
			t.Fatal(err)
		}
		if len(have) != len(want) {
			t.Fatalf("%d outboxes, want %d", len(have), len(want))
		}
		for i := range want {
			if a, b := score.AppendRows(nil, have[i]), score.AppendRows(nil, want[i]); !bytes.Equal(a, b) {
				t.Fatalf("outbox %d differs:\n%s\n%s", i, tables.Fold(have[i]).Diff(tables.Fold(want[i])), w)
			}
		}
	})
}

// epoch is what the log knows of one: how many records were read, and where the watermark stood in the end.
type epoch struct {
	records   int
	watermark event.Millis
	rows      []byte
}

// makeEpochs makes epochs as a task does: it lets the engine take what the topics allow while it reads, stops
// reading when the outbox is full, and moves the watermark as idleness has it in the end.
func makeEpochs(t *rapid.T, d *scenario.Drive, log []world.Record) (epochs []epoch) {
	e := d.Engine
	for len(log) > 0 || len(epochs) == 0 || !e.Run() {
		step := func() bool { e.Advance(e.Reachable(nil)); return e.Run() }
		read, done := 0, step()
		for n := rapid.IntRange(0, 20).Draw(t, "records of the epoch"); done && read < min(n, len(log)); done = step() {
			batch := min(rapid.IntRange(1, 6).Draw(t, "records of a batch"), n-read, len(log)-read)
			add(d, log[read:read+batch])
			read += batch
		}
		if done {
			idle := []bool{rapid.Bool().Draw(t, "first is idle"), rapid.Bool().Draw(t, "second is idle")}
			e.Advance(e.Reachable(idle) + event.Millis(rapid.SampledFrom([]int{0, 0, 20_000}).Draw(t, "idle time")))
			e.Run()
		}
		epochs = append(epochs, epoch{read, e.Watermark(), score.AppendRows(nil, e.TakeRows())})
		log = log[read:]
	}
	return epochs
}

// add reads records, of which every seventh cannot be decoded.
func add(d *scenario.Drive, records []world.Record) {
	for i := range records {
		if r := &records[i]; r.Event.Time%7 == 0 {
			d.Engine.Slot()
			d.Engine.Reject(&event.Record{Topic: uint8(r.Topic), Offset: int64(r.Event.Time)}, event.Rejection{Reason: event.Malformed}, 9)
			continue
		}
		d.Add(records[i : i+1])
	}
}

// Recovery processes an epoch in one go, under its last watermark. That makes every byte that was made while
// records came in.
func TestAnEpochInOneGoMakesTheBytesOfItsSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		w.Config.OutboxBytes = rapid.SampledFrom([]int{1 << 10, 4 << 10, 8 << 20}).Draw(t, "outbox")
		first, err := scenario.NewDrive(w)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenario.NewDrive(w)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for i, x := range makeEpochs(t, first, w.Log) {
			add(again, w.Log[at:at+x.records])
			at += x.records
			again.Engine.Advance(x.watermark)
			again.Engine.Run()
			rows := again.Engine.TakeRows()
			if have := score.AppendRows(nil, rows); !bytes.Equal(have, x.rows) {
				want, _ := score.DecodeRows(x.rows)
				t.Fatalf("epoch %d differs:\n%s\n%s", i, tables.Fold(rows).Diff(tables.Fold(want)), w)
			}
			again.Engine.Reuse(rows)
		}
	})
}

// Users live in one partition each: with four tasks for one, the rows are the
// same once panes and windows are summed. (What comes later than disorder allows
// is judged by its own partition's time, so there is none of that here.)
func TestFourTasksMakeTheRowsOfOne(t *testing.T) {
	shape := anything
	shape.Late = false
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, shape)
		c := &w.Config // limits are a task's own
		c.Sessions.MaxOpen, c.Sessions.MaxApps, c.Journeys.Site.MaxPages, c.Score.MaxValues = 100, 100, 500, 100
		var logs [4][]world.Record
		for i := range w.Log {
			r := &w.Log[i]
			if r.Event.Status == 404 {
				r.Event.Status = 500 // a page that is not there has a place only in a task where somebody has seen it
			}
			at := r.Event.User[len(r.Event.User)-1] % 4
			logs[at] = append(logs[at], *r)
		}
		one, _, err := scenario.All(w)
		if err != nil {
			t.Fatal(err)
		}
		var tasks []*score.Rows
		for _, log := range logs {
			part := &world.World{Config: w.Config, Topics: w.Topics, Log: log}
			rows, _, err := scenario.All(part)
			if err != nil {
				t.Fatal(err)
			}
			tasks = append(tasks, tables.Last(rows...))
		}
		if diff := tables.Fold(tables.Sum(tasks...)).Diff(tables.Fold(one...)); diff != "" {
			t.Fatalf("four tasks differ from one:\n%s\n%s", diff, w)
		}
	})
}

// Emission never changes content, only when it can be read.
func TestEmissionDecidesOnlyWhen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := world.Draw(t, anything)
		plain, _, err := scenario.All(w)
		if err != nil {
			t.Fatal(err)
		}
		w.Config.Score.EmitEvery = rapid.SampledFrom([]time.Duration{time.Millisecond, 700 * time.Millisecond, time.Hour}).Draw(t, "emit every")
		rows, _, err := feed(w, w.Log, cut(t, len(w.Log)), func(int) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		if diff := tables.Fold(rows...).Diff(tables.Fold(plain...)); diff != "" {
			t.Fatalf("other rows:\n%s\n%s", diff, w)
		}
	})
}
