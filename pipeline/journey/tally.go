package journey

import (
	"slices"

	"friction/pipeline/event"
)

// Runs is how many signals of one kind count.
type Runs struct {
	Kind uint8
	N    uint16
}

// Tally counts signals by kind. An empty one is a single pointer, because most
// are empty.
type Tally struct{ runs *[]Runs }

// Runs is what has been counted, in order of kind.
func (t Tally) Runs() []Runs {
	if t.runs == nil {
		return nil
	}
	return *t.runs
}

// Add counts one more signal of a kind.
func (t *Tally) Add(kind uint8) {
	if t.runs == nil {
		t.runs = &[]Runs{{kind, 1}}
		return
	}
	list := *t.runs
	i := 0
	for i < len(list) && list[i].Kind < kind {
		i++
	}
	switch {
	case i == len(list) || list[i].Kind != kind:
		*t.runs = slices.Insert(list, i, Runs{kind, 1})
	case list[i].N < 1<<16-1:
		list[i].N++
	}
}

// Save visits the counts.
func (t *Tally) Save(st *event.State) {
	runs := t.Runs()
	event.Slice(st, &runs, func(r *Runs) {
		event.Uint(st, &r.Kind)
		event.Uint(st, &r.N)
	})
	if st.Reading() && len(runs) > 0 {
		t.runs = &runs
	}
}
