package traffic

import "math"

// Never is later than any moment of a simulation.
const Never = math.MaxInt64

// Queue holds things by time, the earliest first; those of the same instant
// leave in the order they came, which keeps the output a function of the seed.
type Queue[T any] struct {
	items []timed[T]
	seq   uint64
}

type timed[T any] struct {
	at   int64
	seq  uint64
	what T
}

func (a timed[T]) before(b timed[T]) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// Push adds a thing that is due at a time, Unix ns.
func (q *Queue[T]) Push(at int64, what T) {
	it := timed[T]{at, q.seq, what}
	q.seq++
	q.items = append(q.items, it)
	i := len(q.items) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !it.before(q.items[up]) {
			break
		}
		q.items[i] = q.items[up]
		i = up
	}
	q.items[i] = it
}

// Next is the time of the earliest thing, or [Never].
func (q *Queue[T]) Next() int64 {
	if len(q.items) == 0 {
		return Never
	}
	return q.items[0].at
}

// Len is how many things wait.
func (q *Queue[T]) Len() int { return len(q.items) }

// Pop takes the earliest thing out; the queue must not be empty.
func (q *Queue[T]) Pop() (int64, T) {
	top, last := q.items[0], q.items[len(q.items)-1]
	var none timed[T]
	q.items[len(q.items)-1] = none
	q.items = q.items[:len(q.items)-1]
	n := len(q.items)
	if n == 0 {
		return top.at, top.what
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= n {
			break
		}
		if child+1 < n && q.items[child+1].before(q.items[child]) {
			child++
		}
		if !q.items[child].before(last) {
			break
		}
		q.items[i] = q.items[child]
		i = child
	}
	q.items[i] = last
	return top.at, top.what
}
