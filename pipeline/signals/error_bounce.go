package signals

import "friction/pipeline/detect"

// ErrorBounceRule finds a session of one page at most that ends at most `within`
// after an error: [errorLeave] of one that has not wandered.
func ErrorBounceRule(c WithinConfig) detect.Rule {
	r := leavingRule("error_bounce", c, true)
	r.Starts = func(in *detect.Input) bool { return !in.Wandered }
	return r
}
