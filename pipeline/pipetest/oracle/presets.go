package oracle

import (
	"maps"
	"slices"
	"time"

	"friction/pipeline/session"
)

// preset is the rules of another product, as docs/signals.md has them.
type preset struct {
	settings settings
	suppress []suppressed
	own      bool // its numbers are public, so they take the place of ours
}

// neighbours are the settings of products that compare a click with the one
// before it, and for which exactly the bound is outside.
func neighbours(name, clicks, within, distance, same string) settings {
	return settings{
		name + ".clicks": clicks, name + ".within": within, name + ".distance": distance, name + ".same": same,
		name + ".compat.window": "gap", name + ".compat.consecutive": "true", name + ".compat.edge": "exclusive", name + ".compat.distance_edge": "exclusive",
	}
}

// join puts settings together.
func join(all ...settings) settings {
	out := settings{}
	for _, s := range all {
		maps.Copy(out, s)
	}
	return out
}

// deadOf is the whole rule of dead clicks of a product: the wait, the reactions, then what can be one, key by key. What
// is not said is off, and not as usual.
func deadOf(within, reactions string, on ...string) settings {
	out := settings{
		"dead_click.within": within, "dead_click.repeat": "0s", "dead_click.forgive": "0s", "dead_click.answer": "0s", "dead_click.reactions": reactions,
		"dead_click.targets.untagged": "true", "dead_click.targets.inside": "false", "dead_click.targets.tags": "", "dead_click.targets.roles": "",
		"dead_click.targets.input_types": "", "dead_click.targets.links": "", "dead_click.targets.except.tags": "",
	}
	for i := 0; i < len(on); i += 2 {
		out["dead_click."+on[i]] = on[i+1]
	}
	return out
}

// errorOf is the rule of error clicks of products that count errors of scripts alone.
func errorOf(within string, latest bool) settings {
	out := settings{"error_click.within": within, "error_click.errors": lines("error", "crash")}
	if latest {
		out["error_click.compat.latest"] = "true"
	}
	return out
}

var (
	allLinks  = lines("bare", "hash", "script", "real")
	newWindow = lines("**[target=_blank]**", `**[target="_blank"]**`)
)

// chained is Datadog's rules, which others took over.
var chained = join(settings{
	"rage_click.clicks": "3", "rage_click.within": "1s", "rage_click.distance": "100", "rage_click.same": "target_and_distance",
	"rage_click.compat.consecutive": "true",
}, errorOf("10s", false), deadOf("100ms",
	lines(
		reaction("mutation request", "100ms", "0s"), reaction("page_view screen_view visibility crash", "0s", "0s"),
		reaction("input scroll", "100ms", "1s"), reaction("selection", "1s", "1s"),
	),
	"answer", "10s", "targets.any", "true", "targets.input_types", lines("button", "checkbox", "radio", "range", "reset", "submit"), "targets.links", "bare",
	"targets.except.tags", lines("textarea", "select", "canvas"), "targets.except.selectors", "**[contenteditable**",
))

var chainSuppress = []suppressed{{Name: "chain_activity", Signals: rageSignals, After: []string{"selection", "scroll"}}}

// ofClasses is what a product's own classes keep out, on the target or around it.
func ofClasses(name string, kinds []string, classes ...string) suppressed {
	x := suppressed{Name: name, Signals: kinds, Class: classes}
	for _, c := range classes {
		x.Selector = append(x.Selector, "**."+c+"**")
	}
	return x
}

var postHogMoved = lines(reaction("mutation page_view screen_view crash", "0s", "0s"), reaction("scroll selection", "0s", "99ms"))

var presets = map[string]preset{
	"posthog": {own: true, settings: join(
		neighbours("rage_click", "3", "1s", "30", "distance"), settings{"rage_click.compat.shape": "manhattan"},
		deadOf("2499ms", postHogMoved, "repeat", "999ms", "forgive", "999ms", "compat.focus", "window", "targets.any", "true", "targets.any_but", "html", "targets.except.inside", "a"),
		settings{"dead_swipe.within": "2499ms", "dead_swipe.reactions": postHogMoved},
	), suppress: []suppressed{
		ofClasses("posthog_rage", rageSignals, "ph-no-rageclick", "ph-no-capture"),
		ofClasses("posthog_dead", []string{"dead_click", "dead_swipe"}, "ph-no-deadclick", "ph-no-capture"),
	}},
	"posthog_ios": {own: true, settings: join(
		neighbours("rage_tap", "3", "1s", "30", "distance"), settings{"rage_tap.compat.shape": "manhattan", "rage_tap.compat.breaks": "true"},
	), suppress: []suppressed{
		knownFor("steppers", rageSignals), knownFor("text_selection", rageSignals),
		{Name: "posthog_screen", Signals: rageSignals, After: []string{"screen_view"}},
	}},
	"datadog":     {own: true, settings: chained, suppress: chainSuppress},
	"openobserve": {own: true, settings: chained, suppress: chainSuppress},
	"faro": {own: true, settings: join(chained, errorOf("1s", true), settings{"dead_click.reactions": lines(
		reaction("mutation request input scroll", "100ms", "0s"), reaction("page_view screen_view crash", "0s", "0s"), reaction("selection", "1s", "1s"),
	)}), suppress: chainSuppress},
	"sentry": {own: true, settings: join(settings{
		"rage_click.clicks": "5", "rage_click.within": "7s", "rage_click.distance": "0", "rage_click.same": "target", "rage_click.compat.consecutive": "true",
	}, deadOf("6999ms", lines(reaction("mutation selection page_view screen_view crash", "0s", "0s"), reaction("scroll", "0s", "300ms")),
		"repeat", "999ms", "targets.inside", "true", "targets.tags", "button", "targets.input_types", lines("submit", "button"), "targets.links", allLinks,
		"targets.except.selectors", lines("**[download**", newWindow)))},
	"sentry_rn": {own: true, settings: settings{
		"rage_tap.clicks": "3", "rage_tap.within": "1s", "rage_tap.distance": "0", "rage_tap.same": "target", "rage_tap.compat.consecutive": "true",
		"rage_tap.compat.every": "3",
	}},
	"openreplay": {own: true, settings: join(neighbours("rage_click", "3", "300ms", "0", "target"), deadOf("1233ms",
		reaction("mutation page_view screen_view input focus crash", "0s", "0s"),
		"targets.any", "true", "targets.named", "true", "targets.except.tags", lines("input", "textarea", "select"), "compat.consecutive", "true", "compat.told", "true"))},
	"mixpanel": {own: true, settings: join(
		neighbours("rage_click", "4", "1s", "30", "distance"), settings{"rage_click.compat.every": "4"},
		deadOf("500ms", reaction("mutation input submit scroll selection page_view screen_view crash", "100ms", "0s"),
			"targets.any", "true", "targets.inside", "true", "targets.any_but", lines("article", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "section", "span"),
			"targets.tags", lines("button", "input", "select", "textarea", "details", "dialog"), "targets.links", lines("hash", "script", "real"),
			"targets.roles", lines("button", "checkbox", "combobox", "grid", "link", "listbox", "menu", "menubar", "menuitem", "menuitemcheckbox",
				"menuitemradio", "navigation", "option", "radio", "radiogroup", "searchbox", "slider", "spinbutton", "switch", "tab", "tablist", "textbox",
				"tree", "treegrid", "treeitem"),
			"targets.except.tags", lines("base", "head", "html", "link", "meta", "script", "style", "title", "br", "hr", "wbr", "noscript", "picture",
				"source", "template", "track")),
	)},
	"amplitude": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "50", "rage_click.same": "target_and_distance",
		"rage_click.compat.shape": "box", "rage_click.compat.window": "restart", "rage_click.compat.edge": "exclusive", "rage_click.compat.consecutive": "true",
		"thrashed_cursor.count": "20", "thrashed_cursor.within": "1999ms", "thrashed_cursor.distance": "0",
	}, errorOf("2s", true), deadOf("3s", reaction("mutation page_view screen_view crash", "0s", "0s"),
		"compat.spacing", "3s", "targets.inside", "true", "targets.tags", "button", "targets.links", allLinks, "targets.selectors", "**[contenteditable**",
		"targets.roles", lines("button", "link", "menuitem", "menuitemcheckbox", "menuitemradio", "option", "tab", "treeitem"),
		"targets.input_types", lines("button", "submit", "reset", "image", "file"), "targets.except.selectors", newWindow,
	)), suppress: []suppressed{knownFor("text_selection", rageSignals)}},
	"newrelic": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_click.compat.edge": "exclusive", "rage_click.compat.consecutive": "true", "rage_click.compat.ends": "10m",
	}, errorOf("2s", true), deadOf("2s", reaction("mutation page_view screen_view request input scroll visibility blur crash", "0s", "0s"),
		"repeat", "10m", "answer", "10s", "compat.consecutive", "true", "targets.inside", "true", "targets.tags", "button", "targets.input_types", "button", "targets.links", allLinks,
	))},
	"splunk": {own: true, settings: join(settings{
		"rage_click.clicks": "4", "rage_click.within": "1s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_click.compat.edge": "exclusive", "rage_click.compat.every": "4",
	}, errorOf("1s", false), settings{
		"dead_click.within": "1s", "dead_click.repeat": "0s", "dead_click.forgive": "0s", "dead_click.targets.links": lines("bare", "hash", "script"),
		"dead_click.reactions": lines(reaction("request", "100ms", "0s"), reaction("mutation page_view screen_view crash", "0s", "0s")),
	})},
	"highlight": {own: true, settings: settings{
		"rage_click.clicks": "6", "rage_click.within": "5s", "rage_click.distance": "8", "rage_click.same": "distance",
	}},
	"conviva": {own: true, settings: settings{
		"rage_click.clicks": "3", "rage_click.within": "2s", "rage_click.distance": "0", "rage_click.same": "target",
		"rage_tap.clicks": "3", "rage_tap.within": "2s", "rage_tap.distance": "0", "rage_tap.same": "target",
		"page_loop.entries": "3", "page_loop.within": "15s", "error_leave.within": "10s", "crash_restart.within": "30s",
	}},
}

// unending is the longest session that can be set, for products that know none.
const unending = 14 * 24 * time.Hour

// sessionPreset is how another product divides time into sessions.
type sessionPreset struct {
	gap, max  time.Duration
	exclusive bool // exactly the bound is over
	midnight  bool // in UTC
	campaigns bool
}

var sessionPresets = map[string]sessionPreset{
	"posthog":             {gap: 30 * time.Minute, max: 24 * time.Hour},
	"datadog":             {gap: 15 * time.Minute, max: 4 * time.Hour, exclusive: true},
	"splunk":              {gap: 15 * time.Minute, max: 4 * time.Hour},
	"faro":                {gap: 15 * time.Minute, max: 4 * time.Hour, exclusive: true},
	"newrelic":            {gap: 30 * time.Minute, max: 4 * time.Hour},
	"amplitude":           {gap: 30 * time.Minute, max: unending},
	"amplitude_rn":        {gap: 5 * time.Minute, max: unending},
	"sentry":              {gap: 15 * time.Minute, max: time.Hour, exclusive: true},
	"clarity":             {gap: 30 * time.Minute, max: unending, exclusive: true},
	"snowplow":            {gap: 30 * time.Minute, max: 72 * time.Hour},
	"segment":             {gap: 30 * time.Minute, max: unending},
	"mixpanel":            {gap: 30 * time.Minute, max: 24 * time.Hour, midnight: true},
	"matomo":              {gap: 30 * time.Minute, max: unending, exclusive: true, midnight: true, campaigns: true},
	"universal_analytics": {gap: 30 * time.Minute, max: unending, midnight: true, campaigns: true},
	"ga4":                 {gap: 30 * time.Minute, max: unending},
	"conviva":             {gap: 90 * time.Second, max: unending},
	"openreplay":          {gap: 30 * time.Minute, max: unending},
}

// sessionsInForce is what was set to something else than the default, and else
// what the preset says.
func sessionsInForce(c session.Config) session.Config {
	p, ok := sessionPresets[c.Preset]
	if ok && c.Gap == 30*time.Minute && !slices.Contains(c.Explicit, "gap") {
		c.Gap = p.gap
	}
	if ok && c.Max == 24*time.Hour && !slices.Contains(c.Explicit, "max") {
		c.Max = p.max
	}
	if p.exclusive && c.Edge == "" {
		c.Edge = session.Exclusive
	}
	if p.midnight && c.Midnight == "" {
		c.Midnight = "+00:00"
	}
	if p.campaigns && len(c.Campaigns) == 0 {
		c.Campaigns = []string{"utm_source", "utm_medium", "utm_campaign", "gclid"}
	}
	if c.Midnight == "off" {
		c.Midnight = ""
	}
	return c
}

// suppressedInForce are the known false alarms of a configuration: its own, and
// of the preset's, or else the built-in ones, those whose names it does not use.
func suppressedInForce(name string, own []suppressed) (all []suppressed) {
	known := falseAlarms
	if presets[name].own {
		known = presets[name].suppress
	}
	for _, x := range known {
		if !slices.ContainsFunc(own, func(y suppressed) bool { return y.Name == x.Name }) {
			all = append(all, x)
		}
	}
	for _, x := range own {
		if !x.Off {
			all = append(all, x)
		}
	}
	return all
}
