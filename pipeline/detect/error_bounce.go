package detect

// errorBounceRule finds a session of one page at most that ends at most `within`
// after an error: [errorLeave] of one that has not wandered.
func errorBounceRule(c WithinConfig) rule {
	r := leavingRule(ErrorBounce, c)
	r.begins = func(in *input) bool { return !in.wandered }
	return r
}
