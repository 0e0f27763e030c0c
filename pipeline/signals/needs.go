package signals

import (
	"fmt"

	"friction/pipeline/detect"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// needs makes a need that an event meets if it has one of the types and all conditions hold.
func needs(what, send string, t detect.Types, has ...func(*event.Event) bool) detect.Need {
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
func hasField(e *event.Event) bool    { return isField(e.Target) }

// What several signals need.
var (
	needClick = needs("a click or tap with its target",
		`{"type": "click", "target": {"id", "tag", "role"}, "x", "y"} for each click; "tap" in apps`, detect.Clicks, hasTarget)
	needView     = needs("a page or screen view", `{"type": "page_view", "page"} for each page and change of route; "screen_view" in apps`, detect.Views)
	needMutation = needs("a change of the page",
		`{"type": "mutation"} when the page changes (a MutationObserver, gathered to one event), so that it shows that clicks have an effect`, detect.TypesOf(event.Mutation))
	needOutcome = needs("a request with an operation and its outcome",
		`{"type": "request", "op": "POST /pay", "status", "duration_ms"} once its outcome is known; without status where no answer came`, detect.Attempts, hasOp, hasOutcome)
	needError = detect.Need{
		What: "an error, a crash or a failed request",
		Send: `{"type": "error", "error": {"kind", "message"}} for uncaught errors, and "status" or "ok" with requests`,
		Met: func(e *event.Event) bool {
			return e.Type == event.ErrorType || e.Type == event.Crash || e.Type == event.Request && e.Answered()
		},
	}
	needCrash = needs("a crash", `{"type": "crash", "error": {"kind", "message"}}, sent at the next start`, detect.TypesOf(event.Crash))
	needField = needs("a field that is entered or filled",
		`{"type": "focus", "target": {"id", "tag", "input_type"}} and "input" for fields of forms, never what is typed`, working, hasField)
)

// needStep is a journey, and an event that is on one of its steps.
func needStep(_ any, c journey.Config) ([]detect.Need, error) {
	var all []journey.Match
	for _, j := range c.List {
		for _, s := range j.Steps {
			all = append(all, s.Match...)
		}
	}
	if len(all) == 0 {
		return []detect.Need{{
			What: "a journey in the configuration",
			Send: "journeys.list: name the steps that customers try to get through, such as cart, payment, done",
		}}, nil
	}
	is, err := journey.CompileAny(all)
	return []detect.Need{{
		What: "an event on a step of a journey",
		Send: "what the steps of journeys.list match; friction check shows what is configured", Met: is,
	}}, err
}

// needsOf asks thresholds of one type for needs.
func needsOf[T any](of func(T, journey.Config) ([]detect.Need, error)) func(any, journey.Config) ([]detect.Need, error) {
	return func(thresholds any, c journey.Config) ([]detect.Need, error) {
		t, ok := thresholds.(T)
		if !ok {
			return nil, fmt.Errorf(": thresholds are %T, want %T", thresholds, t)
		}
		return of(t, c)
	}
}
