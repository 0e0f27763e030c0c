package session

import "slices"

// IDs is a set of 64-bit hashes. Small sets are searched in a row; larger ones
// are an open-addressing table. An empty one is a single pointer.
type IDs struct{ in *idSet }

type idSet struct {
	list  []uint64 // the members, in order of arrival, while few; else the table
	n     uint32
	table bool
	zero  bool // 0 marks an empty place of the table, so it is kept apart
}

const fewIDs = 32

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
		s.in = &idSet{}
	}
	s.in.add(h)
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
	return 8 * cap(s.in.list)
}

func (s *idSet) has(h uint64) bool {
	if !s.table {
		return slices.Contains(s.list, h)
	}
	if h == 0 {
		return s.zero
	}
	for i := h & s.mask(); s.list[i] != 0; i = (i + 1) & s.mask() {
		if s.list[i] == h {
			return true
		}
	}
	return false
}

func (s *idSet) add(h uint64) {
	switch {
	case !s.table && s.n < fewIDs:
		s.list = append(s.list, h)
	case !s.table || s.n >= uint32(len(s.list))/4*3:
		s.grow()
		s.place(h)
	default:
		s.place(h)
	}
	s.n++
}

func (s *idSet) sorted() []uint64 {
	out := make([]uint64, 0, s.n)
	for _, h := range s.list {
		if !s.table || h != 0 {
			out = append(out, h)
		}
	}
	if s.zero {
		out = append(out, 0)
	}
	slices.Sort(out)
	return out
}

func (s *idSet) mask() uint64 { return uint64(len(s.list) - 1) }

func (s *idSet) grow() {
	members := s.sorted()
	size := 4 * fewIDs
	for size < 2*len(members)+2 {
		size *= 2
	}
	s.list, s.table, s.zero = make([]uint64, size), true, false
	for _, h := range members {
		s.place(h)
	}
}

func (s *idSet) place(h uint64) {
	if h == 0 {
		s.zero = true
		return
	}
	i := h & s.mask()
	for s.list[i] != 0 {
		i = (i + 1) & s.mask()
	}
	s.list[i] = h
}
