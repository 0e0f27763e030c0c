package detect

import (
	"fmt"

	"friction/pipeline/journey"
	"friction/pipeline/session"
)

// helpSeeking finds somebody who asks for help while an attempt of a configured
// journey is open and not completed. Such events, each at most `within` after the
// one before, are one run.
type helpSeeking struct{ streaks }

func (c HelpConfig) rule(is journey.Rule) rule {
	shared := &streakRule{kind: HelpSeeking, count: 1, within: session.Millis(c.Within), gap: true}
	return rule{
		kind: HelpSeeking, subjects: typesIn(c.Matches()),
		concerns: is,
		begins:   (*input).underway,
		start:    func() detector { return &helpSeeking{streaks{streakRule: shared}} },
		version:  fmt.Sprintf("help_seeking/1 within=%v", c.Within),
	}
}

func (h *helpSeeking) take(in *input) {
	switch {
	case in.event == nil:
		h.expire(in)
	case in.underway():
		h.add(in, "")
	}
}

// underway reports whether the session is on an open visit of a configured
// journey.
func (in *input) underway() (yes bool) {
	in.place.track.Current(func(i int32) {
		v := &in.place.track.Visits[i]
		yes = yes || !v.Site && v.Outcome == journey.Open
	})
	return yes
}
