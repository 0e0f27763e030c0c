package worker

import (
	"slices"
	"sync"
)

// debts tell up to which epoch everything that follows the log is done: rows in
// ClickHouse, dead letters in their topic. The two run side by side; an epoch is
// flushed when it owes nothing to either.
type debts struct {
	mu      sync.Mutex
	rows    uint64   // highest epoch whose rows are in ClickHouse
	owing   []uint64 // epochs with letters to write, one entry for each mail
	waiting int      // letters
}

// inserted notes that the rows of an epoch, and of all before it, are in ClickHouse.
func (d *debts) inserted(epoch uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows = max(d.rows, epoch)
}

// owe notes that an epoch has n letters to write.
func (d *debts) owe(epoch uint64, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.owing = append(d.owing, epoch)
	d.waiting += n
}

// pay notes that they are written.
func (d *debts) pay(epoch uint64, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(d.owing, epoch); i >= 0 {
		d.owing = slices.Delete(d.owing, i, i+1)
		d.waiting -= n
	}
}

func (d *debts) letters() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.waiting
}

// flushed is the highest epoch that owes nothing, nor does any before it.
func (d *debts) flushed() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.owing) == 0 {
		return d.rows
	}
	return min(d.rows, slices.Min(d.owing)-1)
}
