package jsonscan

// Skip reads any value, depth being that of the container around it. It keeps
// its own stack of one bit a level, so that no nesting can exhaust the program's.
func (s *Scanner) Skip(i, depth int) int {
	b := s.text
	open := 0
	for {
		if i < len(b) && (b[i] == '{' || b[i] == '[') {
			object := b[i] == '{'
			s.deepest = max(s.deepest, depth+open+1)
			i = SkipSpace(b, i+1)
			if i >= len(b) || b[i] != closer(object) {
				s.push(open, object)
				open++
				if object {
					if i = s.skipName(i); i < 0 {
						return i
					}
				}
				continue
			}
			i++
		} else if i = s.Scalar(i); i < 0 {
			return i
		}
		if i, open = s.unwind(i, open); i < 0 || open == 0 {
			return i
		}
	}
}

// unwind reads what follows an element in Skip: the ends of containers, then
// the comma (and the name) before the next element.
func (s *Scanner) unwind(i, open int) (next, left int) {
	for ; open > 0; open-- {
		object := s.open[(open-1)>>6]>>((open-1)&63)&1 == 1
		next, more := s.Next(i, closer(object))
		if next < 0 || more && !object {
			return next, open
		}
		if more {
			return s.skipName(next), open
		}
		i = next
	}
	return i, 0
}

// skipName reads a member's name and the colon.
func (s *Scanner) skipName(i int) int {
	if i >= len(s.text) || s.text[i] != '"' {
		return s.Fail(i, "the name of a member")
	}
	if i = s.SkipString(i); i < 0 {
		return i
	}
	return s.colon(i)
}

func (s *Scanner) push(open int, object bool) {
	if open>>6 == len(s.open) {
		s.open = append(s.open, 0)
	}
	bit := uint64(1) << (open & 63)
	s.open[open>>6] &^= bit
	if object {
		s.open[open>>6] |= bit
	}
}

func closer(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}
