package simulate

// CauseRetry is a word of the truth file.
const CauseRetry = "retry" // tried an operation again because it had failed; N repeats

// attempts are attempts at one operation in a row, each but perhaps the last
// without success.
type attempts struct {
	n           int
	first, last int64 // when their outcomes were known
	again       bool  // the first of them repeats one from before a look elsewhere
}

func (a *attempts) add(at int64) {
	if a.n == 0 {
		a.first = at
	}
	a.n++
	a.last = at
}

// endAttempts records the repeats among attempts, if there were any. What is
// tried after it is a repeat, too.
func (p *person) endAttempts(a *attempts, op string) {
	repeats := a.n - 1
	if a.again {
		repeats++
	}
	if a.n > 0 && repeats > 0 {
		p.addCause(Act{Cause: CauseRetry, Op: op, N: repeats}, a.first, a.last)
	}
	*a = attempts{again: a.again || a.n > 0}
}
