package simulate

// CauseRetry is a word of the truth file.
const CauseRetry = "retry" // tried an operation again because it had failed; N repeats

// tries are uses of one operation in a row, each but perhaps the last without
// success.
type tries struct {
	n           int
	first, last int64 // when their outcomes were known
	again       bool  // the first of them repeats one from before a look elsewhere
}

func (t *tries) add(at int64) {
	if t.n == 0 {
		t.first = at
	}
	t.n++
	t.last = at
}

// endTries records the repeats among tries, if there were any. What is tried
// after it is a repeat, too.
func (p *person) endTries(t *tries, op string) {
	repeats := t.n - 1
	if t.again {
		repeats++
	}
	if t.n > 0 && repeats > 0 {
		p.addCause(Act{Cause: CauseRetry, Op: op, N: repeats}, t.first, t.last)
	}
	*t = tries{again: t.again || t.n > 0}
}
