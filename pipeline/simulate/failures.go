package simulate

// failures are failures of the server in a row, whatever was requested.
type failures struct {
	n           int
	ops         [2]string // the first, and another one if there was any
	first, last int64
}

// add counts a failure.
func (f *failures) add(op string, at int64) {
	if f.n == 0 {
		f.first, f.ops[0] = at, op
	}
	if op != f.ops[0] {
		f.ops[1] = op
	}
	f.n++
	f.last = at
}

// several says whether more than one operation has failed.
func (f *failures) several() bool { return f.n > 1 && f.ops[1] != "" }
