package tuning

import (
	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
	"friction/pipeline/signals"
)

// sees is a need of an event of some types that has something.
func sees(what, send string, t detect.Types, has ...func(*event.Event) bool) detect.Need {
	return detect.Need{What: what, Send: send, Met: func(e *event.Event) bool {
		for _, ok := range has {
			if !ok(e) {
				return false
			}
		}
		return t.Has(e.Type)
	}}
}

func hasOp(e *event.Event) bool       { return e.Op != "" }
func hasOutcome(e *event.Event) bool  { return e.Answered() }
func hasStatus(e *event.Event) bool   { return e.Status != 0 }
func hasDuration(e *event.Event) bool { return e.Has(event.HasDuration) }
func hasPosition(e *event.Event) bool { return e.Has(event.HasPosition) }
func hasTarget(e *event.Event) bool   { return e.Target != nil }
func hasField(e *event.Event) bool    { return signals.IsField(e.Target) }

// What several kinds need.
var (
	needClick = sees("a click or tap with its target",
		`{"type": "click", "target": {"id", "tag", "role"}, "x", "y"} for each click; "tap" in apps`, detect.Clicks, hasTarget)
	needView    = sees("a page or screen view", `{"type": "page_view", "page"} for each page and change of route; "screen_view" in apps`, detect.Views)
	needSubmit  = sees("a submit that names its form", `{"type": "submit", "op": the form's id} for each try to send a form`, detect.TypesOf(event.Submit), hasOp)
	needOutcome = sees("a request with an operation and its outcome",
		`{"type": "request", "op": "POST /pay", "status", "duration_ms"} once its outcome is known; without status where no answer came`, detect.Attempts, hasOp, hasOutcome)
	needError = detect.Need{
		What: "an error, a crash or a failed request",
		Send: `{"type": "error", "error": {"kind", "message"}} for uncaught errors, and "status" or "ok" with requests`,
		Met: func(e *event.Event) bool {
			return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Answered()
		},
	}
	needStatus = sees("a request with a status", `"status" with each {"type": "request"}`, detect.Attempts, hasStatus)
	needField  = sees("a field that is entered or filled",
		`{"type": "focus", "target": {"id", "tag", "input_type"}} and "input" for fields of forms, never what is typed`, signals.Working, hasField)
	noJourney = detect.Need{What: "a journey in the configuration", Send: "journeys.list: name the steps that customers try to get through, such as cart, payment, done"}
)

// Needs are all that a kind needs before it can be found, under a configuration.
// A kind that needs nothing of a list is silent for another reason: it is switched
// off.
func (c Config) Needs(k detect.Kind, journeys journey.Config) ([]detect.Need, error) {
	switch k {
	case signals.RageClick:
		return []detect.Need{sees("a click with its target or position", needClick.Send, detect.TypesOf(event.Click))}, nil
	case signals.RageTap:
		return []detect.Need{sees("a tap with its target or position", `{"type": "tap", "target": {"id"}, "x", "y"} for each tap in apps`, detect.TypesOf(event.Tap))}, nil
	case signals.DeadClick:
		return []detect.Need{needClick, sees("a change of the page",
			`{"type": "mutation"} when the page changes (a MutationObserver, gathered to one event), so that it shows that clicks have an effect`, detect.TypesOf(event.Mutation))}, nil
	case signals.ErrorClick:
		return []detect.Need{needClick, needError}, nil
	case signals.ThrashedCursor:
		return []detect.Need{sees("moves of the mouse", `{"type": "mouse_move", "x", "y"} about every 50 ms while it moves`, detect.TypesOf(event.MouseMove), hasPosition)}, nil
	case signals.ExcessiveScroll:
		return []detect.Need{sees("how far a page is scrolled", `{"type": "scroll", "x", "y"}: y is the scroll position, a few times a second while it changes`, detect.TypesOf(event.Scroll), hasPosition)}, nil
	case signals.QuickBack, signals.PageLoop, signals.ReloadLoop:
		return []detect.Need{needView}, nil
	case signals.Retry:
		return []detect.Need{needOutcome}, nil
	case signals.RepeatedSubmit:
		return []detect.Need{needSubmit}, nil
	case signals.ValidationLoop:
		return []detect.Need{sees("a submit with its outcome", `"ok" with each {"type": "submit"}: false when the page or the server refuses it`, detect.TypesOf(event.Submit), hasOutcome)}, nil
	case signals.FormAbandonment:
		return []detect.Need{sees("a field that is filled", needField.Send, detect.TypesOf(event.Input), hasField)}, nil
	case signals.FieldReentry, signals.Hesitation:
		return []detect.Need{needField}, nil
	case signals.RequestStorm:
		return []detect.Need{sees("a request with an operation", `{"type": "request", "op"} for each request`, detect.TypesOf(event.Request), hasOp)}, nil
	case signals.SlowResponse:
		return []detect.Need{needClick, sees("a request with its duration", `"duration_ms" with each {"type": "request"}`, detect.Attempts, hasDuration)}, nil
	case signals.ServerErrorChain:
		return []detect.Need{needStatus}, nil
	case signals.ErrorLeave, signals.ErrorBounce:
		return []detect.Need{needError}, nil
	}
	return c.moreNeeds(k, journeys)
}

// moreNeeds are those of apps, and those that follow from the configuration.
func (c Config) moreNeeds(k detect.Kind, journeys journey.Config) ([]detect.Need, error) {
	crash := sees("a crash", `{"type": "crash", "error": {"kind", "message"}}, sent at the next start`, detect.TypesOf(event.Crash))
	switch k {
	case signals.Crash:
		return []detect.Need{crash}, nil
	case signals.CrashRestart:
		return []detect.Need{crash, sees("a start of the app", `{"type": "lifecycle", "name": "start"} for each start`, detect.TypesOf(event.Lifecycle))}, nil
	case signals.Hang:
		return []detect.Need{sees("a hang with its duration", `{"type": "hang", "duration_ms"} when the app does not answer (ANR, app hang, long task)`, detect.TypesOf(event.Hang), hasDuration)}, nil
	case signals.NegativeSurvey:
		return []detect.Need{sees("an answer to a survey", `{"type": "survey", "attrs": {"rating": 2}}; names of attributes and scales: signals.negative_survey.scales`, detect.TypesOf(event.Survey))}, nil
	case signals.DropOff, signals.BackTracking:
		return needSteps(journeys)
	case signals.RepeatedSearch:
		is, err := journey.CompileAny(c.RepeatedSearch.Matches())
		return []detect.Need{{What: "a search", Send: `{"type": "submit", "op": "search"} or {"type": "custom", "name": "search"} for each search; other names: signals.repeated_search.match`, Met: is}}, err
	case signals.HelpSeeking:
		is, err := journey.CompileAny(c.HelpSeeking.Matches())
		if err != nil {
			return nil, err
		}
		steps, err := needSteps(journeys)
		return append(steps, detect.Need{What: "a look at help", Send: `{"type": "support", "name"} when a chat or a call is opened, and views of help pages; their names: signals.help_seeking.match`, Met: is}), err
	}
	return nil, nil
}

// needSteps is a journey, and an event that is on one of its steps.
func needSteps(c journey.Config) ([]detect.Need, error) {
	var all []journey.Match
	for _, j := range c.List {
		for _, s := range j.Steps {
			all = append(all, s.Match...)
		}
	}
	if len(all) == 0 {
		return []detect.Need{noJourney}, nil
	}
	is, err := journey.CompileAny(all)
	return []detect.Need{{What: "an event on a step of a journey", Send: "what the steps of journeys.list match; friction check shows what is configured", Met: is}}, err
}

// Enabled reports whether a kind is switched on.
func (c Config) Enabled(k detect.Kind) bool {
	s, err := New(c)
	return err == nil && s.On(k)
}
