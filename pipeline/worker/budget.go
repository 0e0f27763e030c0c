package worker

import (
	"sync"
	"sync/atomic"
)

// budget is memory that the tasks of a worker share for one purpose. A task has to wait when all of it is in use and the
// task uses its even part or more: so no task keeps another from going on, and together they stay within it.
type budget struct{ limit, tasks, used atomic.Int64 }

// share is what one task uses of a budget. A nil share has no limit.
type share struct {
	of     *budget
	mu     sync.Mutex
	used   int64
	closed bool
}

// add notes that the task uses so many bytes more; less if negative.
func (s *share) add(bytes int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.used += bytes
		s.of.used.Add(bytes)
	}
}

// set notes how many bytes the task uses.
func (s *share) set(bytes int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.of.used.Add(bytes - s.used)
		s.used = bytes
	}
}

// close gives back what a task uses that is thrown away. What is noted afterwards does not count.
func (s *share) close() {
	if s == nil {
		return
	}
	s.set(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// full reports that the task has to wait.
func (s *share) full() bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	limit := s.of.limit.Load()
	return s.of.used.Load() >= limit && s.used >= limit/max(1, s.of.tasks.Load())
}

// memory is what waits in the tasks of a worker: worker.memory, divided by purpose. Open sessions are not part of it: time
// must go on for them to close, and what would hold time back could then never become less.
type memory struct {
	rows    budget // for ClickHouse
	waiting budget // records that wait for the watermark
	fetched budget // batches on their way to the engine
}

// resize sets the budgets for so many tasks.
func (m *memory) resize(bytes, tasks int) {
	for b, part := range map[*budget]int{&m.rows: bytes / 2, &m.waiting: bytes / 8 * 3, &m.fetched: bytes / 8} {
		b.limit.Store(int64(part))
		b.tasks.Store(int64(tasks))
	}
}

// shares are what one task uses of the memory. The zero value has no limits.
type shares struct{ rows, waiting, fetched *share }

func (m *memory) shares() shares {
	return shares{&share{of: &m.rows}, &share{of: &m.waiting}, &share{of: &m.fetched}}
}

func (s *shares) close() {
	s.rows.close()
	s.waiting.close()
	s.fetched.close()
}
