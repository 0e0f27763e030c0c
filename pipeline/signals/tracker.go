package signals

import (
	"cmp"
	"strconv"
	"strings"

	"friction/pipeline/detect"
	"friction/pipeline/event"
)

// FromTracker makes of the rule of a kind one that takes the signals which a tracker has found itself. The detector
// stays, to read state that was saved before.
func FromTracker(k detect.Kind, own detect.Rule) detect.Rule {
	name := Name(k)
	return detect.Rule{
		Triggers: detect.Clicks | detect.TypesOf(event.Custom), Concerns: func(e *event.Event) bool { return trackerFound(e, name) },
		Once: func(in *detect.Input) {
			x := in.Begin()
			x.Count = trackerCount(in.Event)
			x.Target = cmp.Or(x.Target, in.Event.Attr("target"))
			in.Find(x)
			in.Claim(x.First())
		},
		New: own.New,
	}
}

// NeedFromTracker is what must be sent for a kind that is taken from a tracker.
func NeedFromTracker(k detect.Kind) detect.Need {
	name := Name(k)
	return detect.Need{
		What: "a " + name + " that the tracker has found",
		Send: `{"type": "custom", "name": "` + name + `"}, or "attrs": {"frustration": "` + name + `"} with the click; names of Faro, PostHog, Amplitude, Mixpanel, Sentry and Datadog are known`,
		Met:  func(e *event.Event) bool { return trackerFound(e, name) },
	}
}

// trackerFound reports an event by which a tracker says that it has found a signal: a custom event of that name, or an
// attribute of a click, tap or custom event.
func trackerFound(e *event.Event, name string) bool {
	if e.Type == event.Custom && e.Name != "" && trackerName(e) == name {
		return true
	}
	for i := range e.Attrs {
		switch e.Attrs[i].Name {
		case "frustration", "frustration.type", "action.frustration.type", "frustration_type":
			if namesSignal(e.Attrs[i].Value, name) {
				return true
			}
		}
	}
	return false
}

// namesSignal reports whether a text such as ["rage_click","error_click"] has a name among its words.
func namesSignal(text, name string) bool {
	for word := range strings.FieldsFuncSeq(text, func(c rune) bool { return c != '_' && (c < 'a' || c > 'z') }) {
		if word == name {
			return true
		}
	}
	return false
}

// trackerName is the signal that a custom event is about. Products put something before its name:
// faro.frustration.rage_click, $rageclick, [Amplitude] Rage Click, $mp_dead_click, fullstory/rageclick.
func trackerName(e *event.Event) string {
	if e.Name == "ui.slowClickDetected" { // Sentry: a click that nothing answered in time is dead
		if e.Attr("endReason") == "timeout" {
			return Name(DeadClick)
		}
		return Name(SlowClick)
	}
	name := strings.ToLower(e.Name)
	for _, prefix := range []string{"faro.frustration.", "frustration.", "[amplitude] ", "$mp_", "$", "fullstory/"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			name = rest
			break
		}
	}
	name = strings.ReplaceAll(name, " ", "_")
	if rest, ok := strings.CutSuffix(name, "click"); ok && rest != "" && !strings.HasSuffix(rest, "_") {
		name = rest + "_click" // rageclick
	}
	return name
}

// trackerCount is how many clicks a tracker counted, 1 if it does not say.
func trackerCount(e *event.Event) uint32 {
	for _, name := range [...]string{"clickCount", "[Amplitude] Click Count", "click_count"} {
		if n, err := strconv.ParseUint(e.Attr(name), 10, 16); err == nil && n > 0 {
			return uint32(n)
		}
	}
	return 1
}
