package tuning

import (
	"slices"
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// Preset is the rules of another product, as far as they are public. Facts and their sources are in docs/signals.md;
// each preset is tested with the cases in testdata/presets.
type Preset struct {
	Name   string
	Public bool   // its numbers are public
	Note   string // what it cannot reproduce, or why there are no numbers
	change func(*Config)
}

// Presets are those there are, by name.
func Presets() []Preset { return slices.Clone(presets) }

// rageOf makes thresholds of the numbers that most products have.
func rageOf(clicks int, within time.Duration, distance float64, same signals.Same) signals.RageThresholds {
	return signals.RageThresholds{Enabled: true, Clicks: clicks, Within: within, Distance: distance, Same: same}
}

// gap makes a rule compare neighbours: each click must follow the one before soon, and any other click in between
// resets it.
func gap(c signals.RageThresholds) signals.RageThresholds {
	c.Compat.Window, c.Compat.Consecutive = signals.Gap, true
	return c
}

func exclusive(c signals.RageThresholds) signals.RageThresholds {
	c.Compat.Edge, c.Compat.DistanceEdge = signals.Exclusive, signals.Exclusive
	return c
}

var presets = []Preset{
	{
		Name: "posthog", Public: true,
		Note: "Follows the code, which compares neighbours; its documentation says first to last. Its ignore check looks at the last click only, ours at each.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(3, time.Second, 30, signals.OnlyDistance)))
			c.RageClick.Compat.Shape = signals.Manhattan
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 2499 * time.Millisecond, Repeat: 999 * time.Millisecond, Forgive: time.Second}
			c.Suppress = append(c.Suppress, Suppress{
				Name: "posthog_content", Answers: "its content ignore list", Signals: noRage,
				Text: journey.Values{"next", "previous", "prev", ">", "<", "+", "-", "−", "–"},
			}, Suppress{
				Name: "posthog_class", Answers: "its own classes", Signals: noRage, Class: journey.Values{"ph-no-rageclick", "ph-no-capture"},
			})
		},
	},
	{
		Name: "posthog_ios", Public: true, Note: "Multi-touch is not told apart.",
		change: func(c *Config) {
			c.RageTap = exclusive(gap(rageOf(3, time.Second, 30, signals.OnlyDistance)))
			c.RageTap.Compat.Shape = signals.Manhattan
			c.Suppress = append(c.Suppress, keep("steppers", noRage), keep("text_selection", noRage))
		},
	},
	{
		Name: "datadog", Public: true,
		Note: "Follows the code, which fires at three clicks; its documentation says more than three. A dead click is one without activity within 100 ms. The whole chain is its signal, here the run.",
		change: func(c *Config) {
			c.RageClick = rageOf(3, time.Second, 100, signals.TargetAndDistance)
			c.RageClick.Compat.Consecutive = true
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 100 * time.Millisecond, Repeat: time.Millisecond, Forgive: time.Millisecond}
			c.ErrorClick = signals.WithinThresholds{Enabled: true, Within: 10 * time.Second}
			c.Suppress = append(c.Suppress, Suppress{
				Name: "datadog_activity", Answers: "a click that changed the selection or scrolled", Signals: noRage, After: journey.Values{"selection", "scroll"},
			})
		},
	},
	{
		Name: "sentry", Public: true,
		Note: "Its rage needs a dead click besides: read rage_click beside the dead clicks it absorbs. Follows the server, which wants five; its issue page says three.",
		change: func(c *Config) {
			c.RageClick = rageOf(5, 7*time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Consecutive = true
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 7 * time.Second, Repeat: time.Millisecond, Forgive: time.Millisecond}
		},
	},
	{
		Name: "sentry_rn", Public: true, Note: "Taps; the target is label, name and file there, and the target's name here.",
		change: func(c *Config) {
			c.RageTap = rageOf(3, time.Second, 0, signals.OnlyTarget)
			c.RageTap.Compat.Consecutive, c.RageTap.Compat.Every = true, 3
		},
	},
	{
		Name: "openreplay", Public: true, Note: "Its code for taps has its comparison the wrong way round and is not reproduced.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(3, 300*time.Millisecond, 0, signals.OnlyTarget)))
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 1233 * time.Millisecond, Repeat: time.Millisecond, Forgive: time.Millisecond}
		},
	},
	{
		Name: "mixpanel", Public: true, Note: "Of today: four clicks; three before. Positions are those of the page there.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(4, time.Second, 30, signals.OnlyDistance)))
			c.RageClick.Compat.Every = 4
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 500 * time.Millisecond, Repeat: time.Millisecond, Forgive: time.Millisecond}
		},
	},
	{
		Name: "amplitude", Public: true,
		Note: "Follows the code, whose window is 1 s; its comment says 3 s. A run that goes on ends by silence here, and with the fourth last click a second ago there.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 50, signals.TargetAndDistance)
			c.RageClick.Compat.Shape, c.RageClick.Compat.Window, c.RageClick.Compat.Edge, c.RageClick.Compat.Consecutive = signals.Box, signals.Restart, signals.Exclusive, true
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 3 * time.Second, Repeat: time.Millisecond, Forgive: time.Millisecond}
			c.ErrorClick = signals.WithinThresholds{Enabled: true, Within: 2 * time.Second}
			c.ThrashedCursor = signals.ReversalThresholds{Enabled: true, Count: 20, Within: 2*time.Second - time.Millisecond, Distance: 0}
			c.Suppress = append(c.Suppress, keep("text_selection", noRage))
		},
	},
	{
		Name: "newrelic", Public: true, Note: "The flag is on the aggregated action, which ends with an action elsewhere.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Edge, c.RageClick.Compat.Consecutive, c.RageClick.Compat.Ends = signals.Exclusive, true, detect.Longest
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: 2 * time.Second, Repeat: time.Millisecond, Forgive: time.Millisecond}
			c.ErrorClick = signals.WithinThresholds{Enabled: true, Within: 2 * time.Second}
		},
	},
	{
		Name: "splunk", Public: true, Note: "Of v2.1.0 and later: four clicks; three before. Its cursor rule is a score of its own and is not reproduced.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Edge, c.RageClick.Compat.Every = signals.Exclusive, 4
			c.DeadClick = signals.DeadClickThresholds{Enabled: true, Within: time.Second, Repeat: time.Millisecond, Forgive: time.Millisecond}
			c.ErrorClick = signals.WithinThresholds{Enabled: true, Within: time.Second}
		},
	},
	{
		Name: "highlight", Public: true, Note: "Six clicks: it counts five earlier ones. Its window is the count setting by mistake, which is 5 s.",
		change: func(c *Config) { c.RageClick = rageOf(6, 5*time.Second, 8, signals.OnlyDistance) },
	},
	{
		Name: "conviva", Public: true, Note: "From its documentation; its code is not public. Its rage needs a missing response besides.",
		change: func(c *Config) {
			c.RageClick = rageOf(3, 2*time.Second, 0, signals.OnlyTarget)
			c.RageTap = rageOf(3, 2*time.Second, 0, signals.OnlyTarget)
			c.PageLoop = signals.PageLoopThresholds{Enabled: true, Entries: 3, Within: 15 * time.Second}
			c.ErrorLeave = signals.WithinThresholds{Enabled: true, Within: 10 * time.Second}
			c.CrashRestart.Within = 30 * time.Second
		},
	},
	unpublished("clarity"), unpublished("dynatrace"), unpublished("fullstory"), unpublished("hotjar"), unpublished("contentsquare"),
	unpublished("heap"), unpublished("logrocket"), unpublished("pendo"), unpublished("quantum_metric"), unpublished("smartlook"),
}

// unpublished is a product that finds the same signals, with numbers that are not public: the preset only says so.
func unpublished(name string) Preset {
	return Preset{Name: name, Note: "Its numbers are not public: our defaults are in force, with its list of false alarms unknown."}
}

// keep is a built-in entry of suppression, for some signals only.
func keep(name string, signals []string) Suppress {
	i := slices.IndexFunc(falseAlarms, func(x Suppress) bool { return x.Name == name })
	x := falseAlarms[i]
	x.Signals = signals
	return x
}
