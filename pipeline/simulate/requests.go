package simulate

// CauseErrorChain is a word of the truth file.
const CauseErrorChain = "server_error_chain" // met one failure of the server after another; N failures

// request is an operation whose outcome is known at until. Status 0 is no
// answer.
func (p *person) request(op string, from, until int64, status int) {
	if status >= 400 {
		p.visits.addFailure(Act{Cause: FailureRequest, Op: op}, from, until)
	}
	switch {
	case status >= 500:
		p.failures.add(op, until)
	case status > 0:
		p.endFailures()
	}
	p.writeRequest(op, from, until, status)
}

// endFailures records the failures that are over. Those of one operation alone
// are tries at it, and recorded as retries.
func (p *person) endFailures() {
	if f := &p.failures; f.several() {
		p.addCause(Act{Cause: CauseErrorChain, N: f.n}, f.first, f.last)
	}
	p.failures = failures{}
}
