package session

import (
	"container/heap"

	"friction/pipeline/event"
)

// slotBits makes a slot of the timer queue 1,024 ms long.
const slotBits = 10

// Ordered is what timers are for: of those due at the same time, the one that is
// before the others fires first.
type Ordered[T any] interface{ Before(other T) bool }

// Timer is something due at a time.
type Timer[T any] struct {
	Due  event.Millis
	Item T
}

// TimerQueue gives out timers in order of due time, and of their items. Timers far ahead lie
// unordered in slots of about a second, so that setting one costs the same however
// many there are; only the timers of the current slot are sorted, in a heap.
type TimerQueue[T Ordered[T]] struct {
	slots   map[event.Millis]*timerBlock[T] // last block of each slot, by number of the slot
	order   slotHeap                        // numbers of the slots that have timers
	current timerHeap[T]                    // timers of the current slot and those before it
	slot    event.Millis                    // number of the current slot
	spare   *timerBlock[T]                  // blocks to use again
}

// timerBlock holds some of the timers of a slot. Blocks are small, so that a slot takes
// little more memory than its timers.
type timerBlock[T any] struct {
	timers [16]Timer[T]
	n      int
	before *timerBlock[T] // of the same slot, or of the spare ones
}

// NewTimerQueue returns an empty queue.
func NewTimerQueue[T Ordered[T]]() *TimerQueue[T] {
	return &TimerQueue[T]{slots: map[event.Millis]*timerBlock[T]{}, slot: event.Beginning}
}

// Set adds a timer.
func (q *TimerQueue[T]) Set(t Timer[T]) {
	slot := t.Due >> slotBits
	if slot <= q.slot {
		q.current.push(t)
		return
	}
	b, ok := q.slots[slot]
	if !ok {
		heap.Push(&q.order, slot)
	}
	if !ok || b.n == len(b.timers) {
		b = q.newBlock(b)
		q.slots[slot] = b
	}
	b.timers[b.n] = t
	b.n++
}

// newBlock is an empty block that follows another.
func (q *TimerQueue[T]) newBlock(before *timerBlock[T]) *timerBlock[T] {
	b := q.spare
	if b == nil {
		return &timerBlock[T]{before: before}
	}
	q.spare = b.before
	b.before = before
	return b
}

// Next removes and returns the first timer due strictly before now. When the current
// slot is empty, the next one that has timers becomes current.
func (q *TimerQueue[T]) Next(now event.Millis) (t Timer[T], ok bool) {
	for len(q.current) == 0 {
		if len(q.order) == 0 || q.order[0]<<slotBits >= now {
			return t, false
		}
		q.openSlot()
	}
	if q.current[0].Due >= now {
		return t, false
	}
	return q.current.pop(), true
}

// openSlot makes the first slot that has timers the current one.
func (q *TimerQueue[T]) openSlot() {
	q.slot = heap.Pop(&q.order).(event.Millis)
	for b := q.slots[q.slot]; b != nil; {
		q.current = append(q.current, b.timers[:b.n]...)
		before := b.before
		*b = timerBlock[T]{before: q.spare}
		q.spare, b = b, before
	}
	delete(q.slots, q.slot)
	q.current.order()
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
type timerHeap[T Ordered[T]] []Timer[T]

func (h timerHeap[T]) less(i, j int) bool {
	if h[i].Due != h[j].Due {
		return h[i].Due < h[j].Due
	}
	return h[i].Item.Before(h[j].Item)
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

// sink moves the timer at i down until both of its children are later.
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

// order makes a heap of timers in any order.
func (h *timerHeap[T]) order() {
	for i := len(*h)/2 - 1; i >= 0; i-- {
		h.sink(i)
	}
}
