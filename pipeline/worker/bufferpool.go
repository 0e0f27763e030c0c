package worker

import "sync"

// bufferPool keeps the memory of rows that are flushed, for the rows of later epochs: new memory for each epoch costs
// more than filling it. It may be used by several goroutines.
type bufferPool struct {
	disabled bool // memory is scarce: none is kept
	mu       sync.Mutex
	free     [][]byte
}

// maxFree is how many epochs are on their way to ClickHouse when all is well.
const maxFree = 4

// put gives a buffer back.
func (p *bufferPool) put(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < maxFree && !p.disabled {
		p.free = append(p.free, b[:0])
	}
}

// get returns an empty buffer, nil when there is none.
func (p *bufferPool) get() (b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		b, p.free = p.free[n-1], p.free[:n-1]
	}
	return b
}
