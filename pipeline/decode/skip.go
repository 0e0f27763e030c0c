package decode

// skip reads any value, depth being that of the container around it. It keeps
// its own stack of one bit a level, so that no nesting can exhaust the program's.
func (s *scanner) skip(i, depth int) int {
	b := s.b
	open := 0
	for {
		if i < len(b) && (b[i] == '{' || b[i] == '[') {
			object := b[i] == '{'
			s.deepest = max(s.deepest, depth+open+1)
			i = space(b, i+1)
			if i >= len(b) || b[i] != closer(object) {
				s.push(open, object)
				open++
				if object {
					if i = s.name(i); i < 0 {
						return i
					}
				}
				continue
			}
			i++
		} else if i = s.scalar(i); i < 0 {
			return i
		}
		if i, open = s.unwind(i, open); i < 0 || open == 0 {
			return i
		}
	}
}

// unwind reads what follows an element of skip: the ends of containers, then
// the comma (and the name) before the next element.
func (s *scanner) unwind(i, open int) (next, left int) {
	for ; open > 0; open-- {
		object := s.nested[(open-1)>>6]>>((open-1)&63)&1 == 1
		next, more := s.more(i, closer(object))
		if next < 0 || more && !object {
			return next, open
		}
		if more {
			return s.name(next), open
		}
		i = next
	}
	return i, 0
}

// name reads a member's name and the colon.
func (s *scanner) name(i int) int {
	if i >= len(s.b) || s.b[i] != '"' {
		return s.fail(i, "the name of a member")
	}
	end, _ := s.closing(i + 1)
	if end < 0 {
		return end
	}
	return s.colon(end + 1)
}

func (s *scanner) push(open int, object bool) {
	if open>>6 == len(s.nested) {
		s.nested = append(s.nested, 0)
	}
	bit := uint64(1) << (open & 63)
	s.nested[open>>6] &^= bit
	if object {
		s.nested[open>>6] |= bit
	}
}

func closer(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}
