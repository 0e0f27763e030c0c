package pipetest

import (
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/score"
	"friction/pipeline/simulate"
	"friction/pipeline/sink"
)

// ShopConfig is the engine's defaults with the journeys of the simulated shop.
func ShopConfig() engine.Config {
	c := engine.DefaultConfig()
	for _, s := range simulate.Steps() {
		list := c.Journeys.List
		if n := len(list); n == 0 || list[n-1].Name != s.Journey {
			list = append(list, journey.Journey{Name: s.Journey})
		}
		j := &list[len(list)-1]
		j.Steps = append(j.Steps, journey.Step{Name: s.Step, Match: []journey.Match{{Type: journey.Values{"page_view", "screen_view"}, Page: s.Pages}}})
		c.Journeys.List = list
	}
	return c
}

// shopTasks is how many tasks share the shop's customers.
const shopTasks = 2

// shopTask is one of them.
type shopTask struct {
	engine  *engine.Engine
	decoder *decode.Decoder
	offsets [2]int64
	epochs  uint64
}

// Shop plays a simulated shop from o.Start until a moment and inserts what two workers would have: rows of an epoch
// every quarter of an hour, so that rows have older versions. Sessions still open at the end stay open.
func (d *Database) Shop(o simulate.Options, until time.Time) {
	d.t.Helper()
	shop, err := simulate.New(o)
	if err != nil {
		d.t.Fatal(err)
	}
	var tasks [shopTasks]shopTask
	config := ShopConfig()
	for i := range tasks {
		if tasks[i].engine, err = engine.New(config, []string{simulate.Clickstream, simulate.Telemetry}); err != nil {
			d.t.Fatal(err)
		}
		if tasks[i].decoder, err = decode.New(decode.DefaultConfig()); err != nil {
			d.t.Fatal(err)
		}
	}
	d.registerShop(&config, tasks[0].engine.Weights())
	for at := o.Start; at.Before(until); {
		at = at.Add(15 * time.Minute)
		if at.After(until) {
			at = until
		}
		for r := range shop.Records(at) {
			tasks[len(r.Key)%2^int(r.Key[len(r.Key)-1])%2].read(r)
		}
		for i := range tasks {
			d.epoch(uint16(i), &tasks[i], at)
		}
	}
}

// registerShop tells what journeys and weights mean.
func (d *Database) registerShop(c *engine.Config, version string) {
	d.t.Helper()
	weights := map[string]sink.Weight{}
	for kind, w := range c.Score.Weights {
		weights[kind] = sink.Weight{Weight: w.Weight, Cap: uint32(w.Cap)}
	}
	if err := d.sink.RegisterWeights(d.t.Context(), "", version, weights); err != nil {
		d.t.Fatal(err)
	}
	var steps []sink.JourneyStep
	for _, j := range c.Journeys.List {
		for i, s := range j.Steps {
			steps = append(steps, sink.JourneyStep{Journey: j.Name, Index: uint16(i), Step: s.Name, Rule: "{}", Required: !s.Optional, Mode: "ordered"})
		}
	}
	if err := d.sink.RegisterJourneys(d.t.Context(), "shop", steps); err != nil {
		d.t.Fatal(err)
	}
}

// read takes one record.
func (s *shopTask) read(r simulate.Record) {
	rec := event.Record{Time: event.Millis(r.Deliver.UnixMilli()), Key: []byte(r.Key), Value: r.Value}
	if r.Topic == simulate.Telemetry {
		rec.Topic = 1
	}
	rec.Offset = s.offsets[rec.Topic]
	s.offsets[rec.Topic]++
	if why := s.decoder.Decode(&rec, s.engine.Slot()); why.Reason != event.Accepted {
		s.engine.Reject(&rec, why, rec.Bytes())
		return
	}
	s.engine.Add(&rec)
}

// epoch ends one and inserts its rows.
func (d *Database) epoch(number uint16, s *shopTask, wall time.Time) {
	d.t.Helper()
	e := s.engine
	e.Advance(event.Millis(wall.Add(-10 * time.Second).UnixMilli()))
	for done := false; !done; {
		done = e.Run()
		rows := e.TakeRows()
		s.epochs++
		rows.Progress = []score.ProgressRow{{
			Birth: 1, Epoch: s.epochs, Watermark: e.Watermark(), RowsUntil: e.Emitted(), WallClock: event.Millis(wall.UnixMilli()), Open: uint64(e.Open()),
			Counters: e.Counters(), Config: "shop",
			Positions: []score.Position{{Topic: simulate.Clickstream, Next: s.offsets[0], End: s.offsets[0]}, {Topic: simulate.Telemetry, Next: s.offsets[1], End: s.offsets[1]}},
		}}
		d.Insert(score.Stamp{Group: "shop", Run: "1", Task: number, Version: score.Version(1, s.epochs), Tasks: shopTasks, Settle: 1_860_000}, rows)
	}
}
