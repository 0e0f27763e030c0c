package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var rageTapSignal = detect.Declaration{
	Name: "rage_tap", Revision: 3,
	Summary: "several taps at one place in quick succession",
	Means:   "hammers one place on a touch screen",
	One:     "at least 3 taps on one target within 1 s",
	Counts:  "taps",
	Source:  "3 taps in 1 s on one target and within 30 px: React Native (Sentry) and iOS (PostHog).",
	Weight:  0.35, Cap: 3, Where: detect.ByTarget,
	Absorbs: []detect.Absorbs{
		{What: DeadClick, Why: "the rage is made of these taps"},
		{What: ErrorClick, Why: "the rage is made of these taps"},
	},
	Thresholds: RageThresholds{Enabled: true, Clicks: 3, Within: time.Second, Distance: 30, Same: SamePlace},
	Needs: []detect.Need{
		needs("a tap with its target or position", `{"type": "tap", "target": {"id"}, "x", "y"} for each tap in apps`, detect.TypesOf(event.Tap)),
	},
	Rule:     detect.RuleOf(func(t RageThresholds) detect.Rule { return t.rule(event.Tap) }),
	MostHeld: detect.Most,
}
