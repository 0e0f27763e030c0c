package scenario

import (
	"fmt"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/tables"
	"friction/pipeline/pipetest/world"
	"friction/pipeline/score"
)

// Drive feeds a world to an engine, epoch by epoch. Whatever it does, counters
// must balance and an outbox hold at most one row a key.
type Drive struct {
	World   *world.World
	Engine  *engine.Engine
	Rows    []*score.Rows // one for each TakeRows
	offsets []int64
}

// NewDrive returns a drive with an engine that has seen nothing.
func NewDrive(w *world.World) (*Drive, error) {
	e, err := engine.New(w.Config, w.Topics)
	if err != nil {
		return nil, err
	}
	return &Drive{World: w, Engine: e, offsets: make([]int64, len(w.Topics))}, nil
}

// Add reads the next records, in the order given.
func (d *Drive) Add(records []world.Record) {
	for i := range records {
		r := &records[i]
		*d.Engine.Slot() = r.Event
		d.Engine.Add(&event.Record{Topic: uint8(r.Topic), Offset: d.offsets[r.Topic], Time: r.Event.Recorded})
		d.offsets[r.Topic]++
	}
}

// Run moves the watermark to w, or as far as the topics allow when w is
// event.Beginning, and takes all rows that come of it.
func (d *Drive) Run(w event.Millis) error {
	if w == event.Beginning {
		w = d.Engine.Reachable(nil)
	}
	d.Engine.Advance(w)
	for done := false; !done; {
		done = d.Engine.Run()
		if err := d.take(); err != nil {
			return err
		}
	}
	return nil
}

func (d *Drive) take() error {
	rows := d.Engine.TakeRows()
	d.Rows = append(d.Rows, rows)
	if c := d.Engine.Counters(); !c.Balanced() {
		return fmt.Errorf("counters do not balance: %+v", c)
	}
	if double := tables.Doubled(rows); double != "" {
		return fmt.Errorf("more than one row of a key in one outbox:\n%s", double)
	}
	return nil
}

// Close ends the world.
func (d *Drive) Close() error { return d.Run(d.Engine.ClosingWatermark()) }

// Restart puts the state into a fresh engine and goes on with that.
func (d *Drive) Restart() error {
	state := d.Engine.AppendState(nil)
	fresh, err := engine.New(d.World.Config, d.World.Topics)
	if err != nil {
		return err
	}
	if err := fresh.LoadState(state); err != nil {
		return err
	}
	if again := fresh.AppendState(nil); string(again) != string(state) {
		return fmt.Errorf("state of %d bytes loaded and appended again has %d bytes and is not the same", len(state), len(again))
	}
	d.Engine = fresh
	return nil
}

// All runs the whole world as one epoch and closes it.
func All(w *world.World) ([]*score.Rows, event.Counters, error) {
	d, err := NewDrive(w)
	if err != nil {
		return nil, event.Counters{}, err
	}
	d.Add(w.Log)
	if err := d.Run(event.Beginning); err != nil {
		return nil, event.Counters{}, err
	}
	if err := d.Close(); err != nil {
		return nil, event.Counters{}, err
	}
	return d.Rows, d.Engine.Counters(), nil
}
