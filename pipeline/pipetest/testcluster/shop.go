package testcluster

import (
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/pipetest/tables"
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
	rows    []*score.Rows
}

// ShopOptions say which shop to play.
type ShopOptions struct {
	Seed         uint64
	Start, Until time.Time
	Rate         float64 // sessions a minute, day and night
	Breaks       string  // journey/step of an incident; empty: none
	BreaksAt     time.Time
}

// ShopRows are what a shop has left.
type ShopRows struct {
	Rows    *score.Rows        // the last version of each, all tasks together
	Emitted event.Millis       // up to which all tasks have written windows and panes
	Records uint64             // read
	Weights map[string]float64 // by kind of signal
}

// Shop plays a simulated shop and inserts what two workers would have: rows of an epoch every quarter of an hour, so that
// rows have older versions. Sessions still open at the end stay open.
func (d *Database) Shop(o ShopOptions) *ShopRows {
	d.t.Helper()
	shop := d.openShop(o)
	var tasks [shopTasks]shopTask
	config := ShopConfig()
	for i := range tasks {
		var err error
		if tasks[i].engine, err = engine.New(config, []string{simulate.Clickstream, simulate.Telemetry}); err != nil {
			d.t.Fatal(err)
		}
		if tasks[i].decoder, err = decode.New(decode.DefaultConfig()); err != nil {
			d.t.Fatal(err)
		}
	}
	left := &ShopRows{Weights: d.registerShop(&config, tasks[0].engine.Weights()), Emitted: event.Never}
	for at := o.Start; at.Before(o.Until); {
		at = at.Add(15 * time.Minute)
		if at.After(o.Until) {
			at = o.Until
		}
		for r := range shop.Records(at) {
			tasks[len(r.Key)%2^int(r.Key[len(r.Key)-1])%2].read(r)
			left.Records++
		}
		for i := range tasks {
			d.epoch(uint16(i), &tasks[i], at)
		}
	}
	var rows []*score.Rows
	for i := range tasks {
		rows = append(rows, tables.Last(tasks[i].rows...))
		left.Emitted = min(left.Emitted, tasks[i].engine.Emitted())
	}
	left.Rows = tables.Sum(rows...)
	return left
}

func (d *Database) openShop(o ShopOptions) *simulate.Shop {
	d.t.Helper()
	options := simulate.Options{Seed: o.Seed, Start: o.Start, Rate: o.Rate, Flat: true}
	incident, err := simulate.ParseIncident(o.Breaks)
	if err != nil {
		d.t.Fatal(err)
	}
	if o.Breaks != "" {
		incident.First = o.BreaksAt
		options.Incidents = []simulate.Incident{incident}
	}
	shop, err := simulate.New(options)
	if err != nil {
		d.t.Fatal(err)
	}
	return shop
}

// registerShop tells what journeys and weights mean.
func (d *Database) registerShop(c *engine.Config, version string) map[string]float64 {
	d.t.Helper()
	weights, plain := map[string]sink.Weight{}, map[string]float64{}
	for kind, w := range c.Score.Weights {
		plain[kind] = w.Weight
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
	return plain
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
		s.rows = append(s.rows, rows)
		rows.Progress = []score.ProgressRow{{
			Birth: 1, Epoch: s.epochs, Watermark: e.Watermark(), RowsUntil: e.Emitted(), WallClock: event.Millis(wall.UnixMilli()), Open: uint64(e.Open()),
			Counters: e.Counters(), Config: "shop",
			Positions: []score.Position{{Topic: simulate.Clickstream, Next: s.offsets[0], End: s.offsets[0]}, {Topic: simulate.Telemetry, Next: s.offsets[1], End: s.offsets[1]}},
		}}
		d.Insert(score.Stamp{Group: "shop", Run: "1", Task: number, Version: score.Version(1, s.epochs), Tasks: shopTasks, Settle: 1_860_000}, rows)
	}
}
