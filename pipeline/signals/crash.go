package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var crashSignal = detect.Declaration{
	Name: "crash", Revision: 1, Failures: true,
	Summary: "the app crashed",
	Means:   "sees the app crash",
	One:     "a crash",
	Source:  "What the app reports as a crash. Dynatrace weighs one 5,000 times an error.",
	Weight:  0.60, Cap: 2, Where: detect.ByPage,
	Rank: 2,
	Absorbs: []detect.Absorbs{
		{What: ErrorClick, Why: "the error is the crash"},
		{What: CrashRestart, Why: "the crash has been counted when it happened"},
		{What: ErrorLeave, Why: "the crash has been counted when it happened"},
	},
	Thresholds: SwitchThresholds{Enabled: true},
	Needs:      []detect.Need{needCrash},
	Rule:       detect.RuleOf(crashRule),
}

// crashRule finds every crash at once.
func crashRule(SwitchThresholds) detect.Rule {
	return detect.Rule{
		Triggers: detect.TypesOf(event.Crash),
		Once: func(in *detect.Input) {
			x := in.Begin()
			x.Count = 1
			in.Find(x)
			in.Claim(x.First())
		},
	}
}
