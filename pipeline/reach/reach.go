package reach

import (
	"fmt"
	"slices"
	"strings"

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

// WarningsOf looks for rules of a list, whose key is given, that no event matches.
func WarningsOf(key string, rules []journey.Match, in *decode.Config) []Warning {
	w := &warnings{patterns: newPatterns(in)}
	w.matches(key, "", rules)
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
		w.texts(at, m)
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

// texts looks at fields whose values can be any text: those that are no globs have no
// stars, and globs are no regular expressions.
func (w *warnings) texts(at string, m *journey.Match) {
	for _, p := range partsOf(m) {
		for _, value := range p.values {
			switch {
			case p.key == "page" || p.key == "op" || p.key == "type" || p.key == "status":
			case !p.globs && strings.Contains(value, "*"):
				w.add(at+"."+p.key, "%q: %s is compared as it is written, a * in it stands for itself; list the values", value, p.key)
			case p.globs && anchored.MatchString(value):
				w.add(at+"."+p.key, "%q is a regular expression, which nothing matches: %s is a glob, * is any characters but /, ** any at all", value, p.key)
			}
		}
	}
}
