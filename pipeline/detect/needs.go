package detect

import (
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Need is something without which a kind of signal cannot be found.
type Need struct {
	// What is missing where no event has it.
	What string
	// Send is what to send, or to configure, so that there is.
	Send string
	// Met reports whether an event has it. Nil: it is a matter of the configuration
	// alone, and missing.
	Met func(*event.Event) bool
}

// sees is a need of an event of some types that has something.
func sees(what, send string, t types, has ...func(*event.Event) bool) Need {
	return Need{what, send, func(e *event.Event) bool {
		for _, ok := range has {
			if !ok(e) {
				return false
			}
		}
		return t.has(e.Type)
	}}
}

func hasOp(e *event.Event) bool       { return e.Op != "" }
func hasOutcome(e *event.Event) bool  { return e.Answered() }
func hasStatus(e *event.Event) bool   { return e.Status != 0 }
func hasDuration(e *event.Event) bool { return e.Has(event.HasDuration) }
func hasPosition(e *event.Event) bool { return e.Has(event.HasPosition) }
func hasTarget(e *event.Event) bool   { return e.Target != nil }
func hasField(e *event.Event) bool    { return isField(e.Target) }

// What several kinds need.
var (
	needClick = sees("a click or tap with its target",
		`{"type": "click", "target": {"id", "tag", "role"}, "x", "y"} for each click; "tap" in apps`, clicks, hasTarget)
	needView    = sees("a page or screen view", `{"type": "page_view", "page"} for each page and change of route; "screen_view" in apps`, views)
	needSubmit  = sees("a submit that names its form", `{"type": "submit", "op": the form's id} for each try to send a form`, typesOf(event.Submit), hasOp)
	needOutcome = sees("a request with an operation and its outcome",
		`{"type": "request", "op": "POST /pay", "status", "duration_ms"} once its outcome is known; without status where no answer came`, tries, hasOp, hasOutcome)
	needError = Need{
		"an error, a crash or a failed request",
		`{"type": "error", "error": {"kind", "message"}} for uncaught errors, and "status" or "ok" with requests`,
		func(e *event.Event) bool {
			return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Answered()
		},
	}
	needStatus = sees("a request with a status", `"status" with each {"type": "request"}`, tries, hasStatus)
	needField  = sees("a field that is entered or filled",
		`{"type": "focus", "target": {"id", "tag", "input_type"}} and "input" for fields of forms, never what is typed`, working, hasField)
	noJourney = Need{"a journey in the configuration", "journeys.list: name the steps that customers try to get through, such as cart, payment, done", nil}
)

// Needs are all that a kind needs before it can be found, under a configuration.
// A kind that needs nothing of a list is silent for another reason: it is switched
// off.
func (c Config) Needs(k Kind, journeys journey.Config) ([]Need, error) {
	switch k {
	case RageClick:
		return []Need{sees("a click with its target or position", needClick.Send, typesOf(event.Click))}, nil
	case RageTap:
		return []Need{sees("a tap with its target or position", `{"type": "tap", "target": {"id"}, "x", "y"} for each tap in apps`, typesOf(event.Tap))}, nil
	case DeadClick:
		return []Need{needClick, sees("a change of the page",
			`{"type": "mutation"} when the page changes (a MutationObserver, gathered to one event), so that it shows that clicks have an effect`, typesOf(event.Mutation))}, nil
	case ErrorClick:
		return []Need{needClick, needError}, nil
	case ThrashedCursor:
		return []Need{sees("moves of the mouse", `{"type": "mouse_move", "x", "y"} about every 50 ms while it moves`, typesOf(event.MouseMove), hasPosition)}, nil
	case ExcessiveScroll:
		return []Need{sees("how far a page is scrolled", `{"type": "scroll", "x", "y"}: y is the scroll position, a few times a second while it changes`, typesOf(event.Scroll), hasPosition)}, nil
	case QuickBack, PageLoop, ReloadLoop:
		return []Need{needView}, nil
	case Retry:
		return []Need{needOutcome}, nil
	case RepeatedSubmit:
		return []Need{needSubmit}, nil
	case ValidationLoop:
		return []Need{sees("a submit with its outcome", `"ok" with each {"type": "submit"}: false when the page or the server refuses it`, typesOf(event.Submit), hasOutcome)}, nil
	case FormAbandonment:
		return []Need{sees("a field that is filled", needField.Send, typesOf(event.Input), hasField)}, nil
	case FieldReentry, Hesitation:
		return []Need{needField}, nil
	case RequestStorm:
		return []Need{sees("a request with an operation", `{"type": "request", "op"} for each request`, typesOf(event.Request), hasOp)}, nil
	case SlowResponse:
		return []Need{needClick, sees("a request with its duration", `"duration_ms" with each {"type": "request"}`, tries, hasDuration)}, nil
	case ServerErrorChain:
		return []Need{needStatus}, nil
	case ErrorLeave, ErrorBounce:
		return []Need{needError}, nil
	}
	return c.moreNeeds(k, journeys)
}

// moreNeeds are those of apps, and those that follow from the configuration.
func (c Config) moreNeeds(k Kind, journeys journey.Config) ([]Need, error) {
	crash := sees("a crash", `{"type": "crash", "error": {"kind", "message"}}, sent at the next start`, typesOf(event.Crash))
	switch k {
	case Crash:
		return []Need{crash}, nil
	case CrashRestart:
		return []Need{crash, sees("a start of the app", `{"type": "lifecycle", "name": "start"} for each start`, typesOf(event.Lifecycle))}, nil
	case Hang:
		return []Need{sees("a hang with its duration", `{"type": "hang", "duration_ms"} when the app does not answer (ANR, app hang, long task)`, typesOf(event.Hang), hasDuration)}, nil
	case NegativeSurvey:
		return []Need{sees("an answer to a survey", `{"type": "survey", "attrs": {"rating": 2}}; names of attributes and scales: signals.negative_survey.scales`, typesOf(event.Survey))}, nil
	case DropOff, BackTracking:
		return needSteps(journeys)
	case RepeatedSearch:
		is, err := journey.CompileAny(c.RepeatedSearch.Matches())
		return []Need{{"a search", `{"type": "submit", "op": "search"} or {"type": "custom", "name": "search"} for each search; other names: signals.repeated_search.match`, is}}, err
	case HelpSeeking:
		is, err := journey.CompileAny(c.HelpSeeking.Matches())
		if err != nil {
			return nil, err
		}
		steps, err := needSteps(journeys)
		return append(steps, Need{"a look at help", `{"type": "support", "name"} when a chat or a call is opened, and views of help pages; their names: signals.help_seeking.match`, is}), err
	}
	return nil, nil
}

// needSteps is a journey, and an event that is on one of its steps.
func needSteps(c journey.Config) ([]Need, error) {
	var all []journey.Match
	for _, j := range c.List {
		for _, s := range j.Steps {
			all = append(all, s.Match...)
		}
	}
	if len(all) == 0 {
		return []Need{noJourney}, nil
	}
	is, err := journey.CompileAny(all)
	return []Need{{"an event on a step of a journey", "what the steps of journeys.list match; friction check shows what is configured", is}}, err
}

// Enabled reports whether a kind is switched on.
func (c Config) Enabled(k Kind) bool {
	s, err := New(c)
	return err == nil && s.on[k]
}
