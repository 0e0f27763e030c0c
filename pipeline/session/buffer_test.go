package session

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"friction/pipeline/event"
)

// The oracle keeps two lists: what is due, in order, and the rest.
func TestBufferAgreesWithTwoLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Buffer
		var due, waiting []Entry
		watermark, offset := event.Millis(0), int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0, 1, 2:
				e := b.Slot()
				*e = event.Event{Time: event.Millis(rapid.IntRange(0, 30).Draw(t, "time"))}
				offset++
				entry := NewEntry(max(e.Time, watermark, event.Millis(rapid.IntRange(0, 30).Draw(t, "effective"))), uint8(rapid.IntRange(0, 3).Draw(t, "topic")), offset, e)
				b.Add(entry)
				waiting = append(waiting, entry)
			case 3:
				watermark += event.Millis(rapid.IntRange(0, 10).Draw(t, "watermark"))
				b.Advance(watermark)
				sortEntries(waiting)
				n := 0
				for n < len(waiting) && waiting[n].Effective < watermark {
					n++
				}
				due, waiting = append(due, waiting[:n]...), slices.Clone(waiting[n:])
			case 4:
				if len(due) == 0 {
					break
				}
				got := b.Peek()
				if got == nil || *got != due[0] {
					t.Fatalf("peek %+v, want %+v", got, due[0])
				}
				b.Pop()
				due = due[1:]
			}
			compareWith(t, &b, due, waiting)
		}
		compareWith(t, reread(t, &b), due, waiting)
	})
}

func sortEntries(list []Entry) {
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Effective, b.Effective), cmp.Compare(a.Event.Time, b.Event.Time),
			cmp.Compare(a.Topic(), b.Topic()), cmp.Compare(a.Offset(), b.Offset()))
	})
}

func compareWith(t *rapid.T, b *Buffer, due, waiting []Entry) {
	all := slices.Concat(due, waiting)
	sortEntries(all)
	got := b.All()
	if len(got) != len(all) || b.Len() != len(all) {
		t.Fatalf("holds %d and says %d, want %d", len(got), b.Len(), len(all))
	}
	latest := event.Beginning
	for i := range all {
		latest = max(latest, all[i].Effective)
		if got[i].Effective != all[i].Effective || got[i].Topic() != all[i].Topic() || got[i].Offset() != all[i].Offset() || got[i].Event.Time != all[i].Event.Time {
			t.Fatalf("entry %d is %+v, want %+v", i, got[i], all[i])
		}
	}
	if b.Latest(0) != latest {
		t.Fatalf("latest %d, want %d", b.Latest(0), latest)
	}
}

// reread saves a buffer and reads it into another.
func reread(t *rapid.T, b *Buffer) *Buffer {
	st := event.WriteState(nil)
	b.Save(st, MaxTopics)
	var out Buffer
	in := event.ReadState(st.Bytes())
	out.Save(in, MaxTopics)
	if err := in.Done(); err != nil {
		t.Fatal(err)
	}
	return &out
}
