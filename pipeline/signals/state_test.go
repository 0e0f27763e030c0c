package signals

import (
	"testing"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/pipetest/statetest"
)

// A detector's state is all it knows: a field that does not come back after a restart or an eviction changes findings.
func TestDetectorsComeBackFromTheirState(t *testing.T) {
	runs := bursts{burstRule: &burstRule{}}
	for _, fresh := range []func() any{
		func() any { return &rage{rageRule: &rageRule{}} },
		func() any { return &deadClick{deadRule: &deadRule{}} },
		func() any { return &errorClick{errorRule: &errorRule{}} },
		func() any { return &thrashedCursor{bursts: runs} },
		func() any { return &excessiveScroll{bursts: runs} },
		func() any { return &quickBack{quickRule: &quickRule{}} },
		func() any { return &pageLoop{loopRule: &loopRule{}} },
		func() any { return &reloadLoop{runs} },
		func() any { return &retry{retryRule: &retryRule{}} },
		func() any { return &repeatedSubmit{runs} },
		func() any { return &validationLoop{runs} },
		func() any { return &formAbandonment{} },
		func() any { return &fieldReentry{bursts: runs} },
		func() any { return &hesitation{pauseRule: &pauseRule{}} },
		func() any { return &repeatedSearch{bursts: runs} },
		func() any { return &errorLeave{} },
		func() any { return &serverErrorChain{runs} },
		func() any { return &crashRestart{restartRule: &restartRule{}} },
		func() any { return &hang{bursts: runs} },
		func() any { return &requestStorm{stormRule: &stormRule{}} },
		func() any { return &helpSeeking{runs} },
		func() any { return &slowClick{slowClickRule: &slowClickRule{}} },
		func() any { return &repetition{bursts: runs} },
	} {
		statetest.RoundTrip(t, fresh, func(v any, st *event.State) { v.(detect.Detector).Save(st) },
			".rule", ".distance", ".fields", ".atLeast", ".within", ".kind", ".is", ".bounce") // settings, and the rule that the runtime saves
	}
}
