package session

import (
	"container/heap"

	"friction/pipeline/event"
)

// slotBits makes a slot of the calendar 1,024 ms long.
const slotBits = 10

// Keyed is what timers are for: those due at the same time ring in order of key.
type Keyed interface{ Key() event.Key }

// Timer is something due at a time.
type Timer[T Keyed] struct {
	Due  event.Millis
	Item T
}

// Calendar holds timers and gives them out by (due time, key). Timers far ahead
// lie unordered in slots of a second, so that setting one costs the same however
// many there are; only the slot in hand is kept in order.
type TimerQueue[T Keyed] struct {
	slots   map[event.Millis]*timerBlock[T] // the last page of each
	spare   *timerBlock[T]                  // pages to use again
	order   slotHeap
	current timerHeap[T]
	slot    event.Millis // the slot in hand; slots at or below it are empty
}

// page is some of the timers of a slot. Pages are small, so that a slot takes
// little more memory than its timers.
type timerBlock[T Keyed] struct {
	timers [16]Timer[T]
	n      int
	before *timerBlock[T]
}

// NewCalendar returns an empty calendar.
func NewTimerQueue[T Keyed]() *TimerQueue[T] {
	return &TimerQueue[T]{slots: map[event.Millis]*timerBlock[T]{}, slot: event.Beginning}
}

// Set adds a timer.
func (q *TimerQueue[T]) Set(t Timer[T]) {
	slot := t.Due >> slotBits
	if slot <= q.slot {
		q.current.push(t)
		return
	}
	p, ok := q.slots[slot]
	if !ok {
		heap.Push(&q.order, slot)
	}
	if !ok || p.n == len(p.timers) {
		p = q.newBlock(p)
		q.slots[slot] = p
	}
	p.timers[p.n] = t
	p.n++
}

// page is an empty page that follows another.
func (q *TimerQueue[T]) newBlock(before *timerBlock[T]) *timerBlock[T] {
	p := q.spare
	if p == nil {
		return &timerBlock[T]{before: before}
	}
	q.spare = p.before
	p.before = before
	return p
}

// Next removes and returns the first timer due strictly before now.
func (q *TimerQueue[T]) Next(now event.Millis) (t Timer[T], ok bool) {
	for len(q.current) == 0 {
		if len(q.order) == 0 || q.order[0]<<slotBits >= now {
			return t, false
		}
		q.slot = heap.Pop(&q.order).(event.Millis)
		for p := q.slots[q.slot]; p != nil; {
			q.current = append(q.current, p.timers[:p.n]...)
			before := p.before
			*p = timerBlock[T]{before: q.spare}
			q.spare, p = p, before
		}
		delete(q.slots, q.slot)
		q.current.order()
	}
	if q.current[0].Due >= now {
		return t, false
	}
	return q.current.pop(), true
}

// slotHeap is a heap of slot numbers.
type slotHeap []event.Millis

func (h slotHeap) Len() int           { return len(h) }
func (h slotHeap) Less(i, j int) bool { return h[i] < h[j] }
func (h slotHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *slotHeap) Push(x any)        { *h = append(*h, x.(event.Millis)) }
func (h *slotHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

// timerHeap is a binary heap of timers; container/heap would allocate for each.
type timerHeap[T Keyed] []Timer[T]

func (h timerHeap[T]) less(i, j int) bool {
	if h[i].Due != h[j].Due {
		return h[i].Due < h[j].Due
	}
	return h[i].Item.Key().Less(h[j].Item.Key())
}

func (h *timerHeap[T]) push(t Timer[T]) {
	*h = append(*h, t)
	list := *h
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if !list.less(i, parent) {
			return
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

func (h *timerHeap[T]) pop() Timer[T] {
	list := *h
	first, last := list[0], len(list)-1
	list[0], list[last] = list[last], Timer[T]{}
	*h = list[:last]
	h.sink(0)
	return first
}

func (h *timerHeap[T]) sink(i int) {
	list := *h
	for {
		child := 2*i + 1
		if child >= len(list) {
			return
		}
		if right := child + 1; right < len(list) && list.less(right, child) {
			child = right
		}
		if !list.less(child, i) {
			return
		}
		list[i], list[child] = list[child], list[i]
		i = child
	}
}

func (h *timerHeap[T]) order() {
	for i := len(*h)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
}
