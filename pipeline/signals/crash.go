package signals

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// CrashRule finds every crash at once.
func CrashRule() detect.Rule {
	return detect.Rule{
		Triggers: detect.TypesOf(event.Crash),
		Once: func(in *detect.Input) {
			x := in.Begin()
			x.Count = 1
			in.Find(x)
			in.Claim(x.First())
		},
		Version: "crash/1",
	}
}
