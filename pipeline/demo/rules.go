package demo

import (
	"time"

	"friction/pipeline/decode"
	"friction/pipeline/engine"
	"friction/pipeline/journey"
	"friction/pipeline/rules"
	"friction/pipeline/simulate"
)

// stallAfter is the silence after which a visit counts as stalled here: less than usual, so that it shows in the youngest
// windows.
const stallAfter = 30 * time.Second

// shopRules are the defaults with the shop's journeys.
func shopRules() (*rules.Rules, error) {
	e := engine.DefaultConfig()
	e.Journeys.StallAfter = stallAfter
	for _, s := range simulate.Steps() {
		list := e.Journeys.List
		if n := len(list); n == 0 || list[n-1].Name != s.Journey {
			list = append(list, journey.Journey{Name: s.Journey})
		}
		j := &list[len(list)-1]
		j.Steps = append(j.Steps, journey.Step{
			Name: s.Step, Match: []journey.Match{{Type: journey.Values{"page_view", "screen_view"}, Page: s.Pages}},
		})
		e.Journeys.List = list
	}
	return rules.New(e, decode.DefaultConfig())
}

// journeys are the names of the shop's journeys.
func journeys() []string {
	var names []string
	for _, s := range simulate.Steps() {
		if len(names) == 0 || names[len(names)-1] != s.Journey {
			names = append(names, s.Journey)
		}
	}
	return names
}
