package reach

import (
	"fmt"
	"slices"

	"friction/pipeline/decode"
	"friction/pipeline/journey"
)

// Warning is a setting that is valid and never does what it seems to say.
type Warning struct {
	Key  string // path from the root of the configuration
	Text string
}

// Warnings looks for steps that no event can enter.
func Warnings(c journey.Config, in *decode.Config) []Warning {
	w := &warnings{patterns: newPatterns(in)}
	for i, j := range c.List {
		w.journey(fmt.Sprintf("journeys.list[%d]", i), &j)
	}
	return w.list
}

type warnings struct {
	patterns *patterns
	list     []Warning
}

func (w *warnings) add(key, format string, args ...any) {
	w.list = append(w.list, Warning{key, fmt.Sprintf(format, args...)})
}

func (w *warnings) journey(key string, j *journey.Journey) {
	for i := range j.Steps {
		at := fmt.Sprintf("%s.steps[%d].match", key, i)
		before := len(w.list)
		w.matches(at, j.App, j.Steps[i].Match)
		if before == len(w.list) {
			if taker := takerOf(j.Steps, i); taker != "" {
				w.add(at, "step %q can never be entered: all its events enter step %q, which comes before it; put this step first, or make the other's rule narrower",
					j.Steps[i].Name, taker)
			}
		}
	}
	w.matches(key+".complete", j.App, j.Complete)
}

// matches looks at the rules of a step, of a journey of an app.
func (w *warnings) matches(key, app string, list []journey.Match) {
	for i := range list {
		m, at := &list[i], fmt.Sprintf("%s[%d]", key, i)
		if app != "" && len(m.App) > 0 && !slices.Contains(m.App, app) {
			w.add(at+".app", "no event matches: the journey is of app %q alone", app)
		}
		for _, p := range m.Page {
			if text := w.patterns.page(p, m.Type); text != "" {
				w.add(at+".page", "%s", text)
			}
		}
		for _, p := range m.Op {
			if text := w.patterns.op(p); text != "" {
				w.add(at+".op", "%s", text)
			}
		}
	}
}
