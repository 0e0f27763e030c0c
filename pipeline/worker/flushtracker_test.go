package worker

import "testing"

// An epoch is flushed when its rows and its dead letters are written, and those of every epoch before it.
func TestEpochsAreFlushedInOrder(t *testing.T) {
	f := newFlushTracker(0)
	want := func(n uint64) {
		t.Helper()
		if got := f.flushed(); got != n {
			t.Errorf("flushed %d, want %d", got, n)
		}
	}
	want(0)
	f.rowsDone(1, 0)
	want(1)
	f.addDeadLetters(2, 3)
	f.addDeadLetters(3, 1)
	f.addDeadLetters(3, 1) // what was rejected, and what ClickHouse refused
	f.rowsDone(4, 0)
	want(1)
	f.deadLettersDone(3, 1)
	want(1)
	f.deadLettersDone(2, 3)
	want(2)
	f.deadLettersDone(3, 1)
	want(4)
	f.deadLettersDone(3, 1) // once more than it was added: written by somebody who was told to forget it
	if n := f.waitingDeadLetters(); n != 0 {
		t.Errorf("%d dead letters wait, want 0", n)
	}
	f.rowsDone(2, 0) // what an older insert reports late takes nothing back
	want(4)
}

// A task waits while more waits than may, and is woken when there is less.
func TestRoomIsSignalled(t *testing.T) {
	f := newFlushTracker(0)
	memory := &budget{}
	memory.limit.Store(100)
	f.rows = &share{of: memory}
	f.addRows(99)
	if f.full(0) {
		t.Error("99 bytes of 100 wait")
	}
	f.addRows(1)
	if !f.full(0) {
		t.Error("all that may wait does")
	}
	f.rows.add(-1)
	f.addDeadLetters(1, 5)
	if f.full(5) || !f.full(4) {
		t.Error("5 dead letters wait: they fill 4 and not 5")
	}
	f.rowsDone(1, 100)
	f.deadLettersDone(1, 5) // signals add up to one
	if f.full(0) {
		t.Error("nothing waits any more")
	}
	<-f.room
	select {
	case <-f.room:
		t.Error("two signals wait")
	default:
	}
}
