package session

import "slices"

// IDs is a set of 64-bit hashes. An empty one takes the memory of a pointer.
type IDs struct{ in *idSet }

// idSet is a hash table with open addressing and linear probing. The members are
// hashes, so that they are their own hash.
type idSet struct {
	slots []uint64 // 0 is an empty one
	n     uint32
	zero  bool // 0 is a member
}

// minSlots is how many slots the smallest table has; a power of two.
const minSlots = 16

// Len is the number of members.
func (s *IDs) Len() uint32 {
	if s.in == nil {
		return 0
	}
	return s.in.n
}

// Has reports membership.
func (s *IDs) Has(h uint64) bool { return s.in != nil && s.in.has(h) }

// Add puts h in; it must not be a member.
func (s *IDs) Add(h uint64) {
	if s.in == nil {
		s.in = newIDSet(0)
	}
	s.in.add(h)
}

// newIDSet has room for n members.
func newIDSet(n int) *idSet {
	slots := minSlots
	for slots/4*3 <= n {
		slots *= 2
	}
	return &idSet{slots: make([]uint64, slots)}
}

// Sorted returns the members in ascending order.
func (s *IDs) Sorted() []uint64 {
	if s.in == nil {
		return nil
	}
	return s.in.sorted()
}

// Bytes is the memory the set holds, in bytes.
func (s *IDs) Bytes() int {
	if s.in == nil {
		return 0
	}
	return 8 * len(s.in.slots)
}

func (s *idSet) has(h uint64) bool {
	if h == 0 {
		return s.zero
	}
	for i := h & s.mask(); s.slots[i] != 0; i = (i + 1) & s.mask() {
		if s.slots[i] == h {
			return true
		}
	}
	return false
}

func (s *idSet) add(h uint64) {
	if s.n >= uint32(len(s.slots))/4*3 {
		s.grow()
	}
	s.place(h)
	s.n++
}

func (s *idSet) sorted() []uint64 {
	out := make([]uint64, 0, s.n)
	for _, h := range s.slots {
		if h != 0 {
			out = append(out, h)
		}
	}
	if s.zero {
		out = append(out, 0)
	}
	slices.Sort(out)
	return out
}

func (s *idSet) mask() uint64 { return uint64(len(s.slots) - 1) }

func (s *idSet) grow() {
	before := s.slots
	s.slots = make([]uint64, 2*len(before))
	for _, h := range before {
		if h != 0 {
			s.place(h)
		}
	}
}

func (s *idSet) place(h uint64) {
	if h == 0 {
		s.zero = true
		return
	}
	i := h & s.mask()
	for s.slots[i] != 0 {
		i = (i + 1) & s.mask()
	}
	s.slots[i] = h
}
