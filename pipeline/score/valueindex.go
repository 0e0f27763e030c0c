package score

import (
	"cmp"
	"maps"
	"slices"

	"friction/pipeline/event"
)

// Other is the value that stands for those beyond max_values.
const Other = "other"

// valueIndex numbers the values that the dimensions have in one pane, for one app.
// Once a dimension has max_values of them, later ones are all numbered as "other".
type valueIndex struct {
	values       []value  // by number, in order of arrival
	order        []uint16 // numbers, sorted by dimension and name
	known        map[valueKey]uint16
	combinations map[SegmentID]uint32 // handles of indexed combinations
	own          []int                // how many values of each dimension have a number of their own
}

type valueKey struct {
	dimension uint8
	name      string
}

type value struct {
	valueKey
	shared bool // "other", made for values beyond the limit
}

func newValueIndex(dimensions int) *valueIndex {
	return &valueIndex{known: map[valueKey]uint16{}, combinations: map[SegmentID]uint32{}, own: make([]int, dimensions)}
}

// number is the number of a value, or of "other" where limit values have one already.
func (x *valueIndex) number(dimension uint8, name string, limit int) uint16 {
	v := value{valueKey: valueKey{dimension, name}}
	if n, ok := x.known[v.valueKey]; ok {
		return n
	}
	if x.own[dimension] >= limit {
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
		x.own[v.dimension]++
	}
	at, _ := slices.BinarySearchFunc(x.order, v, func(n uint16, v value) int { return x.values[n].compare(v) })
	x.order = slices.Insert(x.order, at, n)
	return n
}

func (v value) compare(o value) int {
	return cmp.Or(cmp.Compare(v.dimension, o.dimension), cmp.Compare(v.name, o.name))
}

// save visits the values, in order of arrival.
func (x *valueIndex) save(st *event.State) {
	values := slices.Clone(x.values)
	event.Slice(st, &values, func(v *value) {
		event.Uint(st, &v.dimension)
		event.Str(st, &v.name)
		st.Bool(&v.shared)
		if !st.Reading() || st.Err() != nil {
			return
		}
		if _, ok := x.known[v.valueKey]; ok || int(v.dimension) >= len(x.own) || len(x.values) == 1<<16-1 {
			st.Fail("value that is there already, or of an unknown dimension")
			return
		}
		x.add(*v)
	})
}

// indexedCombination is a combination of segment values as one value index numbers
// them.
type indexedCombination struct {
	segment   SegmentID
	numbers   []uint16 // by dimension
	overLimit uint8    // how many of its values are numbered as "other"
}

// indexedCombinations are those of all value indexes. They hold their segments.
type indexedCombinations struct {
	segments  *Segments
	maxValues int
	pool      pool[indexedCombination]
}

func newIndexedCombinations(segments *Segments, maxValues int) indexedCombinations {
	return indexedCombinations{segments: segments, maxValues: maxValues, pool: newPool[indexedCombination]()}
}

func (c *indexedCombinations) at(handle uint32) *indexedCombination { return c.pool.at(handle) }

// find is the handle of a combination in an index. One that is new to the index stays
// until drop.
func (c *indexedCombinations) find(x *valueIndex, segment SegmentID) uint32 {
	handle, ok := x.combinations[segment]
	if ok {
		return handle
	}
	in := c.add(x, segment)
	for d, name := range c.segments.values(segment) {
		n := x.number(uint8(d), name, c.maxValues)
		if x.values[n].name != name {
			in.overLimit++
		}
		in.numbers = append(in.numbers, n)
	}
	return x.combinations[segment]
}

// add makes room for a combination in an index, and holds the segment.
func (c *indexedCombinations) add(x *valueIndex, segment SegmentID) *indexedCombination {
	handle := c.pool.get()
	x.combinations[segment] = handle
	c.segments.Retain(segment)
	in := c.pool.at(handle)
	*in = indexedCombination{segment: segment, numbers: in.numbers[:0]}
	return in
}

// drop lets go of the combinations of an index.
func (c *indexedCombinations) drop(x *valueIndex) {
	for _, segment := range slices.Sorted(maps.Keys(x.combinations)) {
		c.segments.Release(segment)
		c.pool.put(x.combinations[segment])
	}
}

// save visits the combinations of an index, whose values are there already.
func (c *indexedCombinations) save(st *event.State, x *valueIndex) {
	segments := slices.Sorted(maps.Keys(x.combinations))
	event.Slice(st, &segments, func(segment *SegmentID) {
		event.Uint(st, segment)
		if st.Reading() {
			if _, ok := x.combinations[*segment]; ok || !c.segments.Has(*segment) || st.Err() != nil {
				st.Fail("combination of segments that is unknown or there already")
				return
			}
			c.add(x, *segment)
		}
		in := c.pool.at(x.combinations[*segment])
		event.Slice(st, &in.numbers, func(n *uint16) { event.Uint(st, n) })
		event.Uint(st, &in.overLimit)
		if st.Reading() && st.Err() == nil {
			c.check(st, x, in)
		}
	})
}

// check refuses a combination that was read and does not fit its index.
func (c *indexedCombinations) check(st *event.State, x *valueIndex, in *indexedCombination) {
	if len(in.numbers) != len(c.segments.values(in.segment)) {
		st.Fail("combination of another number of segments")
	}
	for d, n := range in.numbers {
		if int(n) >= len(x.values) || int(x.values[n].dimension) != d {
			st.Fail("combination of unknown values")
			in.numbers = nil
			return
		}
	}
}
