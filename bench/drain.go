package main

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"friction/pipeline/event"
	"friction/pipeline/worker"
)

// drainAll is all the work of a worker but for ClickHouse: every partition's task
// with its checkpoint log, until everything is read and logged.
func drainAll(ctx context.Context, t *task, w *watch) (int, error) {
	rules, err := rulesOf(t.Name)
	if err != nil {
		return 0, err
	}
	w.start()
	c, err := worker.Drain(ctx, worker.DrainOptions{Config: worker.DefaultConfig(), Kafka: t.kafka(), Rules: rules, Log: zap.NewNop()})
	w.stop()
	if err != nil {
		return 0, err
	}
	return int(c.Consumed), t.check(c)
}

// check makes sure that what was measured is the work that was to be done.
func (t *task) check(c event.Counters) error {
	want := t.Counts
	switch {
	case c.Consumed != uint64(want.Events):
		return fmt.Errorf("%d records were consumed, %d written", c.Consumed, want.Events)
	case c.Rejected+c.Late+c.Capped+c.Duplicates+c.Filtered > 0:
		return fmt.Errorf("records were set aside: %+v", c)
	case c.SessionsOpened > uint64(want.Sessions) || (c.SessionsOpened+c.Pending)*100 < uint64(want.Sessions)*99:
		return fmt.Errorf("%d sessions were opened, the load has %d", c.SessionsOpened, want.Sessions)
	case c.Signals*100 < uint64(want.RageClicks)*95:
		return fmt.Errorf("%d signals were found, the load has %d rage clicks", c.Signals, want.RageClicks)
	case t.Name == peersName && c.Signals > uint64(want.RageClicks):
		return fmt.Errorf("%d rage clicks were found, the load has %d", c.Signals, want.RageClicks)
	}
	return nil
}
