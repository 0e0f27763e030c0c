package demo

import (
	"time"

	"friction/pipeline/query"
	"friction/pipeline/simulate"
)

// The conditions for naming a worst step. They were tried on the shop with its incident at each of the steps and without
// one, for many seeds and moments.
const (
	// enoughVisits is how many visits a window must have to be compared.
	enoughVisits = 10
	// openFor is how long a window must have been open: visits that have just begun have few signals yet.
	openFor = 45 * time.Second
	// historyEnds is how long before the first live traffic the history of a step ends.
	historyEnds = 10 * time.Minute
	// enoughHistory is how many windows of history are needed to know what is usual. With fewer, any friction is unusual.
	enoughHistory = 20
	// deviations is how many standard deviations above the mean of its history a step stands out.
	deviations = 3
	// windowSize is the size of the windows, by default.
	windowSize = 5 * time.Minute
)

// threshold is what a step's score_low must exceed to stand out.
func threshold(u query.Usual) float64 {
	if u.Windows < enoughHistory {
		return 0
	}
	return u.Mean + deviations*u.SD
}

// standsOut reports whether even the lower bound of a step's score is above what is usual for it.
func standsOut(w *query.Window, u query.Usual) bool {
	return w.EnoughToSay && w.ScoreLow != nil && *w.ScoreLow > threshold(u)
}

// worst is the step of the highest score_low among those that stand out; nil when none does.
func worst(windows []query.Window, usual map[query.StepName]query.Usual) *query.Window {
	var found *query.Window
	for i := range windows {
		w := &windows[i]
		if standsOut(w, usual[w.StepName]) && (found == nil || *w.ScoreLow > *found.ScoreLow) {
			found = w
		}
	}
	return found
}

// everyStep puts the windows in the order of the shop's steps, with an empty one for each step that has none.
func everyStep(windows []query.Window) []query.Window {
	at := map[query.StepName]query.Window{}
	for _, w := range windows {
		at[w.StepName] = w
	}
	var all []query.Window
	for _, s := range simulate.Steps() {
		w := at[query.StepName{Journey: s.Journey, Step: s.Step}]
		w.Journey, w.Step = s.Journey, s.Step
		all = append(all, w)
	}
	return all
}
