package signals

import (
	"time"

	"friction/pipeline/detect"
)

// error_bounce is [errorLeave] for a session without a second page.
var errorBounceSignal = detect.Declaration{
	Name: "error_bounce", Revision: 3, Failures: true,
	Summary: "a session of one page that ends soon after an error",
	Means:   "sees one page and an error, and leaves",
	One:     "a session of one page at most that ends at most 30 s after an error, a crash or a status of 500 or more",
	Source:  "Within 30 s of the error, unless the operation that failed has worked since: our choice.",
	Cap:     1, SessionOnly: true, Where: detect.ByPage,
	Thresholds: WithinThresholds{Enabled: true, Within: 30 * time.Second},
	Needs:      []detect.Need{needError},
	Rule:       detect.RuleOf(func(t WithinThresholds) detect.Rule { return errorLeaveRule(t, true) }),
	MostHeld:   1,
}
