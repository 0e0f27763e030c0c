package session

import (
	"cmp"
	"slices"

	"friction/pipeline/event"
)

// Entry is a record that was read and waits for the watermark.
type Entry struct {
	Effective event.Millis
	Time      event.Millis
	order     uint64 // topic in the high byte, offset below
	Event     *event.Event
}

// Topic is the index of the topic the record came from.
func (e *Entry) Topic() uint8 { return uint8(e.order >> 56) }

// Offset is the record's offset in its topic's partition.
func (e *Entry) Offset() int64 { return int64(e.order & (1<<56 - 1)) }

// NewEntry is the entry of a record, which says where it stands in the order.
func NewEntry(effective event.Millis, topic uint8, offset int64, e *event.Event) Entry {
	return Entry{Effective: effective, Time: e.Time, order: uint64(topic)<<56 | uint64(offset)&(1<<56-1), Event: e}
}

func compareEntries(a, b Entry) int {
	if c := cmp.Compare(a.Effective, b.Effective); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Time, b.Time); c != 0 {
		return c
	}
	if a.Event.Lead != b.Event.Lead { // of one record time: in the order of their own clock
		return cmp.Compare(a.Event.Lead, b.Event.Lead)
	}
	return cmp.Compare(a.order, b.order)
}

// Buffer re-orders records: they come out by (effective time, event time, the time of
// the device's own clock, topic, offset), each once its effective time is strictly below the watermark.
type Buffer struct {
	waiting []Entry        // at or above the watermark, in no order
	due     []Entry        // below it, in order; popped up to next
	next    int            // index in due
	free    []*event.Event // to be lent by Slot
}

// slabSize is how many events are allocated at once.
const slabSize = 256

// Slot returns an event to decode into. It belongs to the buffer: give it back
// with Add.
func (b *Buffer) Slot() *event.Event {
	if len(b.free) == 0 {
		events := make([]event.Event, slabSize)
		for i := range events {
			b.free = append(b.free, &events[i])
		}
	}
	e := b.free[len(b.free)-1]
	b.free = b.free[:len(b.free)-1]
	return e
}

// Add puts a record in; its event must have come from Slot.
func (b *Buffer) Add(e Entry) { b.waiting = append(b.waiting, e) }

// Advance makes every record strictly below w available to Peek, after those that
// already are.
func (b *Buffer) Advance(w event.Millis) {
	if b.next > 0 {
		b.due = append(b.due[:0], b.due[b.next:]...)
		b.next = 0
	}
	start := len(b.due)
	kept := b.waiting[:0]
	for _, e := range b.waiting {
		if e.Effective < w {
			b.due = append(b.due, e)
		} else {
			kept = append(kept, e)
		}
	}
	clear(b.waiting[len(kept):])
	b.waiting = kept
	slices.SortFunc(b.due[start:], compareEntries)
}

// Peek is the next record below the watermark, nil when there is none.
func (b *Buffer) Peek() *Entry {
	if b.next == len(b.due) {
		return nil
	}
	return &b.due[b.next]
}

// Pop removes what Peek showed. Its event is used again.
func (b *Buffer) Pop() {
	b.free = append(b.free, b.due[b.next].Event)
	b.next++
}

// Remove drops the records not yet popped whose events are chosen, and returns how many.
func (b *Buffer) Remove(chosen func(*event.Event) bool) (n int) {
	drop := func(e Entry) bool {
		if !chosen(e.Event) {
			return false
		}
		b.free = append(b.free, e.Event)
		n++
		return true
	}
	b.due = append(b.due[:b.next], slices.DeleteFunc(b.due[b.next:], drop)...)
	b.waiting = slices.DeleteFunc(b.waiting, drop)
	return n
}

// Len is the number of records not yet popped.
func (b *Buffer) Len() int { return len(b.waiting) + len(b.due) - b.next }

// Latest is the highest effective time waiting, or the latest time that an event may have
// whose clock is ahead, as [Rules.TimeIn] corrects it; event.Beginning when none waits.
func (b *Buffer) Latest(gap event.Millis) event.Millis {
	latest := event.Beginning
	for _, list := range [...][]Entry{b.waiting, b.due[b.next:]} {
		for i := range list {
			latest = max(latest, list[i].Effective, list[i].Time+min(list[i].Event.Lead, gap))
		}
	}
	return latest
}

// All returns every record not yet popped, in the order of popping.
func (b *Buffer) All() []Entry {
	all := append(slices.Clone(b.due[b.next:]), b.waiting...)
	slices.SortFunc(all, compareEntries)
	return all
}
