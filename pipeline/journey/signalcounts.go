package journey

import (
	"slices"

	"friction/pipeline/event"
)

// SignalCount is how many signals of one kind count.
type SignalCount struct {
	Kind uint8
	N    uint16
}

// SignalCounts counts signals by kind. Most are empty, and take only a pointer.
type SignalCounts struct{ list *[]SignalCount }

// List is what has been counted, in order of kind.
func (c SignalCounts) List() []SignalCount {
	if c.list == nil {
		return nil
	}
	return *c.list
}

// Add counts one more signal of a kind.
func (c *SignalCounts) Add(kind uint8) {
	if c.list == nil {
		c.list = &[]SignalCount{{kind, 1}}
		return
	}
	list := *c.list
	i := 0
	for i < len(list) && list[i].Kind < kind {
		i++
	}
	switch {
	case i == len(list) || list[i].Kind != kind:
		*c.list = slices.Insert(list, i, SignalCount{kind, 1})
	case list[i].N < 1<<16-1:
		list[i].N++
	}
}

// Save visits the counts.
func (c *SignalCounts) Save(st *event.State) {
	list := c.List()
	event.Slice(st, &list, func(n *SignalCount) {
		event.Uint(st, &n.Kind)
		event.Uint(st, &n.N)
	})
	if st.Reading() && len(list) > 0 {
		c.list = &list
	}
}
