package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
)

// roster numbers the values that the dimensions have in one pane, for one app.
// Once max_values of a dimension have a place, those that come later share one.
type roster struct {
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

func (b *Board) roster(p *pane, app string) *roster {
	r, ok := p.rosters[app]
	if !ok {
		r = &roster{known: map[valueKey]uint16{}, sets: map[SegmentID]uint32{}, settled: make([]int, len(b.Segments.names))}
		p.rosters[app] = r
	}
	return r
}

// set is the set of a combination; one that is new to the roster is held until the
// pane is dropped.
func (b *Board) set(r *roster, segment SegmentID) uint32 {
	at, ok := r.sets[segment]
	if ok {
		return at
	}
	at = b.sets.take()
	r.sets[segment] = at
	b.Segments.Retain(segment)
	s := b.sets.at(at)
	*s = set{segment: segment, numbers: s.numbers[:0]}
	for d, name := range b.Segments.sets[segment].values {
		n := r.admit(uint8(d), name, b.config.MaxValues)
		if r.values[n].name != name {
			s.beyond++
		}
		s.numbers = append(s.numbers, n)
	}
	return at
}

// admit is the number of a value, or of the one that it shares.
func (r *roster) admit(dimension uint8, name string, most int) uint16 {
	v := value{valueKey: valueKey{dimension, name}}
	if n, ok := r.known[v.valueKey]; ok {
		return n
	}
	if r.settled[dimension] >= most {
		v = value{valueKey{dimension, Other}, true}
		if n, ok := r.known[v.valueKey]; ok {
			return n
		}
	}
	return r.add(v)
}

func (r *roster) add(v value) uint16 {
	n := uint16(len(r.values))
	r.values = append(r.values, v)
	r.known[v.valueKey] = n
	if !v.shared {
		r.settled[v.dimension]++
	}
	at, _ := slices.BinarySearchFunc(r.order, v, func(n uint16, v value) int { return r.values[n].compare(v) })
	r.order = slices.Insert(r.order, at, n)
	return n
}

func (v value) compare(o value) int {
	return cmp.Or(cmp.Compare(v.dimension, o.dimension), cmp.Compare(v.name, o.name))
}

// dropSets lets go of the combinations of a pane.
func (b *Board) dropSets(p *pane) {
	for _, app := range slices.Sorted(maps.Keys(p.rosters)) {
		sets := p.rosters[app].sets
		for _, segment := range slices.Sorted(maps.Keys(sets)) {
			b.Segments.Release(segment)
			b.sets.give(sets[segment])
		}
	}
}

func (b *Board) saveRosters(st *event.State, p *pane) {
	apps := slices.Sorted(maps.Keys(p.rosters))
	event.Slice(st, &apps, func(app *string) {
		event.Str(st, app)
		r := b.roster(p, *app)
		saved := slices.Clone(r.values)
		event.Slice(st, &saved, func(v *value) { r.saveValue(st, v) })
		segments := slices.Sorted(maps.Keys(r.sets))
		event.Slice(st, &segments, func(id *SegmentID) { b.saveSet(st, r, id) })
	})
}

func (r *roster) saveValue(st *event.State, v *value) {
	event.Uint(st, &v.dimension)
	event.Str(st, &v.name)
	st.Bool(&v.shared)
	if !st.Reading() || st.Err() != nil {
		return
	}
	if _, ok := r.known[v.valueKey]; ok || int(v.dimension) >= len(r.settled) || len(r.values) == 1<<16-1 {
		st.Fail("value that is there already, or of an unknown dimension")
		return
	}
	r.add(*v)
}

func (b *Board) saveSet(st *event.State, r *roster, id *SegmentID) {
	event.Uint(st, id)
	if st.Reading() {
		if _, ok := r.sets[*id]; ok || !b.Segments.Has(*id) || st.Err() != nil {
			st.Fail("combination of segments that is unknown or there already")
			return
		}
		b.Segments.Retain(*id)
		r.sets[*id] = b.sets.take()
		*b.sets.at(r.sets[*id]) = set{segment: *id}
	}
	s := b.sets.at(r.sets[*id])
	event.Slice(st, &s.numbers, func(n *uint16) { event.Uint(st, n) })
	event.Uint(st, &s.beyond)
	if !st.Reading() || st.Err() != nil {
		return
	}
	if len(s.numbers) != len(b.Segments.sets[*id].values) {
		st.Fail("combination of another number of segments")
	}
	for d, n := range s.numbers {
		if int(n) >= len(r.values) || int(r.values[n].dimension) != d {
			st.Fail("combination of unknown values")
			s.numbers = nil
			return
		}
	}
}
