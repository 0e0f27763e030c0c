package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/journey"
)

var dropOffSignal = detect.Declaration{
	Name: "drop_off", Revision: 1,
	Summary: "a visit that ends because the session does",
	Means:   "gives up at a step",
	One:     "a visit of a configured journey that ended `dropped`",
	Source:  "Every funnel counts it; as a signal of one session at one step it is ours.",
	Cap:     1, SessionOnly: true, Where: detect.ByStep,
	Thresholds: SwitchThresholds{Enabled: true},
	NeedsOf:    needStep,
	Outcome:    journey.Dropped,
}
