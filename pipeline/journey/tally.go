package journey

import (
	"slices"

	"friction/pipeline/event"
)

// Runs is how many signals of one kind count.
type SignalCount struct {
	Kind uint8
	N    uint16
}

// Tally counts signals by kind. An empty one is a single pointer, because most
// are empty.
type SignalCounts struct{ list *[]SignalCount }

// Runs is what has been counted, in order of kind.
func (t SignalCounts) List() []SignalCount {
	if t.list == nil {
		return nil
	}
	return *t.list
}

// Add counts one more signal of a kind.
func (t *SignalCounts) Add(kind uint8) {
	if t.list == nil {
		t.list = &[]SignalCount{{kind, 1}}
		return
	}
	list := *t.list
	i := 0
	for i < len(list) && list[i].Kind < kind {
		i++
	}
	switch {
	case i == len(list) || list[i].Kind != kind:
		*t.list = slices.Insert(list, i, SignalCount{kind, 1})
	case list[i].N < 1<<16-1:
		list[i].N++
	}
}

// Save visits the counts.
func (t *SignalCounts) Save(st *event.State) {
	runs := t.List()
	event.Slice(st, &runs, func(r *SignalCount) {
		event.Uint(st, &r.Kind)
		event.Uint(st, &r.N)
	})
	if st.Reading() && len(runs) > 0 {
		t.list = &runs
	}
}
