package score

// arena gives out parts of one large list, so that thousands of small lists are one
// piece of memory.
type arena[T any] struct {
	list []T
	used int // entries given out, also of lists before this one
}

// alloc is a list of n entries, nil for none.
func (a *arena[T]) alloc(n int) []T {
	if n == 0 {
		return nil
	}
	if len(a.list)+n > cap(a.list) {
		a.list = make([]T, 0, max(2*cap(a.list), n, 64)) // parts given out before keep the old one
	}
	a.used += n
	start := len(a.list)
	a.list = a.list[:start+n]
	return a.list[start : start+n : start+n]
}

// reset takes all parts back.
func (a *arena[T]) reset() { *a = arena[T]{list: emptied(a.list, a.used)} }

// emptied is the list without its entries, but with its memory. Memory for far more
// than used entries is let go.
func emptied[T any](list []T, used int) []T {
	if cap(list) > 4*used+1<<10 {
		return nil
	}
	clear(list) // lets go of what the entries refer to
	return list[:0]
}
