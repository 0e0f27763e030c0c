package score

// arena gives out parts of one large list, so that small lists need no memory of
// their own.
type arena[T any] struct {
	list []T
	used int // also of lists before this one
}

// take is a list of n, nil for none.
func (a *arena[T]) take(n int) []T {
	if n == 0 {
		return nil
	}
	if len(a.list)+n > cap(a.list) {
		a.list = make([]T, 0, max(2*cap(a.list), n, 64)) // what was taken before keeps the old one
	}
	a.used += n
	at := len(a.list)
	a.list = a.list[:at+n]
	return a.list[at : at+n : at+n]
}

// clear takes everything back.
func (a *arena[T]) clear() { *a = arena[T]{list: emptied(a.list, a.used)} }

// emptied is the list without its entries, but with its memory for as many as were
// used; room far beyond that is let go.
func emptied[T any](list []T, used int) []T {
	if cap(list) > 4*used+1<<10 {
		return nil
	}
	clear(list) // lets go of what it refers to
	return list[:0]
}
