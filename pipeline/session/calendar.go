package session

import (
	"container/heap"

	"friction/pipeline/event"
)

// slotBits makes a slot of the calendar 1,024 ms long.
const slotBits = 10

// Timer is something due at a time, for a key.
type Timer[T any] struct {
	Due  event.Millis
	Key  event.Key
	Item T
}

// Calendar holds timers and gives them out by (due time, key). Timers far ahead
// lie unordered in slots of a second, so that setting one costs the same however
// many there are; only the slot in hand is kept in order.
type Calendar[T any] struct {
	slots map[event.Millis][]Timer[T]
	spare [][]Timer[T] // lists of slots that have passed
	order slotHeap
	hand  timerHeap[T]
	at    event.Millis // the slot in hand; slots at or below it are empty
}

// NewCalendar returns an empty calendar.
func NewCalendar[T any]() *Calendar[T] {
	return &Calendar[T]{slots: map[event.Millis][]Timer[T]{}, at: event.Beginning}
}

// Set adds a timer.
func (c *Calendar[T]) Set(t Timer[T]) {
	slot := t.Due >> slotBits
	if slot <= c.at {
		c.hand.push(t)
		return
	}
	list, ok := c.slots[slot]
	if !ok {
		heap.Push(&c.order, slot)
		if n := len(c.spare); n > 0 {
			list, c.spare = c.spare[n-1], c.spare[:n-1]
		}
	}
	c.slots[slot] = append(list, t)
}

// Next removes and returns the first timer due strictly before now.
func (c *Calendar[T]) Next(now event.Millis) (t Timer[T], ok bool) {
	for len(c.hand) == 0 {
		if len(c.order) == 0 || c.order[0]<<slotBits >= now {
			return t, false
		}
		c.at = heap.Pop(&c.order).(event.Millis)
		list := c.slots[c.at]
		c.hand = append(c.hand, list...)
		delete(c.slots, c.at)
		c.hand.order()
		c.keep(list)
	}
	if c.hand[0].Due >= now {
		return t, false
	}
	return c.hand.pop(), true
}

// keep puts the list of a slot aside for another one.
func (c *Calendar[T]) keep(list []Timer[T]) {
	const most = 64
	if len(c.spare) < most {
		clear(list)
		c.spare = append(c.spare, list[:0])
	}
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
type timerHeap[T any] []Timer[T]

func (h timerHeap[T]) less(i, j int) bool {
	if h[i].Due != h[j].Due {
		return h[i].Due < h[j].Due
	}
	return h[i].Key.Less(h[j].Key)
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
