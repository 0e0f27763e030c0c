package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/journey"
)

var backTrackingSignal = detect.Declaration{
	Name: "back_tracking", Revision: 1,
	Summary: "a visit left for an earlier step",
	Means:   "goes back in a journey",
	One:     "a visit of a configured journey that ended `back`",
	Source:  "Our choice: an outcome of visits, told for one session.",
	Cap:     3, SessionOnly: true, Where: detect.ByStep,
	Thresholds: SwitchThresholds{Enabled: true},
	NeedsOf:    needStep,
	Outcome:    journey.Back,
}
