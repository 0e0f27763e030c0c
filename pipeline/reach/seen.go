package reach

import (
	"fmt"
	"strings"

	"friction/pipeline/decode"
	"friction/pipeline/event"
	"friction/pipeline/journey"
)

// Step is a step of a journey, and how many events of a sample enter it.
type Step struct {
	Journey string `json:"journey"`
	Name    string `json:"step"`
	Events  uint64 `json:"events"`
	Why     string `json:"why,omitempty"` // there are none
}

// Seen counts which steps the events of a sample enter.
type Seen struct {
	journeys []seenJourney
	warnings []Warning
}

type seenJourney struct {
	name, app string
	events    uint64 // of its app
	steps     []seenStep
}

// seenStep counts events that enter a step, and those that would if no step before it
// took them.
type seenStep struct {
	name           string
	key            string
	rule           journey.Rule
	entered, match uint64
	takenBy        string // the first step that took one
	alone          []seenPart
}

// seenPart counts events that match one field of a rule.
type seenPart struct {
	rule        int // its index in the step
	key, values string
	matches     journey.Rule
	events      uint64
}

// NewSeen returns the counts of a sample without events.
func NewSeen(c journey.Config, in *decode.Config) (*Seen, error) {
	s := &Seen{warnings: Warnings(c, in)}
	for i, j := range c.List {
		out := seenJourney{name: j.Name, app: j.App}
		for k, step := range j.Steps {
			rule, err := journey.CompileAny(step.Match)
			if err != nil {
				return nil, fmt.Errorf("journeys.list[%d].steps[%d].match%w", i, k, err)
			}
			counted := seenStep{name: step.Name, key: fmt.Sprintf("journeys.list[%d].steps[%d].", i, k), rule: rule}
			for n := range step.Match {
				for _, p := range partsOf(&step.Match[n]) {
					alone, err := journey.CompileAny([]journey.Match{p.one})
					if err != nil {
						return nil, fmt.Errorf("journeys.list[%d].steps[%d].match[%d]%w", i, k, n, err)
					}
					counted.alone = append(counted.alone, seenPart{rule: n, key: p.key, values: strings.Join(p.values, " or "), matches: alone})
				}
			}
			out.steps = append(out.steps, counted)
		}
		s.journeys = append(s.journeys, out)
	}
	return s, nil
}

// See counts an event.
func (s *Seen) See(e *event.Event) {
	for i := range s.journeys {
		j := &s.journeys[i]
		if j.app != "" && j.app != e.App {
			continue
		}
		j.events++
		taken := ""
		for k := range j.steps {
			step := &j.steps[k]
			for n := range step.alone {
				if p := &step.alone[n]; p.matches(e) {
					p.events++
				}
			}
			switch {
			case !step.rule(e):
			case taken == "":
				step.entered++
				step.match++
				taken = step.name
			default:
				step.match++
				if step.takenBy == "" {
					step.takenBy = taken
				}
			}
		}
	}
}

// Steps are all steps, in the order of the configuration.
func (s *Seen) Steps() (list []Step) {
	for i := range s.journeys {
		j := &s.journeys[i]
		for k := range j.steps {
			step := Step{Journey: j.name, Name: j.steps[k].name, Events: j.steps[k].entered}
			if step.Events == 0 {
				step.Why = s.why(j, &j.steps[k])
			}
			list = append(list, step)
		}
	}
	return list
}

// why says why no event has entered a step.
func (s *Seen) why(j *seenJourney, step *seenStep) string {
	for _, w := range s.warnings {
		if strings.HasPrefix(w.Key, step.key) {
			return w.Text
		}
	}
	switch {
	case j.events == 0 && j.app != "":
		return fmt.Sprintf("no event is of app %q", j.app)
	case step.match > 0:
		return fmt.Sprintf("its events all enter step %q, which comes before it", step.takenBy)
	}
	var reasons []string
	for rule, missing := 0, ""; ; rule++ {
		fields := 0
		for _, p := range step.alone {
			if p.rule != rule {
				continue
			}
			if fields++; p.events == 0 && missing == "" {
				missing = fmt.Sprintf("no event has %s %s", p.key, p.values)
			}
		}
		if fields == 0 {
			return strings.Join(reasons, "; ")
		}
		if missing == "" {
			missing = "each part of its rule is seen, but never in one event"
		}
		reasons, missing = append(reasons, missing), ""
	}
}
