package detect

import "friction/pipeline/event"

// crashRule finds every crash at once.
func crashRule() rule {
	return rule{
		kind: Crash, subjects: typesOf(event.Crash),
		once: func(in *input) {
			x := in.begin(Crash)
			x.Count = 1
			in.find(x)
			in.claim(Crash, x.First())
		},
		version: "crash/1",
	}
}
