package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
)

// roster numbers the values that the dimensions have in one pane, for one app.
// Once max_values of a dimension have a place, those that come later share one.
type valueIndex struct {
	values  []value  // by number, in order of arrival
	order   []uint16 // numbers by dimension and name
	known   map[valueKey]uint16
	sets    map[SegmentID]uint32
	settled []int // how many values of each dimension have a place of their own
}

type valueKey struct {
	dimension uint8
	name      string
}

type value struct {
	valueKey
	shared bool // made for those that came too late
}

// set is a combination of segments as one roster numbers it.
type set struct {
	segment SegmentID // as the session has it
	numbers []uint16  // by dimension
	beyond  uint8     // how many of its values share a place
}

func (a *Aggregates) index(p *pane, app string) *valueIndex {
	x, ok := p.indexes[app]
	if !ok {
		x = &valueIndex{known: map[valueKey]uint16{}, sets: map[SegmentID]uint32{}, settled: make([]int, len(a.Segments.names))}
		p.indexes[app] = x
	}
	return x
}

// set is the set of a combination; one that is new to the roster is held until the
// pane is dropped.
func (a *Aggregates) set(x *valueIndex, segment SegmentID) uint32 {
	at, ok := x.sets[segment]
	if ok {
		return at
	}
	at = a.sets.take()
	x.sets[segment] = at
	a.Segments.Retain(segment)
	s := a.sets.at(at)
	*s = set{segment: segment, numbers: s.numbers[:0]}
	for d, name := range a.Segments.sets[segment].values {
		n := x.admit(uint8(d), name, a.config.MaxValues)
		if x.values[n].name != name {
			s.beyond++
		}
		s.numbers = append(s.numbers, n)
	}
	return at
}

// admit is the number of a value, or of the one that it shares.
func (x *valueIndex) admit(dimension uint8, name string, most int) uint16 {
	v := value{valueKey: valueKey{dimension, name}}
	if n, ok := x.known[v.valueKey]; ok {
		return n
	}
	if x.settled[dimension] >= most {
		v = value{valueKey{dimension, Other}, true}
		if n, ok := x.known[v.valueKey]; ok {
			return n
		}
	}
	return x.add(v)
}

func (x *valueIndex) add(v value) uint16 {
	n := uint16(len(x.values))
	x.values = append(x.values, v)
	x.known[v.valueKey] = n
	if !v.shared {
		x.settled[v.dimension]++
	}
	at, _ := slices.BinarySearchFunc(x.order, v, func(n uint16, v value) int { return x.values[n].compare(v) })
	x.order = slices.Insert(x.order, at, n)
	return n
}

func (v value) compare(o value) int {
	return cmp.Or(cmp.Compare(v.dimension, o.dimension), cmp.Compare(v.name, o.name))
}

// dropSets lets go of the combinations of a pane.
func (a *Aggregates) dropSets(p *pane) {
	for _, app := range slices.Sorted(maps.Keys(p.indexes)) {
		sets := p.indexes[app].sets
		for _, segment := range slices.Sorted(maps.Keys(sets)) {
			a.Segments.Release(segment)
			a.sets.give(sets[segment])
		}
	}
}

func (a *Aggregates) saveIndexes(st *event.State, p *pane) {
	apps := slices.Sorted(maps.Keys(p.indexes))
	event.Slice(st, &apps, func(app *string) {
		event.Str(st, app)
		x := a.index(p, *app)
		saved := slices.Clone(x.values)
		event.Slice(st, &saved, func(v *value) { x.saveValue(st, v) })
		segments := slices.Sorted(maps.Keys(x.sets))
		event.Slice(st, &segments, func(id *SegmentID) { a.saveSet(st, x, id) })
	})
}

func (x *valueIndex) saveValue(st *event.State, v *value) {
	event.Uint(st, &v.dimension)
	event.Str(st, &v.name)
	st.Bool(&v.shared)
	if !st.Reading() || st.Err() != nil {
		return
	}
	if _, ok := x.known[v.valueKey]; ok || int(v.dimension) >= len(x.settled) || len(x.values) == 1<<16-1 {
		st.Fail("value that is there already, or of an unknown dimension")
		return
	}
	x.add(*v)
}

func (a *Aggregates) saveSet(st *event.State, x *valueIndex, id *SegmentID) {
	event.Uint(st, id)
	if st.Reading() {
		if _, ok := x.sets[*id]; ok || !a.Segments.Has(*id) || st.Err() != nil {
			st.Fail("combination of segments that is unknown or there already")
			return
		}
		a.Segments.Retain(*id)
		x.sets[*id] = a.sets.take()
		*a.sets.at(x.sets[*id]) = set{segment: *id}
	}
	s := a.sets.at(x.sets[*id])
	event.Slice(st, &s.numbers, func(n *uint16) { event.Uint(st, n) })
	event.Uint(st, &s.beyond)
	if !st.Reading() || st.Err() != nil {
		return
	}
	if len(s.numbers) != len(a.Segments.sets[*id].values) {
		st.Fail("combination of another number of segments")
	}
	for d, n := range s.numbers {
		if int(n) >= len(x.values) || int(x.values[n].dimension) != d {
			st.Fail("combination of unknown values")
			s.numbers = nil
			return
		}
	}
}
