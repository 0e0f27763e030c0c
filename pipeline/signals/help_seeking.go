package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// helpSeeking finds somebody who asks for help while an attempt of a configured
// journey is open and not completed. Such events, each at most `within` after the
// one before, are one run.
type helpSeeking struct{ bursts }

// Rule compiles the thresholds.
func (c HelpConfig) Rule(is journey.Rule) detect.Rule {
	shared := &burstRule{count: 1, within: session.Millis(c.Within), gap: true}
	return detect.Rule{
		Triggers: typesIn(c.Matches()),
		Concerns: is,
		Starts:   (*detect.Input).Underway,
		New:      func() detect.Detector { return &helpSeeking{bursts{burstRule: shared}} },
		Version:  fmt.Sprintf("help_seeking/1 within=%v", c.Within),
	}
}

func (h *helpSeeking) Observe(in *detect.Input) {
	switch {
	case in.Event == nil:
		h.expire(in)
	case in.Underway():
		h.add(in, "")
	}
}
