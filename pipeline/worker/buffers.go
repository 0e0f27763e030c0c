package worker

import "sync"

// used is memory that earlier epochs no longer need, for the rows of later ones:
// getting new memory for each costs more than filling it. It may be used by
// several goroutines.
type used struct {
	lean bool // memory is scarce: none is kept
	mu   sync.Mutex
	list [][]byte
}

// inFlight is how many epochs are on their way to ClickHouse when all is well.
const inFlight = 4

func (u *used) keep(b []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.list) < inFlight && !u.lean {
		u.list = append(u.list, b[:0])
	}
}

// take is nil when there is none.
func (u *used) take() (b []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if n := len(u.list); n > 0 {
		b, u.list = u.list[n-1], u.list[:n-1]
	}
	return b
}
