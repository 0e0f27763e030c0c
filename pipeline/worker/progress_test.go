package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/checkpoint"
)

// A task that is told to stop goes on for a while, and then breaks the epoch in hand off.
func TestStopIsHeardWithinAnEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		interrupted := patience(ctx)
		if err := interrupted(); err != nil {
			t.Errorf("before the stop: %v", err)
		}
		stop()
		if err := interrupted(); err != nil {
			t.Errorf("at the stop: %v", err)
		}
		time.Sleep(stopPatience)
		synctest.Wait()
		if err := interrupted(); err != nil {
			t.Errorf("after just the time it has: %v", err)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if err := interrupted(); !errors.Is(err, context.Canceled) {
			t.Errorf("after more: %v", err)
		}
	})
}

// An engine that is interrupted between two steps says so, and takes nothing more.
func TestMachineIsInterrupted(t *testing.T) {
	w := shopWorld(t, 1)
	m, err := newMachine(w.Rules, w.Topics)
	if err != nil {
		t.Fatal(err)
	}
	records := w.Records[w.Topics[0]]
	broken, looks := errors.New("broken off"), 0
	m.every = 10
	m.interrupted = func() error {
		if looks++; looks > 3 {
			return broken
		}
		return nil
	}
	if err := m.feed(0, records[:100], 1<<60, nil); !errors.Is(err, broken) {
		t.Errorf("feed: %v", err)
	}
	if n := m.engine.Counters().Consumed; n != 39 {
		t.Errorf("%d records were decoded before the interruption, want 39", n)
	}
	if looks = 0; !errors.Is(m.advance(m.engine.ClosingWatermark()), broken) {
		t.Error("advance went on")
	}
	if n := m.engine.Counters().Pending; n == 0 || n > 29 {
		t.Errorf("%d of 39 records wait after four times ten steps", n)
	}
}

// grows is a partition whose topics have so many records by now.
type grows struct {
	Partition
	end int64
}

func (g *grows) End(context.Context, string) (int64, error) { return g.end, nil }

// While a task is busy with one epoch, its status says what is unread, and the worker becomes unready.
func TestBusyTaskShowsWhatIsUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		topics := &grows{end: 1000}
		task := NewTask(TaskOptions{Config: DefaultConfig(), Partition: 7, Topics: []string{"a", "b"}, Source: topics, Log: zap.NewNop(), Writer: &checkpoint.Writer{}})
		read := TaskStatus{Inputs: []InputStatus{{Topic: "a", Next: 400, End: 500}, {Topic: "b", Next: 100, End: 100}}, Lag: 100}
		task.status.Store(&read)
		tasks := &taskSet{tasks: map[int32]*Task{7: task}}
		task.showBusyLag(t.Context())
		if s := task.Status(); s.Lag != 100 {
			t.Errorf("lag %d of a task that has just ended an epoch, want its own 100", s.Lag)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		task.showBusyLag(t.Context())
		if s := task.Status(); s.Lag != 600+900 || s.CaughtUp || read.Lag != 100 {
			t.Errorf("lag %d of a busy task, want 1500", s.Lag)
		}
		if c := progressReady(tasks, time.Minute); !c.OK {
			t.Errorf("after just the time it has: %+v", c)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if c := progressReady(tasks, time.Minute); c.OK || c.Note != "task 7 has been busy with one epoch for 1m1s (worker.progress_timeout is 1m0s)" {
			t.Errorf("after more: %+v", c)
		}
		task.progressed()
		if c := progressReady(tasks, time.Minute); !c.OK {
			t.Errorf("after an epoch: %+v", c)
		}
	})
}
