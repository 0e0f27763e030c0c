package signals

import (
	"fmt"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/session"
)

var helpSeekingSignal = detect.Declaration{
	Name: "help_seeking", Revision: 1,
	Summary: "asking for help in the middle of a journey",
	Means:   "asks for help in the middle of a journey",
	One:     "support or help events on an open attempt of a configured journey, each at most 60 s after the last",
	Counts:  "events",
	Source:  "Each within 60 s of the last is the same call for help: our choice.",
	Cap:     3, SessionOnly: true, Where: detect.ByStep,
	Thresholds: HelpThresholds{Enabled: true, Within: time.Minute},
	NeedsOf:    needsOf(HelpThresholds.needs),
	Rule:       detect.RuleOrError(HelpThresholds.rule),
	MostHeld:   1 + detect.Most,
}

// HelpThresholds says what asking for help is.
type HelpThresholds struct {
	// Enabled switches the signal.
	Enabled bool `yaml:"enabled"`
	// Within is how soon one such event follows the other in a run.
	Within time.Duration `yaml:"within" min:"1ms" max:"10m"`
	// Match lists rules of which one must hold. Empty is support events, and pages below /help, /support, /faq and /contact.
	Match []journey.Match `yaml:"match"`
}

// Matches are the effective rules.
func (c HelpThresholds) Matches() []journey.Match {
	if len(c.Match) > 0 {
		return c.Match
	}
	return []journey.Match{
		{Type: journey.Values{"support"}},
		{
			Type: journey.Values{"page_view", "screen_view"},
			Page: journey.Values{"/help", "/help/**", "/support", "/support/**", "/faq", "/faq/**", "/contact", "/contact/**", "Help", "Support", "Contact"},
		},
	}
}

// helpSeeking finds somebody who asks for help while an attempt of a configured journey is open and not completed.
// Such events, each at most `within` after the one before, are one signal.
type helpSeeking struct{ bursts }

func (c HelpThresholds) rule() (detect.Rule, error) {
	is, err := journey.CompileAny(c.Matches())
	if err != nil {
		return detect.Rule{}, fmt.Errorf(".match%w", err)
	}
	shared := &burstRule{count: 1, within: session.Millis(c.Within), gap: true}
	return detect.Rule{
		Triggers: typesIn(c.Matches()),
		Concerns: is,
		Starts:   (*detect.Input).Underway,
		New:      func() detect.Detector { return &helpSeeking{bursts{burstRule: shared}} },
	}, nil
}

func (h *helpSeeking) Observe(in *detect.Input) {
	switch {
	case in.Event == nil:
		h.expire(in)
	case in.Underway():
		h.add(in, "")
	}
}

// needs a configured journey, and an event that asks for help.
func (c HelpThresholds) needs(journeys journey.Config) ([]detect.Need, error) {
	is, err := journey.CompileAny(c.Matches())
	if err != nil {
		return nil, fmt.Errorf(".match%w", err)
	}
	step, err := needStep(nil, journeys)
	return append(step, detect.Need{
		What: "a look at help", Met: is,
		Send: `{"type": "support", "name"} when a chat or a call is opened, and views of help pages; their names: signals.help_seeking.match`,
	}), err
}
