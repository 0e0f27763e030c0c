package signals

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

var rageClickSignal = detect.Declaration{
	Name: "rage_click", Revision: 3,
	Summary: "several clicks at one place in quick succession",
	Means:   "hammers one place in anger",
	One:     "at least 4 clicks at one place, the first to the fourth within 1 s",
	Counts:  "clicks",
	Source: "Mixpanel, Amplitude, New Relic and Splunk (since 2.1) fire at 4 clicks; PostHog and Datadog at 3. Three " +
		"quick clicks are also what habitual triple clickers do to any text, so we take 4, and a sliding second. " +
		"30 px are from PostHog and Mixpanel.",
	Weight: 0.35, Cap: 3, Where: detect.ByTarget,
	Absorbs: []detect.Absorbs{
		{What: DeadClick, Why: "the rage is made of these clicks"},
		{What: ErrorClick, Why: "the rage is made of these clicks"},
	},
	Thresholds: RageThresholds{Enabled: true, Clicks: 4, Within: time.Second, Distance: 30, Same: SamePlace},
	Needs:      []detect.Need{needs("a click with its target or position", needClick.Send, detect.TypesOf(event.Click))},
	Rule:       detect.RuleOf(func(t RageThresholds) detect.Rule { return t.rule(event.Click) }),
	MostHeld:   detect.Most,
}
