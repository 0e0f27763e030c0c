package worker

import (
	"slices"
	"sync"
	"sync/atomic"
)

// flushTracker knows what of one task is logged and not yet flushed. An epoch is flushed when its rows are in ClickHouse
// and its dead letters are in their topic; the two are written side by side. It also holds back a task that is too far
// ahead of them.
//
// The task adds; the inserter and the dead-letter writer report what is done. It may be used by several goroutines.
type flushTracker struct {
	partition int32
	room      chan struct{} // signalled when less waits than before
	bytes     atomic.Int64  // of rows that are logged or about to be, and not yet in ClickHouse
	rows      *share        // the same, as part of the worker's memory; nil has no limit

	mu          sync.Mutex
	inserted    uint64   // highest epoch whose rows are in ClickHouse
	open        []uint64 // epochs with dead letters to write, one entry for each call of addDeadLetters
	deadLetters int      // that wait
}

func newFlushTracker(partition int32) *flushTracker {
	return &flushTracker{partition: partition, room: make(chan struct{}, 1)}
}

// addRows notes that so many bytes of rows are on their way.
func (f *flushTracker) addRows(bytes int) {
	f.bytes.Add(int64(bytes))
	f.rows.add(int64(bytes))
}

// rowsDone notes that the rows of an epoch, and of all before it, are in ClickHouse.
func (f *flushTracker) rowsDone(epoch uint64, bytes int) {
	f.mu.Lock()
	f.inserted = max(f.inserted, epoch)
	f.mu.Unlock()
	f.bytes.Add(-int64(bytes))
	f.rows.add(-int64(bytes))
	f.signal()
}

// addDeadLetters notes that an epoch has n dead letters to write.
func (f *flushTracker) addDeadLetters(epoch uint64, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open = append(f.open, epoch)
	f.deadLetters += n
}

// deadLettersDone notes that n dead letters of an epoch, added by one call, are in their topic.
func (f *flushTracker) deadLettersDone(epoch uint64, n int) {
	f.mu.Lock()
	if i := slices.Index(f.open, epoch); i >= 0 {
		f.open = slices.Delete(f.open, i, i+1)
		f.deadLetters -= n
	}
	f.mu.Unlock()
	f.signal()
}

func (f *flushTracker) signal() {
	select {
	case f.room <- struct{}{}:
	default:
	}
}

// waitingDeadLetters is how many dead letters are not yet in their topic.
func (f *flushTracker) waitingDeadLetters() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.deadLetters
}

// flushed is the highest epoch that is flushed, with all before it.
func (f *flushTracker) flushed() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.open) == 0 {
		return f.inserted
	}
	return min(f.inserted, slices.Min(f.open)-1)
}

// full reports that more waits than may.
func (f *flushTracker) full(maxDeadLetters int) bool {
	return f.rows.full() || f.waitingDeadLetters() > maxDeadLetters
}
