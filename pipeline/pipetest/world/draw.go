package world

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"friction/pipeline/engine"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/session"
	"friction/pipeline/tuning"
)

// Shape bounds what [Draw] draws.
type Shape struct {
	Topics int  // 1, or 2: clickstream and telemetry
	Wild   bool // any type may be in any topic; dead clicks are not judged then
	Spread bool // requests and errors may be in any topic
	Late   bool // records may come later than disorder allows
	Tuned  bool // thresholds differ from place to place
	Events int  // at most
}

// Dawn is when worlds begin: 2026-01-01T00:00:00Z.
const Dawn event.Millis = 1_767_225_600_000

// Draw draws a few users on a few pages, with times at which thresholds are
// hit exactly, missed by a millisecond, and all that lies between.
func Draw(t *rapid.T, shape Shape) *World {
	w := &World{Config: drawConfig(t, shape), Topics: []string{"clickstream", "telemetry"}[:shape.Topics]}
	c := &w.Config
	c.Signals.DeadClick.Enabled = !shape.Wild
	delays := drawDelays(t, shape, &c.Sessions)
	steps := []event.Millis{
		0, 0, 0, 1, 50, 51, 100, 250, 250, 333, 334, 500, 501, 999, 1000, 1001, 2000, 2001, 2500, 2501, 5000, 5001, 7500, 15000, 15001, 30000, 30001,
		session.Millis(c.Sessions.Gap), session.Millis(c.Sessions.Gap) + 1, session.Millis(c.Sessions.Gap + c.Sessions.Grace), session.Millis(c.Sessions.Gap+c.Sessions.Grace) + 1, session.Millis(c.Sessions.Gap) / 2,
		3_600_000, 7_199_999,
	}
	var all []arriving
	ids := rapid.Bool().Draw(t, "ids")
	fine := rapid.IntRange(0, 2).Draw(t, "milliseconds")
	respect := rapid.IntRange(0, 4).Draw(t, "client ids") == 0
	var keyer event.Keyer
	for u := range rapid.IntRange(1, 3).Draw(t, "users") {
		now := Dawn + event.Millis(rapid.IntRange(0, 3).Draw(t, "start"))*777
		delay, left := event.Millis(0), 0
		habit, pace := drawHabit(t), steps
		fast := drawFast(t, shape, &c.Sessions)
		app := rapid.SampledFrom([]string{"shop", "shop", "shop", "blog", "other"}).Draw(t, "app")
		if rapid.Bool().Draw(t, "in a hurry") {
			pace = steps[:23]
		}
		for range rapid.IntRange(1, shape.Events).Draw(t, "events") {
			now += rapid.SampledFrom(pace).Draw(t, "step")
			if left--; left < 0 {
				delay, left = 0, rapid.IntRange(0, 8).Draw(t, "punctual")
				if rapid.IntRange(0, 2).Draw(t, "delayed") == 0 {
					delay, left = rapid.SampledFrom(delays).Draw(t, "delay"), rapid.IntRange(0, 4).Draw(t, "batch")
				}
			}
			r := drawRecord(t, shape, habit)
			stamp(&r.Event, now+fast, now+delay)
			r.Event.App, r.Event.User = app, fmt.Sprintf("user%d", u+1)
			if fine == 2 || fine == 1 && rapid.Bool().Draw(t, "fine") {
				r.Event.Flags |= event.MillisecondTime
			}
			client := ""
			if respect {
				client = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "client")
				r.Event.Client = client
			}
			r.Event.Key = keyer.Key(r.Event.App, r.Event.User, client)
			if ids {
				r.Event.ID = fmt.Sprintf("e%d", len(all)-rapid.SampledFrom([]int{0, 0, 0, 0, 0, 0, 0, 1, 2}).Draw(t, "again"))
			} else {
				r.Event.Hash = event.DigestOf(fmt.Append(nil, u, now, len(all)))
			}
			all = append(all, arriving{r, now + delay})
			if again, ok := drawAgain(t, shape, all, ids, now+delay); ok {
				all = append(all, again)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b arriving) int { return int(a.at - b.at) })
	for _, a := range all {
		w.Log = append(w.Log, a.Record)
	}
	return w
}

// arriving is a record and when it arrives.
type arriving struct {
	Record
	at event.Millis
}

// drawAgain draws a record that is sent a second time; not where that would be another event of the same name.
func drawAgain(t *rapid.T, shape Shape, all []arriving, ids bool, at event.Millis) (again arriving, ok bool) {
	if rapid.IntRange(0, 9).Draw(t, "sent again") > 0 {
		return again, false
	}
	again = all[len(all)-1]
	if shape.Late {
		again = all[rapid.IntRange(0, len(all)-1).Draw(t, "which")]
	}
	again.at = max(at, again.at)
	stamp(&again.Event, again.Event.Time+again.Event.Lead, again.at)
	return again, ids || again.Event.Has(event.MillisecondTime)
}

// drawFast draws how fast the clock of a device is.
func drawFast(t *rapid.T, shape Shape, c *session.Config) event.Millis {
	if !shape.Late || rapid.IntRange(0, 3).Draw(t, "fast clock") > 0 {
		return 0
	}
	gap := session.Millis(c.Gap)
	return rapid.SampledFrom([]event.Millis{2001, 10_000, gap / 2, gap, 2 * gap, 3 * gap}).Draw(t, "fast by")
}

// stamp gives an event the time of a device's clock, as the decoder does: one that is ahead of its record by more than 2 s
// gets the record's time.
func stamp(e *event.Event, clock, recorded event.Millis) {
	const maxFuture = 2000
	e.Time, e.Recorded, e.Lead = clock, recorded, 0
	e.Flags &^= event.ClockAhead
	if clock > recorded+maxFuture {
		e.Time, e.Lead = recorded, clock-recorded
		e.Flags |= event.ClockAhead
	}
}

// drawDelays draws how late records may come. Some worlds are offline for long.
func drawDelays(t *rapid.T, shape Shape, c *session.Config) []event.Millis {
	disorder := session.Millis(c.Disorder)
	delays := []event.Millis{0, min(1, disorder), min(500, disorder), disorder / 2, disorder}
	if !shape.Late {
		return delays
	}
	delays = append(delays, 1, 500, disorder+1, disorder+2000, disorder+20_000, session.Millis(c.Gap), 90_000)
	if rapid.Bool().Draw(t, "offline for long") {
		delays = nil
		c.Gap = rapid.SampledFrom([]time.Duration{5 * time.Second, 20 * time.Second}).Draw(t, "short gap")
		c.Max, c.Grace = 20*c.Gap, min(c.Grace, time.Second)
	}
	over, accepted := session.Millis(c.Gap+c.Grace+c.Disorder), session.Millis(c.AcceptLate+c.Disorder)
	return append(delays, over, over+1, over+1000, 2*over, 3*over, 5*over, accepted, accepted+1)
}

// drawConfig draws settings. Small limits and short times are likely, so that few events reach them.
func drawConfig(t *rapid.T, shape Shape) engine.Config {
	c := engine.DefaultConfig()
	c.Sessions = session.Config{
		Gap:        rapid.SampledFrom([]time.Duration{20 * time.Second, 40 * time.Second, 2 * time.Minute, 30 * time.Minute}).Draw(t, "gap"),
		Grace:      rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute}).Draw(t, "grace"),
		Disorder:   rapid.SampledFrom([]time.Duration{0, time.Second, 10 * time.Second}).Draw(t, "disorder"),
		AcceptLate: rapid.SampledFrom([]time.Duration{0, 30 * time.Second, 90 * time.Second, 72 * time.Hour, 72 * time.Hour, 72 * time.Hour, 72 * time.Hour, 72 * time.Hour}).Draw(t, "accept late"),
		MaxClosed:  rapid.SampledFrom([]int{1, 2, 100, 100, 100, 100, 100, 100}).Draw(t, "max closed"),
		MaxEvents:  rapid.SampledFrom([]int{3, 50_000, 50_000, 50_000, 50_000, 50_000}).Draw(t, "max events"),
		MaxIDs:     rapid.SampledFrom([]int{3, 50_000, 50_000, 50_000, 50_000, 50_000}).Draw(t, "max ids"),
		MaxApps:    rapid.SampledFrom([]int{1, 2, 100, 100}).Draw(t, "max apps"),
		MaxOpen:    rapid.SampledFrom([]int{1, 100, 100, 100, 100, 100}).Draw(t, "max open"),
		MaxAwake:   rapid.SampledFrom([]int{0, 0, 1, 100}).Draw(t, "max awake"),
	}
	c.Sessions.Edge = rapid.SampledFrom([]session.Edge{"", "", session.Exclusive}).Draw(t, "edge")
	c.Sessions.Midnight = rapid.SampledFrom([]string{"", "", "+00:00", "-00:01", "+00:01"}).Draw(t, "midnight")
	if rapid.IntRange(0, 3).Draw(t, "campaigns") == 0 {
		c.Sessions.Campaigns = []string{"plan"}
	}
	c.Sessions.Acts = rapid.SampledFrom([]session.Acts{"", session.AllActs, session.AllActs}).Draw(t, "acts")
	c.Sessions.Max = c.Sessions.Gap * time.Duration(rapid.SampledFrom([]int{1, 2, 50, 50}).Draw(t, "max"))
	c.Score.Slide = rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, time.Minute}).Draw(t, "slide")
	c.Score.Size = c.Score.Slide * time.Duration(rapid.IntRange(1, 5).Draw(t, "size"))
	c.Score.EmitEvery = rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 5 * time.Second}).Draw(t, "emit")
	c.Score.Segments = []string{"device", "plan"}
	c.Score.MaxValues = rapid.SampledFrom([]int{1, 2, 100}).Draw(t, "max values")
	c.Journeys.Site.Enabled = rapid.IntRange(0, 5).Draw(t, "site") > 0
	c.Journeys.Site.MaxPages = rapid.SampledFrom([]int{1, 2, 500, 500}).Draw(t, "max pages")
	c.Journeys.StallAfter = rapid.SampledFrom([]time.Duration{time.Second, 2 * time.Minute}).Draw(t, "stall")
	c.Signals.RageClick.Within = rapid.SampledFrom([]time.Duration{time.Second, time.Second, 3 * time.Second}).Draw(t, "rage within")
	drawSignals(t, &c.Signals)
	c.Signals.RageClick.Clicks = rapid.SampledFrom([]int{2, 3, 4, 4}).Draw(t, "rage clicks")
	c.Journeys.MaxUnfinished = rapid.SampledFrom([]int{1, 100, 100, 100}).Draw(t, "max unfinished")
	for i := range rapid.IntRange(0, 2).Draw(t, "journeys") {
		c.Journeys.List = append(c.Journeys.List, drawJourney(t, i))
		c.Journeys.List[i].Resume = rapid.SampledFrom([]time.Duration{0, 0, c.Sessions.Gap, c.Sessions.Gap + c.Sessions.Gap/2, time.Hour}).Draw(t, "resume")
	}
	drawTuning(t, &c, shape.Tuned)
	if rapid.IntRange(0, 9).Draw(t, "filter") == 0 {
		c.Filter = []journey.Match{{Attrs: map[string]journey.Values{"plan": {"free"}}}}
	}
	return c
}

// drawSignals draws thresholds low enough to be met by a few events.
func drawSignals(t *rapid.T, c *tuning.Config) {
	few := func(what string) int { return rapid.SampledFrom([]int{2, 3}).Draw(t, what) }
	c.RageTap.Clicks = few("taps")
	c.ThrashedCursor.Count, c.ExcessiveScroll.Count = few("turns"), few("scroll turns")
	c.ThrashedCursor.Within, c.ExcessiveScroll.Within = 15*time.Second, 15*time.Second
	c.ReloadLoop.Count = rapid.IntRange(1, 2).Draw(t, "reloads")
	c.FormAbandonment.Fields = rapid.IntRange(1, 2).Draw(t, "fields")
	c.FieldReentry.Count, c.RepeatedSearch.Count, c.RequestStorm.Count, c.Hang.Count = few("entries"), few("searches"), few("storm"), few("hangs")
	c.ServerErrorChain.Count, c.ServerErrorChain.Operations = few("chain"), rapid.IntRange(1, 2).Draw(t, "operations")
	c.Hesitation.AtLeast = rapid.SampledFrom([]time.Duration{time.Second, 7500 * time.Millisecond}).Draw(t, "pause")
	c.Hesitation.AtMost = 15 * time.Second
	c.HelpSeeking.Within = 5 * time.Second
	if rapid.IntRange(0, 2).Draw(t, "dead clicks of their own") == 0 {
		drawDeadClicks(t, c)
	}
}

func drawJourney(t *rapid.T, i int) journey.Journey {
	j := journey.Journey{Name: fmt.Sprintf("journey%d", i+1)}
	if rapid.IntRange(0, 3).Draw(t, "mode") == 0 {
		j.Mode = journey.AnyOrder
	}
	for k := range rapid.IntRange(1, 4).Draw(t, "steps") {
		j.Steps = append(j.Steps, journey.Step{
			Name: fmt.Sprintf("step%d", k+1), Match: []journey.Match{drawMatch(t)}, Optional: rapid.IntRange(0, 3).Draw(t, "optional") == 0,
		})
	}
	if rapid.IntRange(0, 3).Draw(t, "completes") == 0 {
		j.Complete = []journey.Match{drawMatch(t)}
	}
	return j
}

func drawMatch(t *rapid.T) journey.Match {
	return rapid.SampledFrom([]journey.Match{
		{Page: journey.Values{"/a"}},
		{Type: journey.Values{"page_view"}, Page: journey.Values{"/b"}},
		{Page: journey.Values{"/c", "/d"}},
		{Type: journey.Values{"page_view"}, Page: journey.Values{"/*"}},
		{Op: journey.Values{"POST *"}},
		{Op: journey.Values{"GET x"}},
		{Type: journey.Values{"click"}, Target: journey.Values{"pay"}},
		{Status: journey.Values{"5xx", "422"}},
		{Error: journey.Values{"TypeError**"}},
	}).Draw(t, "match")
}

var sorts = []string{
	"view", "view", "view", "click", "click", "click", "place", "div", "mutation", "input", "focus", "visibility", "request", "request", "request",
	"error", "submit", "field", "move", "scroll", "app", "answer", "search", "swipe",
}

// drawHabit draws what a user does most of the time, so that runs of it come about.
func drawHabit(t *rapid.T) []string {
	return rapid.SampledFrom([][]string{
		sorts, sorts,
		{"click"},
		{"place", "mutation"},
		{"touch"},
		{"touch", "place"},
		{"view"},
		{"request"},
		{"submit"},
		{"submit", "error"},
		{"refused"},
		{"field"},
		{"field", "visibility", "app"},
		{"move"},
		{"scroll"},
		{"app", "error"},
		{"search"},
		{"request", "click"},
		{"click", "mutation"},
		{"tap", "tap", "tap", "mutation"},
		{"swipe", "mutation"},
		{"error", "input"},
	}).Draw(t, "habit")
}

// drawRecord draws one event, mostly of the kinds of the mood, and the topic it comes from.
func drawRecord(t *rapid.T, shape Shape, habit []string) Record {
	of := sorts
	if rapid.IntRange(0, 5).Draw(t, "by habit") > 0 {
		of = habit
	}
	kind := rapid.SampledFrom(of).Draw(t, "kind")
	r := Record{}
	e := &r.Event
	fromServer := shape.Topics > 1 && slices.Contains([]string{"request", "error", "submit", "refused"}, kind)
	switch {
	case shape.Wild, fromServer && shape.Spread:
		r.Topic = rapid.IntRange(0, shape.Topics-1).Draw(t, "topic")
	case fromServer:
		r.Topic = 1
	}
	switch kind {
	case "view":
		e.Type = event.PageView
		e.Page = rapid.SampledFrom([]string{"/a", "/a", "/b", "/b", "/c", "/d", "", "other"}).Draw(t, "page")
		e.RawPage = rapid.SampledFrom([]uint64{0, 0, 0, 1}).Draw(t, "shown")
		if rapid.IntRange(0, 7).Draw(t, "logged") == 0 { // as an access log has it
			e.Op, e.Status = "GET "+e.Page, rapid.SampledFrom([]int32{0, 200, 404}).Draw(t, "status")
		}
	case "click":
		e.Type = rapid.SampledFrom([]event.Type{event.Click, event.Tap}).Draw(t, "click")
		e.Target = &event.Target{ID: rapid.SampledFrom([]string{"pay", "next"}).Draw(t, "target"), Tag: "button"}
	case "tap":
		e.Type, e.Target = event.Tap, &event.Target{ID: "pay", Tag: "button"}
	case "place", "touch":
		e.Type = map[string]event.Type{"place": event.Click, "touch": event.Tap}[kind]
		e.X, e.Y = rapid.SampledFrom([]float32{0, 3, 5, 9, 18, 30, 30.5}).Draw(t, "x"), rapid.SampledFrom([]float32{0, 24}).Draw(t, "y")
		e.Flags |= event.HasPosition
		e.Target = drawUnderPointer(t)
	case "div":
		e.Type, e.Target = event.Click, &event.Target{Tag: "div", Text: "words"}
	case "mutation":
		e.Type = event.Mutation
	case "input":
		e.Type = rapid.SampledFrom([]event.Type{event.Input, event.Scroll, event.Selection}).Draw(t, "input")
	case "focus":
		e.Type, e.Target = event.Focus, &event.Target{ID: rapid.SampledFrom([]string{"pay", "name"}).Draw(t, "focused")}
	case "visibility":
		e.Type = event.Visibility
	case "request", "submit":
		drawAttempt(t, shape, kind, &r)
	case "refused":
		e.Type, e.Op = event.Submit, []string{"POST /pay", "POST /buy"}[r.Topic] // an operation is in one topic
		e.Status = rapid.SampledFrom([]int32{422, 422, 0}).Draw(t, "refused")
	case "error":
		e.Type = rapid.SampledFrom([]event.Type{event.ErrorType, event.Crash}).Draw(t, "error")
		e.Error = rapid.SampledFrom([]*event.Error{
			nil,
			{Kind: "ValidationError"},
			{Kind: "TypeError"},
			{Kind: "TypeError", Message: "x is undefined"},
			{Message: "Script error."},
			{Kind: "ErrorEvent", Message: "ResizeObserver loop completed"},
		}).Draw(t, "kind of error")
	default:
		drawOther(t, kind, e)
	}
	drawContext(t, e)
	return r
}

// drawContext draws what comes with events of any type.
func drawContext(t *rapid.T, e *event.Event) {
	if rapid.IntRange(0, 15).Draw(t, "logged") == 0 {
		e.Flags |= event.AccessLog
	}
	switch rapid.IntRange(0, 19).Draw(t, "about its record") {
	case 0:
		e.Flags |= event.Foreign
	case 1:
		e.Skew = rapid.SampledFrom([]event.Millis{-5000, 3000}).Draw(t, "skew")
	}
	if device := rapid.SampledFrom([]string{"", "", "phone", "desk"}).Draw(t, "device"); device != "" {
		e.Context = &event.Context{Device: device}
	}
	if rapid.IntRange(0, 19).Draw(t, "frustrated") == 0 && e.Attrs == nil {
		e.Attrs = rapid.SampledFrom([][]event.Attr{{{Name: "action.frustration.type", Value: `["rage_click","error_click"]`}}, {{Name: "clickCount", Value: "5"}, {Name: "frustration", Value: "dead_click"}}}).Draw(t, "says so")
	}
	if plan := rapid.SampledFrom([]string{"", "", "", "free", "gold"}).Draw(t, "plan"); plan != "" && e.Attrs == nil {
		e.Attrs = []event.Attr{{Name: "plan", Value: plan}}
	}
}

// drawUnderPointer draws what is at the position of a click; nil for nothing known.
func drawUnderPointer(t *rapid.T) *event.Target {
	return rapid.SampledFrom([]*event.Target{
		nil,
		drawTarget(t),
		{Tag: "button", Text: "Go"},
		{Tag: "button", ID: "pay"},
		{Tag: "i", ID: "icon"},
		{Tag: "label", Text: "Yes"},
		{Tag: "input", InputType: "checkbox", ID: "yes"},
		{Tag: "a", Href: "/x"},
		{Tag: "button", Text: "Next"},
		{Tag: "a", Href: "mailto:"},
		{Tag: "button", Text: "Send", InputType: "submit"},
		{Text: "Go"},
		{Tag: "svg", Selector: "button.go > svg"},
		{Tag: "p", Text: "words", Selector: "main > p"},
		{Tag: "button", ID: "pay", Classes: []string{"big", "swiper-button"}},
	}).Draw(t, "on")
}

// drawTarget draws what was clicked, focused or filled, of any make.
func drawTarget(t *rapid.T) *event.Target {
	one := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
	return &event.Target{
		ID: one("target id", "", "", "pay", "name"), Text: one("label", "", "Go"),
		Tag:       one("tag", "", "", "button", "a", "div", "canvas", "input", "textarea", "select", "label", "summary", "option", "svg", "p"),
		Role:      one("role", "", "", "", "button", "link", "tab", "checkbox", "textbox", "listbox", "searchbox", "presentation"),
		InputType: one("input type", "", "", "", "text", "submit", "checkbox", "search", "file", "image"),
		Href:      one("href", "", "", "", "", "/x", "#", "javascript:;"),
		Selector: one("selector", "", "", "", "", "button > svg", "a.card > span", `a[href="#"] i`, "li + button", ".ph-no-capture p", ".pay", "div[role=tab] b",
			"form > input[type=submit]"),
	}
}

// drawOther draws what is seen on fields, of the pointer, and of apps.
func drawOther(t *rapid.T, kind string, e *event.Event) {
	switch kind {
	case "field":
		e.Type = rapid.SampledFrom([]event.Type{event.Focus, event.Input, event.Input, event.Blur}).Draw(t, "work")
		e.Target = rapid.SampledFrom([]*event.Target{
			{ID: "name", Tag: "input", InputType: "text"},
			{ID: "city", Tag: "input"},
			{ID: "q", Tag: "input", InputType: "search"},
			{ID: "send", Tag: "button"},
			nil,
			drawTarget(t),
		}).Draw(t, "field")
		e.Page = rapid.SampledFrom([]string{"", "/a"}).Draw(t, "on page")
	case "swipe":
		e.Type, e.Target = event.Swipe, &event.Target{ID: rapid.SampledFrom([]string{"pay", "gallery"}).Draw(t, "swiped"), Tag: rapid.SampledFrom([]string{"div", "div", "canvas"}).Draw(t, "tag")}
		if rapid.Bool().Draw(t, "took") {
			e.Flags |= event.HasDuration
			e.Duration = rapid.SampledFrom([]event.Millis{1, 300, 2000}).Draw(t, "swipe")
		}
	case "move", "scroll":
		e.Type = map[string]event.Type{"move": event.MouseMove, "scroll": event.Scroll}[kind]
		e.X = rapid.SampledFrom([]float32{10, 15, 14, 100}).Draw(t, "to x")
		e.Y = rapid.SampledFrom([]float32{10, 110, 109, 300}).Draw(t, "to y")
		e.Flags |= event.HasPosition
	case "app":
		e.Type = rapid.SampledFrom([]event.Type{event.Hang, event.Hang, event.Lifecycle, event.Support}).Draw(t, "app")
		e.Name = rapid.SampledFrom([]string{"start", "background"}).Draw(t, "life")
		if e.Type == event.Hang {
			e.Flags |= event.HasDuration
			e.Duration = rapid.SampledFrom([]event.Millis{500, 1999, 2000}).Draw(t, "hung")
		}
	case "answer":
		e.Type = event.Survey
		e.Attrs = rapid.SampledFrom([][]event.Attr{{{Name: "nps", Value: "6"}}, {{Name: "nps", Value: "7"}}, {{Name: "answer", Value: "No"}}}).Draw(t, "answers")
	case "search":
		e.Type, e.Name = event.Custom, rapid.SampledFrom([]string{"search", "search", "other", "$rageclick", "[Amplitude] Dead Click", "faro.frustration.error_click", "ui.slowClickDetected"}).Draw(t, "custom")
	}
}

// drawAttempt draws a request or submit.
func drawAttempt(t *rapid.T, shape Shape, kind string, r *Record) {
	e := &r.Event
	e.Type = event.Request
	if kind == "submit" {
		e.Type = event.Submit
	}
	e.Op = rapid.SampledFrom([]string{"POST /pay", "GET x", ""}).Draw(t, "op")
	if shape.Wild || shape.Spread { // an operation is in one topic
		e.Op = [][]string{{"POST /pay", "GET y", ""}, {"POST /buy", "GET x", ""}}[r.Topic][rapid.IntRange(0, 2).Draw(t, "which op")]
	}
	switch rapid.IntRange(0, 5).Draw(t, "answer") {
	case 5:
		e.Status = 422
	case 0:
		e.Status = 200
	case 1:
		e.Status = 502
	case 2:
		e.Flags |= event.HasOK
	case 3:
		e.Flags |= event.HasOK | event.OK
	}
	if rapid.IntRange(0, 9).Draw(t, "taken back") == 0 {
		e.Error = rapid.SampledFrom([]*event.Error{{Kind: "AbortError"}, {Kind: "TypeError", Message: "Failed to fetch"}}).Draw(t, "how")
	}
	e.Duration = rapid.SampledFrom([]event.Millis{0, 0, 0, 3000, 3001, 7500, 10_000}).Draw(t, "duration")
	if e.Duration > 0 {
		e.Flags |= event.HasDuration
	}
}
