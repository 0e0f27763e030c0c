package tuning

import (
	"time"

	"friction/pipeline/detect"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
	"friction/pipeline/target"
)

var presets = []Preset{
	{
		Name: "posthog", Public: true, Claims: []string{"rage_click", "dead_click", "dead_swipe"},
		Note: "Follows the code, which compares neighbours; its documentation says first to last. Its lists of labels are off unless switched on, and so here. Modifier keys are not known. Ten dead swipes a page at most are not reproduced.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(3, time.Second, 30, signals.OnlyDistance)))
			c.RageClick.Compat.Shape = signals.Manhattan
			moved := []detect.Reaction{answers("mutation", "page_view", "screen_view", "crash"), limited(99*time.Millisecond, "scroll", "selection")}
			c.DeadClick = deadOf(2499*time.Millisecond, target.Targets{Any: true, AnyBut: journey.Values{"html"}, Except: target.Except{Inside: journey.Values{"a"}}}, moved...)
			c.DeadClick.Repeat, c.DeadClick.Forgive, c.DeadClick.Compat.Focus = 999*time.Millisecond, 999*time.Millisecond, signals.OnlyWindow
			c.DeadSwipe = signals.DeadSwipeThresholds{Enabled: true, Within: 2499 * time.Millisecond, Reactions: moved}
			c.Suppress = append(c.Suppress,
				marked("posthog_rage", noRage, "ph-no-rageclick", "ph-no-capture"),
				marked("posthog_dead", []string{"dead_click", "dead_swipe"}, "ph-no-deadclick", "ph-no-capture"))
		},
	},
	{
		Name: "posthog_ios", Public: true, Claims: []string{"rage_tap"}, Note: "Multi-touch is not told apart.",
		change: func(c *Config) {
			c.RageTap = exclusive(gap(rageOf(3, time.Second, 30, signals.OnlyDistance)))
			c.RageTap.Compat.Shape, c.RageTap.Compat.Breaks = signals.Manhattan, true
			c.Suppress = append(c.Suppress, keep("steppers", noRage), keep("text_selection", noRage), Suppress{
				Name: "posthog_screen", Answers: "taps on another screen are others", Signals: noRage, After: journey.Values{"screen_view"},
			})
		},
	},
	{
		Name: "datadog", Public: true, Claims: []string{"rage_click", "dead_click", "error_click"},
		Note:   "Follows the code, which fires at three clicks; its documentation says more than three. The whole chain is its signal, here the run. A page that is left is a view or a change of visibility here. An error counts while the page is busy after the click there, and for the 10 s that this may last here.",
		change: chained(10 * time.Second),
	},
	{
		Name: "openobserve", Public: true, Claims: []string{"rage_click", "dead_click", "error_click"},
		Note:   "Its library is Datadog's under another name, with the same rules.",
		change: chained(10 * time.Second),
	},
	{
		Name: "faro", Public: true, Claims: []string{"rage_click", "dead_click", "error_click"},
		Note: "Grafana Faro. A label stands for its control there, which is not known here. It compares the text selected before and after each click.",
		change: func(c *Config) {
			chained(0)(c)
			c.DeadClick.Reactions = []detect.Reaction{
				lookingBack(100*time.Millisecond, "mutation", "request", "input", "scroll"), answers("page_view", "screen_view", "crash"),
				{Types: journey.Values{"selection"}, Before: time.Second, Within: time.Second},
			}
			c.ErrorClick = errorsOf(time.Second, true)
		},
	},
	{
		Name: "sentry", Public: true, Claims: []string{"rage_click", "dead_click"},
		Note: "Its rage needs a dead click besides: read rage_click beside the dead clicks it absorbs. Follows the server, which wants five; its issue page says three. A dead click has no change of the page within 7 s; one that comes after 3 s makes it slow there.",
		change: func(c *Config) {
			c.RageClick = rageOf(5, 7*time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Consecutive = true
			c.DeadClick = deadOf(6999*time.Millisecond, target.Targets{
				Inside: true, Tags: journey.Values{"button"}, InputTypes: journey.Values{"submit", "button"}, Links: everyLink,
				Except: target.Except{Selectors: append(journey.Values{"**[download**"}, elsewhere...)},
			}, answers("mutation", "selection", "page_view", "screen_view", "crash"), limited(300*time.Millisecond, "scroll"))
			c.DeadClick.Repeat = 999 * time.Millisecond
		},
	},
	{
		Name: "sentry_rn", Public: true, Claims: []string{"rage_tap"}, Note: "Taps; the target is label, name and file there, and the target's name here.",
		change: func(c *Config) {
			c.RageTap = rageOf(3, time.Second, 0, signals.OnlyTarget)
			c.RageTap.Compat.Consecutive, c.RageTap.Compat.Every = true, 3
		},
	},
	{
		Name: "openreplay", Public: true, Claims: []string{"rage_click", "dead_click"},
		Note: "Its code for taps has its comparison the wrong way round and is not reproduced. A click is dead once the next change of the page, or another click, comes too late; one that nothing follows is not.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(3, 300*time.Millisecond, 0, signals.OnlyTarget)))
			c.DeadClick = deadOf(1233*time.Millisecond, target.Targets{Any: true, Named: true, Except: target.Except{Tags: journey.Values{"input", "textarea", "select"}}},
				answers("mutation", "page_view", "screen_view", "input", "focus", "crash"))
			c.DeadClick.Compat.Consecutive, c.DeadClick.Compat.Told = true, true
		},
	},
	{
		Name: "mixpanel", Public: true, Claims: []string{"rage_click", "dead_click"},
		Note: "Of today: four clicks; three before. Positions are those of the page there. Listeners that make an element interactive are not known.",
		change: func(c *Config) {
			c.RageClick = exclusive(gap(rageOf(4, time.Second, 30, signals.OnlyDistance)))
			c.RageClick.Compat.Every = 4
			c.DeadClick = deadOf(500*time.Millisecond, mixpanelTargets,
				lookingBack(100*time.Millisecond, "mutation", "input", "submit", "scroll", "selection", "page_view", "screen_view", "crash"))
		},
	},
	{
		Name: "amplitude", Public: true, Claims: []string{"rage_click", "dead_click", "error_click", "thrashed_cursor"},
		Note: "Follows the code, whose window is 1 s; its comment says 3 s. A run that goes on ends by silence here, and with the fourth last click a second ago there. Which button of the mouse is not known.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 50, signals.TargetAndDistance)
			c.RageClick.Compat.Shape, c.RageClick.Compat.Window, c.RageClick.Compat.Edge, c.RageClick.Compat.Consecutive = signals.Box, signals.Restart, signals.Exclusive, true
			c.DeadClick = deadOf(3*time.Second, target.Targets{
				Inside: true, Tags: journey.Values{"button"}, Links: everyLink, Selectors: editable,
				Roles:      journey.Values{"button", "link", "menuitem", "menuitemcheckbox", "menuitemradio", "option", "tab", "treeitem"},
				InputTypes: journey.Values{"button", "submit", "reset", "image", "file"}, Except: target.Except{Selectors: elsewhere},
			}, answers("mutation", "page_view", "screen_view", "crash"))
			c.DeadClick.Compat.Spacing = 3 * time.Second
			c.ErrorClick = errorsOf(2*time.Second, true)
			c.ThrashedCursor = signals.ReversalThresholds{Enabled: true, Count: 20, Within: 2*time.Second - time.Millisecond, Distance: 0}
			c.Suppress = append(c.Suppress, keep("text_selection", noRage))
		},
	},
	{
		Name: "newrelic", Public: true, Claims: []string{"rage_click", "dead_click", "error_click"},
		Note: "The flag is on the aggregated action, which ends with an action elsewhere. Keys are input here.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Edge, c.RageClick.Compat.Consecutive, c.RageClick.Compat.Ends = signals.Exclusive, true, detect.Longest
			c.DeadClick = deadOf(2*time.Second, target.Targets{Inside: true, Tags: journey.Values{"button"}, InputTypes: journey.Values{"button"}, Links: everyLink},
				answers("mutation", "page_view", "screen_view", "request", "input", "scroll", "visibility", "blur", "crash"))
			c.DeadClick.Repeat, c.DeadClick.Compat.Consecutive, c.DeadClick.Answer = detect.Longest, true, 10*time.Second
			c.ErrorClick = errorsOf(2*time.Second, true)
		},
	},
	{
		Name: "splunk", Public: true, Claims: []string{"rage_click", "dead_click", "error_click"},
		Note: "Of v2.1.0 and later: four clicks; three before. Which elements it holds interactive is ours. Its cursor rule is a score of its own and is not reproduced.",
		change: func(c *Config) {
			c.RageClick = rageOf(4, time.Second, 0, signals.OnlyTarget)
			c.RageClick.Compat.Edge, c.RageClick.Compat.Every = signals.Exclusive, 4
			on := DefaultConfig().DeadClick.Targets
			on.Links = journey.Values{"bare", "hash", "script"}
			c.DeadClick = deadOf(time.Second, on, lookingBack(100*time.Millisecond, "request"), answers("mutation", "page_view", "screen_view", "crash"))
			c.DeadClick.Answer = 10 * time.Second
			c.ErrorClick = errorsOf(time.Second, false)
		},
	},
	{
		Name: "highlight", Public: true, Claims: []string{"rage_click"},
		Note:   "Six clicks: it counts five earlier ones. Its window is the count setting by mistake, which is 5 s.",
		change: func(c *Config) { c.RageClick = rageOf(6, 5*time.Second, 8, signals.OnlyDistance) },
	},
	{
		Name: "conviva", Public: true, Claims: []string{"rage_click", "rage_tap", "page_loop", "error_leave", "crash_restart"},
		Note: "From its documentation; its code is not public. Its rage needs a missing response besides.",
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

// chained is the rules of Datadog and of those who took them over: a chain of clicks on one target is judged as a whole.
func chained(busy time.Duration) func(*Config) {
	return func(c *Config) {
		c.RageClick = rageOf(3, time.Second, 100, signals.TargetAndDistance)
		c.RageClick.Compat.Consecutive = true
		c.DeadClick = deadOf(100*time.Millisecond, target.Targets{
			Any: true, InputTypes: pressed, Links: journey.Values{"bare"},
			Except: target.Except{Tags: journey.Values{"textarea", "select", "canvas"}, Selectors: editable},
		}, lookingBack(100*time.Millisecond, "mutation", "request"), answers("page_view", "screen_view", "visibility", "crash"),
			detect.Reaction{Types: journey.Values{"input", "scroll"}, Before: 100 * time.Millisecond, Within: time.Second},
			detect.Reaction{Types: journey.Values{"selection"}, Before: time.Second, Within: time.Second})
		c.DeadClick.Answer = 10 * time.Second
		if busy > 0 {
			c.ErrorClick = errorsOf(busy, false)
		}
		c.Suppress = append(c.Suppress, Suppress{
			Name: "chain_activity", Answers: "a click that changed the selection or scrolled", Signals: noRage, After: journey.Values{"selection", "scroll"},
		})
	}
}

// mixpanelTargets is everything but text without a sign that it can be pressed.
var mixpanelTargets = target.Targets{
	Any: true, Inside: true,
	AnyBut: journey.Values{"article", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "section", "span"},
	Tags:   journey.Values{"button", "input", "select", "textarea", "details", "dialog"},
	Roles: journey.Values{
		"button", "checkbox", "combobox", "grid", "link", "listbox", "menu", "menubar", "menuitem", "menuitemcheckbox", "menuitemradio", "navigation",
		"option", "radio", "radiogroup", "searchbox", "slider", "spinbutton", "switch", "tab", "tablist", "textbox", "tree", "treegrid", "treeitem",
	},
	Links: journey.Values{"hash", "script", "real"},
	Except: target.Except{Tags: journey.Values{
		"base", "head", "html", "link", "meta", "script", "style", "title", "br", "hr", "wbr", "noscript", "picture", "source", "template", "track",
	}},
}
