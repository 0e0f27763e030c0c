package checkpoint

import (
	"context"
	"slices"
	"sync"
)

// Memory is a log in memory, for tests and for runs that need not survive. The
// zero value is empty and ready.
type Memory struct {
	mu     sync.Mutex
	first  int64
	values [][]byte
}

// Append keeps a copy of value.
func (m *Memory) Append(ctx context.Context, value []byte) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = append(m.values, slices.Clone(value))
	return m.first + int64(len(m.values)) - 1, nil
}

// Read hands out the records themselves; fn must not change them.
func (m *Memory) Read(ctx context.Context, from int64, fn func(int64, []byte) error) error {
	m.mu.Lock()
	first, values := m.first, slices.Clip(m.values)
	m.mu.Unlock()
	end := first + int64(len(values))
	if from < first || from > end {
		return &RangeError{From: from, First: first, End: end}
	}
	for i, v := range values[from-first:] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(from+int64(i), v); err != nil {
			return err
		}
	}
	return nil
}

// Bounds never fails.
func (m *Memory) Bounds(context.Context) (first, end int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.first, m.first + int64(len(m.values)), nil
}

// Cut removes everything before offset first, as retention does.
func (m *Memory) Cut(first int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := min(max(first-m.first, 0), int64(len(m.values)))
	m.first, m.values = m.first+n, slices.Clone(m.values[n:])
}

// Lose removes offset end and everything after it, as a power cut can.
func (m *Memory) Lose(end int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = slices.Clone(m.values[:min(max(end-m.first, 0), int64(len(m.values)))])
}
