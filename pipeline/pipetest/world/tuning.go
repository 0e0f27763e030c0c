package world

import (
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/detect"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
	"friction/pipeline/session"
	"friction/pipeline/signals"
	"friction/pipeline/target"
	"friction/pipeline/tuning"
)

// signalPresets are the products whose own rules of signals are public, and one whose rules are not.
var signalPresets = []string{
	"posthog", "posthog_ios", "datadog", "openobserve", "faro", "sentry", "sentry_rn", "openreplay", "mixpanel", "amplitude", "newrelic", "splunk", "highlight", "conviva",
	"clarity",
}

// sessionPresets are the products whose rules of sessions are known.
var sessionPresets = []string{
	"posthog", "datadog", "splunk", "faro", "newrelic", "amplitude", "amplitude_rn", "sentry", "clarity", "snowplow", "segment", "mixpanel", "matomo",
	"universal_analytics", "ga4", "conviva", "openreplay",
}

// drawTuning draws presets, overrides and known false alarms: few, or many when
// the world is about them.
func drawTuning(t *rapid.T, c *engine.Config, many bool) {
	if rapid.IntRange(0, 4).Draw(t, "signal preset") == 0 {
		c.Signals.Preset = rapid.SampledFrom(signalPresets).Draw(t, "preset")
		if rapid.Bool().Draw(t, "as it comes") {
			usual := tuning.DefaultConfig()
			c.Signals.RageClick, c.Signals.RageTap, c.Signals.ThrashedCursor = usual.RageClick, usual.RageTap, usual.ThrashedCursor
			c.Signals.DeadClick, c.Signals.DeadSwipe, c.Signals.ErrorClick = usual.DeadClick, usual.DeadSwipe, usual.ErrorClick
		}
		c.Signals.Set(rapid.SampledFrom([][]string{nil, nil, {"rage_click.within"}, {"rage_click.same", "dead_click.repeat"}, {"error_click.within"}}).Draw(t, "set to defaults"))
	}
	if rapid.IntRange(0, 4).Draw(t, "session preset") == 0 {
		usual := session.DefaultConfig()
		c.Sessions.Preset = rapid.SampledFrom(sessionPresets).Draw(t, "sessions of")
		c.Sessions.Gap, c.Sessions.Max = usual.Gap, usual.Max
		c.Sessions.Set(rapid.SampledFrom([][]string{nil, nil, nil, {"gap"}, {"max"}, {"gap", "max"}}).Draw(t, "sessions set to defaults"))
	}
	suppressed, overrides := []int{0, 0, 0, 1, 2}, []int{0, 0, 0, 1, 2, 3}
	if many {
		suppressed, overrides = []int{0, 1, 2}, []int{1, 2, 3}
	}
	if rapid.IntRange(0, 9).Draw(t, "from the tracker") == 0 {
		c.Signals.FromTracker = rapid.SampledFrom([][]string{{"rage_click"}, {"dead_click", "error_click"}, {"rage_click", "dead_click", "slow_click", "error_click"}}).Draw(t, "tracked")
	}
	if rapid.IntRange(0, 19).Draw(t, "only some") == 0 {
		c.Signals.Only = append(rapid.SliceOfNDistinct(rapid.SampledFrom(anywhere), 1, 6, rapid.ID[string]).Draw(t, "only"), "drop_off")
	}
	for i := range rapid.SampledFrom(suppressed).Draw(t, "suppressed") {
		c.Signals.Suppress = append(c.Signals.Suppress, drawSuppressed(t, i))
	}
	for range rapid.SampledFrom(overrides).Draw(t, "overrides") {
		c.Signals.Overrides = append(c.Signals.Overrides, drawOverride(t))
	}
}

// drawDeadClicks draws what can be a dead click and what is a reaction, and what an error click is made of.
func drawDeadClicks(t *rapid.T, c *tuning.Config) {
	d := &c.DeadClick
	span := func(what string, of ...time.Duration) time.Duration { return rapid.SampledFrom(of).Draw(t, what) }
	d.Repeat = span("repeat", 0, time.Second, 2500*time.Millisecond)
	d.Forgive = span("forgive", 0, time.Second)
	d.Answer = span("answer", 0, 5*time.Second, 15*time.Second)
	d.Compat.Consecutive = rapid.IntRange(0, 2).Draw(t, "consecutive") == 0
	d.Compat.Told = rapid.IntRange(0, 3).Draw(t, "told") == 0
	d.Compat.Spacing = span("spacing", 0, 0, 2001*time.Millisecond)
	d.Compat.Focus = rapid.SampledFrom([]signals.FocusOf{"", signals.OnlyWindow}).Draw(t, "focus of")
	words := func(what string, of ...string) []string {
		if list := rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID[string]).Draw(t, what); len(list) > 0 {
			return list
		}
		return nil // not set; an empty list that is set would replace a preset's
	}
	d.Targets = target.Targets{
		Any: rapid.Bool().Draw(t, "any"), AnyBut: words("any but", "p", "div"), Named: rapid.IntRange(0, 3).Draw(t, "named") == 0,
		Untagged: rapid.Bool().Draw(t, "untagged"), Inside: rapid.Bool().Draw(t, "inside"),
		Tags: append(words("tags", "div", "a", "svg"), "button"), Roles: words("roles", "tab", "button", "link"), InputTypes: words("input types", "submit", "text"),
		Selectors: words("selectors", "**.pay", "main**"), Links: words("links", "bare", "hash", "script", "real"),
		Except: target.Except{Tags: words("never", "canvas", "svg"), Inside: words("never inside", "a", "li"), Selectors: words("never selected", "**.go**", ".pay")},
	}
	d.Reactions = rapid.SampledFrom([][]detect.Reaction{
		d.Reactions,
		{{Types: []string{"mutation"}}},
		{{Types: []string{"mutation", "submit", "error"}, Before: 250 * time.Millisecond}, {Types: []string{"request"}, Before: time.Second, Within: time.Second}},
		{{Types: []string{"page_view", "visibility", "focus"}, Within: 5 * time.Second}, {Types: []string{"scroll", "input"}, Before: time.Second}},
		{{Types: []string{"request", "crash"}, Within: 7500 * time.Millisecond}, {Types: []string{"selection"}, Before: 333 * time.Millisecond, Within: time.Millisecond}},
	}).Draw(t, "reactions")
	c.ErrorClick.Errors = append(words("errors", "crash", "request", "submit"), "error")
	c.ErrorClick.Compat.Latest = rapid.Bool().Draw(t, "latest")
	c.DeadSwipe.Reactions = rapid.SampledFrom([][]detect.Reaction{
		c.DeadSwipe.Reactions,
		{{Types: []string{"mutation", "request"}, Before: 100 * time.Millisecond}, {Types: []string{"scroll"}, Within: 250 * time.Millisecond}},
	}).Draw(t, "swipe reactions")
}

// drawSuppressed draws an entry of one's own, one that replaces a built-in entry, or one that switches it off.
func drawSuppressed(t *rapid.T, i int) tuning.Suppress {
	name := rapid.SampledFrom([]string{"paging", "text_selection", "window_wake_up", "mail_and_phone_links"}).Draw(t, "built in")
	if i == 0 && rapid.Bool().Draw(t, "off") {
		return tuning.Suppress{Name: name, Off: true}
	}
	if i > 0 {
		name = "mine"
	}
	if rapid.IntRange(0, 2).Draw(t, "of failures") == 0 {
		return drawSuppressedFailure(t, name)
	}
	x := tuning.Suppress{Name: name, Signals: rapid.SampledFrom([][]string{
		{"rage_click"},
		{"rage_tap", "rage_click"},
		{"dead_click"},
		{"error_click", "dead_click", "rage_click"},
		{"quick_back", "page_loop"},
		{"thrashed_cursor"},
		{"retry"},
		{"crash"},
		{"field_reentry", "hesitation", "form_abandonment"},
	}).Draw(t, "left out of")}
	switch rapid.SampledFrom([]string{"text", "class", "tag", "id", "href", "after", "wake"}).Draw(t, "how") {
	case "text":
		x.Text = journey.Values{"GO", " next "}
	case "class":
		x.Class = journey.Values{"big", "swip"}
	case "tag":
		x.Tag = journey.Values{rapid.SampledFrom([]string{"a", "button", "input"}).Draw(t, "tag")}
	case "id":
		x.ID = journey.Values{"p*"}
	case "href":
		x.Href = journey.Values{"/*"}
	case "after":
		x.After = journey.Values{rapid.SampledFrom([]string{"selection", "scroll", "mutation"}).Draw(t, "after")}
	case "wake":
		x.After, x.For = journey.Values{"visibility"}, rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 5 * time.Second}).Draw(t, "for")
	}
	return x
}

// drawSuppressedFailure draws an entry about what went wrong.
func drawSuppressedFailure(t *rapid.T, name string) tuning.Suppress {
	x := tuning.Suppress{Name: name, Signals: rapid.SliceOfNDistinct(rapid.SampledFrom(failing), 1, 4, rapid.ID[string]).Draw(t, "left out of")}
	switch rapid.SampledFrom([]string{"error", "op", "status", "attrs", "op and status"}).Draw(t, "what failed") {
	case "error":
		x.Error = rapid.SampledFrom([]journey.Values{{"TypeError"}, {"x is*", "Validation*"}, {"**"}}).Draw(t, "errors")
	case "op":
		x.Op = journey.Values{"POST **"}
	case "status":
		x.Status = rapid.SampledFrom([]journey.Values{{"502"}, {"4xx"}, {"200-499"}}).Draw(t, "statuses")
	case "attrs":
		x.Attrs = map[string]journey.Values{"plan": {"free"}}
	case "op and status":
		x.Op, x.Status = journey.Values{"GET *"}, journey.Values{"5xx"}
	}
	return x
}

// drawOverride draws other thresholds for some place.
func drawOverride(t *rapid.T) tuning.Override {
	o := tuning.Override{}
	switch rapid.SampledFrom([]string{"page", "page", "target", "app", "step", "step and target", "failure"}).Draw(t, "where") {
	case "page":
		o.Page = rapid.SampledFrom([]journey.Values{{"/a"}, {"/b", "/c"}, {"/*"}, {"**"}}).Draw(t, "pages")
	case "target":
		o.Target = rapid.SampledFrom([]journey.Values{{"pay"}, {"n*"}, {"name", "q"}}).Draw(t, "targets")
	case "app":
		o.App = journey.Values{"shop"}
	case "step":
		o.Step = rapid.SampledFrom([]journey.Values{{"step1"}, {"journey1/step2", "step3"}, {"/a"}, {"site//b"}}).Draw(t, "steps")
	case "failure":
		o.Status = rapid.SampledFrom([]journey.Values{nil, {"5xx"}, {"422"}}).Draw(t, "with status")
		if len(o.Status) == 0 {
			o.Error, o.Attrs = journey.Values{"**"}, map[string]journey.Values{"plan": {"gold", "free", ""}}
		}
	case "step and target":
		o.Step, o.Target = journey.Values{"/a", "step1"}, journey.Values{"pay", "next"}
	}
	few := rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "count there")
	short := rapid.SampledFrom([]time.Duration{0, 999 * time.Millisecond, 2 * time.Second, 15 * time.Second}).Draw(t, "within there")
	switch rapid.SampledFrom([]string{"off", "rage", "counted", "timed", "all"}).Draw(t, "what") {
	case "off":
		o.Off = true
		o.Signals = []string{rapid.SampledFrom(anywhere).Draw(t, "off there")}
	case "rage":
		o.Signals = rapid.SampledFrom([][]string{{"rage_click"}, {"rage_tap"}, {"rage_click", "rage_tap"}}).Draw(t, "rages")
		o.Count, o.Within = few, short
		drawRageChoices(t, &o)
	case "counted":
		o.Signals, o.Count, o.Within = rapid.SliceOfNDistinct(rapid.SampledFrom(counted), 1, 3, rapid.ID[string]).Draw(t, "counted there"), few, short
	case "timed":
		o.Signals, o.Within = rapid.SliceOfNDistinct(rapid.SampledFrom(timed), 1, 3, rapid.ID[string]).Draw(t, "timed there"), short
	case "all":
		o.Signals = rapid.SliceOfNDistinct(rapid.SampledFrom(anywhere), 1, 5, rapid.ID[string]).Draw(t, "there")
	}
	return o
}

// Signals by the thresholds that an override may give them.
var (
	counted = []string{
		"page_loop", "reload_loop", "repeated_submit", "validation_loop", "field_reentry", "repeated_search", "server_error_chain", "request_storm",
		"thrashed_cursor", "excessive_scroll",
	}
	timed = append([]string{
		"dead_click", "error_click", "quick_back", "retry", "hesitation", "slow_response", "error_leave", "error_bounce", "crash_restart", "hang",
		"help_seeking", "copied_error", "dead_swipe", "slow_click", "error", "failed_request",
	}, counted...)
	failing = []string{
		"error_click", "error_leave", "error_bounce", "copied_error", "retry", "server_error_chain", "crash", "crash_restart", "validation_loop",
		"repeated_submit", "request_storm", "slow_response", "error", "failed_request",
	}
	anywhere = append([]string{"rage_click", "rage_tap", "crash", "form_abandonment", "negative_survey"}, timed...)
)

// drawRageChoices draws what one place and one time are, as other products have it.
func drawRageChoices(t *rapid.T, o *tuning.Override) {
	o.Distance = rapid.SampledFrom([]float64{0, 0, 12, 30.5}).Draw(t, "distance there")
	o.Same = rapid.SampledFrom([]signals.Same{"", "", signals.OnlyTarget, signals.OnlyDistance, signals.TargetAndDistance, signals.TargetOrDistance, signals.SamePlace}).Draw(t, "same there")
	o.Compat.Shape = rapid.SampledFrom([]signals.Shape{"", "", signals.Manhattan, signals.Box, signals.Euclidean}).Draw(t, "shape there")
	o.Compat.Window = rapid.SampledFrom([]signals.Window{"", "", signals.Gap, signals.Restart, signals.Sliding}).Draw(t, "window there")
	o.Compat.Edge = rapid.SampledFrom([]signals.Edge{"", "", signals.Exclusive}).Draw(t, "edge there")
	o.Compat.Breaks = rapid.IntRange(0, 2).Draw(t, "breaks there") == 0
	o.Compat.Ends = rapid.SampledFrom([]time.Duration{0, 0, 500 * time.Millisecond, 5 * time.Second}).Draw(t, "silence there")
	if o.Count > 0 {
		o.Compat.Every = rapid.SampledFrom([]int{0, 0, 0, 4, 5}).Draw(t, "every")
	}
}
