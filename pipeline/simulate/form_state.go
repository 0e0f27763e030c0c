package simulate

// formState is what a person has filled in on the page they are on and not sent.
type formState struct {
	fields      int
	newest      *element
	first, last int64
}

// filled counts a field, unless it is the one filled in last.
func (f *formState) filled(e *element, now int64) {
	if f.fields == 0 {
		f.first = now
	}
	if f.newest != e {
		f.fields++
		f.newest = e
	}
}
