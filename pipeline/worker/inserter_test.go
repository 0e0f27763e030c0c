package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"friction/pipeline/score"
	"friction/pipeline/sink"
	"friction/pipeline/source"
)

// insertedInto is a sink that keeps which epochs came in which insert, and fails while it is told to.
type insertedInto struct {
	inserts [][]string
	failing bool
	refuse  func(stamp score.Stamp)
}

func (s *insertedInto) Insert(_ context.Context, batches []sink.Batch) error {
	if s.failing {
		return errors.New("no answer")
	}
	var epochs []string
	for _, b := range batches {
		epochs = append(epochs, fmt.Sprintf("%d/%d", b.Stamp.Task, b.Stamp.Version))
		if s.refuse != nil {
			s.refuse(b.Stamp)
		}
	}
	s.inserts = append(s.inserts, epochs)
	return nil
}

// rowsOf are the rows of an epoch, added to the tracker as a task does.
func rowsOf(f *flushTracker, epoch uint64) loggedRows {
	rows := score.AppendRows(nil, &score.Rows{Late: []score.LateRow{{User: "u"}}})
	f.addRows(len(rows))
	return loggedRows{
		tracker: f, pool: &bufferPool{}, epoch: epoch, rows: rows,
		stamp: score.Stamp{Group: "g", Run: "1", Task: uint16(f.partition), Version: epoch},
	}
}

func runInserter(t *testing.T, to *insertedInto) *Inserter {
	t.Helper()
	i := NewInserter(to, time.Second, NewMetrics("test"), zap.NewNop())
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	go i.Run(ctx)
	return i
}

// pass lets time pass in a bubble, until every goroutine of it waits.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// What waits goes into the sink together, in the order of each task; what fails is inserted later, and counts as flushed
// only then.
func TestRowsAreInsertedTogetherAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &insertedInto{failing: true}
		i := runInserter(t, to)
		a, b := newFlushTracker(0), newFlushTracker(1)
		for epoch := range uint64(2) {
			i.add(rowsOf(a, epoch+1))
			i.add(rowsOf(b, epoch+1))
		}
		pass(1500 * time.Millisecond)
		if a.flushed() != 0 || a.bytes.Load() == 0 {
			t.Errorf("flushed %d while nothing could be inserted", a.flushed())
		}
		to.failing = false
		i.add(rowsOf(a, 3))
		pass(time.Second)
		if len(to.inserts) != 1 || !slices.Equal(to.inserts[0], []string{"0/1", "1/1", "0/2", "1/2", "0/3"}) {
			t.Errorf("inserted %v", to.inserts)
		}
		if a.flushed() != 3 || b.flushed() != 2 || a.bytes.Load()+b.bytes.Load() != 0 {
			t.Errorf("flushed %d and %d, %d and %d bytes wait", a.flushed(), b.flushed(), a.bytes.Load(), b.bytes.Load())
		}
	})
}

// One insert takes no more bytes than it may, but always one epoch.
func TestInsertsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &insertedInto{}
		i := runInserter(t, to)
		f := newFlushTracker(0)
		one := rowsOf(f, 1)
		i.maxBytes = 2*len(one.rows) + 1
		i.add(one)
		for epoch := range uint64(4) {
			i.add(rowsOf(f, epoch+2))
		}
		pass(1500 * time.Millisecond)
		if got := fmt.Sprint(to.inserts); got != "[[0/1 0/2] [0/3 0/4] [0/5]]" {
			t.Errorf("inserted %s", got)
		}
		i.maxBytes = 1
		i.add(rowsOf(f, 6))
		pass(time.Second)
		if f.flushed() != 6 {
			t.Errorf("flushed %d: an epoch larger than an insert is never inserted", f.flushed())
		}
	})
}

// A task that is thrown away inserts nothing more.
func TestRowsOfATaskThatIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &insertedInto{}
		i := runInserter(t, to)
		gone, stays := newFlushTracker(0), newFlushTracker(1)
		i.add(rowsOf(gone, 1))
		i.add(rowsOf(stays, 1))
		i.forget(gone)
		pass(1500 * time.Millisecond)
		if got := fmt.Sprint(to.inserts); got != "[[1/1]]" {
			t.Errorf("inserted %s", got)
		}
	})
}

// An epoch of which ClickHouse refuses a row is flushed once the row's dead letter is written.
func TestRefusedRowsAreDeadLettersFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &insertedInto{}
		i := runInserter(t, to)
		to.refuse = func(stamp score.Stamp) {
			i.refuse(sink.Refused{Stamp: stamp, Table: "sessions_log", Line: []byte("{}"), Why: "no"})
		}
		topic := &closed{}
		w := NewDeadLetterWriter(topic, func(int32) Fetcher { return nil }, zap.NewNop(), NewMetrics("test"))
		i.deadLetters = w
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go w.Run(ctx)
		f := newFlushTracker(3)
		i.add(rowsOf(f, 7))
		pass(1500 * time.Millisecond)
		if len(to.inserts) != 1 || f.flushed() != 6 {
			t.Errorf("%d inserts, flushed %d while a dead letter of epoch 7 waits, want 6", len(to.inserts), f.flushed())
		}
		topic.open.Store(true)
		pass(maxPause)
		if f.flushed() != 7 {
			t.Errorf("flushed %d, want 7", f.flushed())
		}
		d := topic.written["sessions_log/7"]
		if len(d) != 1 || d[0].Reason != source.RowRefused || d[0].Partition != 3 || d[0].Error != "no" {
			t.Errorf("dead letters %+v", topic.written)
		}
	})
}
